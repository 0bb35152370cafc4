import Mustache

/// `/people/{id}`: when and on what a person works, and when they are away.
///
/// Forms post `skill` (several), `languages`, `shift`, `remote` to `{path}/work`; `from`, `to`, `kind` to `{path}/absences`;
/// `absence` to `{path}/absences/remove`.
package struct PersonWorkPage: Page {
  package static let template = "person_work"

  /// Their name.
  package var heading: String

  /// Such as "Agent, Madrid, works remotely".
  package var summary: String

  /// Their shift this week, without the absences.
  package var week: SiteWeek

  /// `/people/{id}`.
  package var path: String

  /// Fresh idempotency key.
  package var key: String

  /// False for somebody who looks at their own: they note absences and languages only.
  package var mayPlan: Bool

  /// Categories, chosen where the person knows them.
  package var skills: [Choice]

  /// Codes with spaces between.
  package var languages: String

  /// The office's hours first.
  package var shifts: [Choice]

  package var isRemote: Bool

  /// Kinds of absence.
  package var kinds: [Choice]

  /// From now on, in order.
  package var absences: [AbsenceRow]

  /// Why nothing was saved and what to do.
  package var refusal: String?

  /// What was saved.
  package var outcome: String?

  /// Every value the template shows; those with a default may be left out.
  package init(
    heading: String, summary: String, week: SiteWeek, path: String, key: String, mayPlan: Bool = true,
    skills: [Choice] = [], languages: String = "", shifts: [Choice] = [], isRemote: Bool = false,
    kinds: [Choice] = [], absences: [AbsenceRow] = [], refusal: String? = nil, outcome: String? = nil
  ) {
    self.heading = heading
    self.summary = summary
    self.week = week
    self.path = path
    self.key = key
    self.mayPlan = mayPlan
    self.skills = skills
    self.languages = languages
    self.shifts = shifts
    self.isRemote = isRemote
    self.kinds = kinds
    self.absences = absences
    self.refusal = refusal
    self.outcome = outcome
  }

  package var place: Place? { mayPlan ? .people : nil }
  package var topics: [String] { [] }
  package func title(_ wording: Wording) -> String { "\(heading) · \(wording.text("people_work"))" }

  package func child(named name: String) -> Any? {
    switch name {
    case "heading": heading
    case "summary": summary
    case "week": week
    case "path": path
    case "key": key
    case "mayPlan": mayPlan
    case "skills": skills
    case "languages": languages
    case "shifts": shifts
    case "isRemote": isRemote
    case "kinds": kinds
    case "absences": absences
    case "hasAbsences": !absences.isEmpty
    case "refusal": shown(refusal)
    case "outcome": shown(outcome)
    default: nil
    }
  }
}

/// One absence of a list.
package struct AbsenceRow: MustacheParent, Sendable {
  /// Such as "21 Dec to 31 Dec".
  package var time: String

  /// Such as "vacation".
  package var kind: String

  /// What names it when it is taken back.
  package var reference: String

  /// One absence.
  package init(time: String, kind: String, reference: String) {
    self.time = time
    self.kind = kind
    self.reference = reference
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "time": time
    case "kind": kind
    case "reference": reference
    default: nil
    }
  }
}
