import Mustache

/// One ticket in the queue; 40 px high on a desktop, 56 px under a finger.
package struct QueueRow: MustacheParent, Sendable {
  /// Ticket identifier; the element id is `row-ID`.
  package var id: String

  /// What choosing the row sends: its identifier, and what is shown of it, so that nothing unseen is changed.
  package var pick: String

  /// Such as `LYO-1042`.
  package var number: String

  /// `/tickets/{number}`.
  package var path: String

  /// What it is about.
  package var subject: String

  /// Last word on it in plain text, `RichText.plainText` at 120 characters.
  package var snippet: String

  /// Shape and word.
  package var status: StatusBadge

  /// Shape and word.
  package var priority: PriorityBadge

  /// Who needs help, by name.
  package var requester: String

  /// Where the requester is.
  package var site: SiteChip

  /// When something last happened.
  package var moment: Moment

  /// The clock that runs out first; nil when none runs.
  package var due: DueMark?

  /// Who is on it; nil while nobody is.
  package var owner: PersonChip?

  /// True when something was said since the reader last looked.
  package var isUnread: Bool

  /// True when two sites changed a field at once and nobody decided yet.
  package var hasConflict: Bool

  /// Such as "Luc is writing".
  package var presence: String?

  /// Every value the template shows; those with a default may be left out.
  package init(
    id: String, pick: String = "", number: String, path: String, subject: String, snippet: String, status: StatusBadge,
    priority: PriorityBadge, requester: String, site: SiteChip, moment: Moment, due: DueMark? = nil,
    owner: PersonChip? = nil, isUnread: Bool = false, hasConflict: Bool = false, presence: String? = nil
  ) {
    self.id = id
    self.pick = pick
    self.number = number
    self.path = path
    self.subject = subject
    self.snippet = snippet
    self.status = status
    self.priority = priority
    self.requester = requester
    self.site = site
    self.moment = moment
    self.due = due
    self.owner = owner
    self.isUnread = isUnread
    self.hasConflict = hasConflict
    self.presence = presence
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "id": id
    case "pick": pick
    case "number": number
    case "path": path
    case "subject": subject
    case "snippet": snippet
    case "status": status
    case "priority": priority
    case "requester": requester
    case "site": site
    case "moment": moment
    case "due": shown(due)
    case "owner": shown(owner)
    case "isUnread": isUnread
    case "hasConflict": hasConflict
    case "presence": shown(presence)
    default: nil
    }
  }
}
