import Helpdesk
import OperationLog
import Texts
import WebPages

/// When and on what a person works, in a reader's words.
struct PersonWorkBuilder {
  let desk: PageDesk
  let viewer: Viewer

  private var wording: Wording { desk.wording }
  private var now: Int64 { desk.format.nowMilliseconds }

  /// Such as "VPN, printers · works remotely · away until 28 Dec".
  func line(_ person: Person) -> String {
    let skills = person.skills.compactMap { desk.names.category($0) }.map(categoryName).sorted()
    var parts = [skills.isEmpty ? wording.text("people_skills_every") : desk.format.list(skills)]
    if person.worksRemotely { parts.append(wording.text("people_remote")) }
    let shift = desk.names.roster.shift(of: person)
    if let absence = next(person, shift) {
      parts.append(
        shift.isAbsent(at: now)
          ? wording.text("people_away_until", ["date": date(absence.lastDay)])
          : wording.text("people_away_from", ["from": date(absence.from.day), "to": date(absence.lastDay)]))
    } else if !shift.areHoursSet {
      parts.append(wording.text("people_no_hours"))
    } else if shift.isOnShift(at: now) {
      parts.append(wording.text("people_on_shift"))
    }
    return parts.joined(separator: " · ")
  }

  /// The absence that holds now, or the next one within thirty days.
  private func next(_ person: Person, _ shift: Shift) -> Absence? {
    let zone = shift.calendar.zone
    let soon = now &+ 30 * 86_400_000
    return person.absences.filter { zone.moment(of: $0.to) > now && zone.moment(of: $0.from) < soon }.min()
  }

  private func categoryName(_ category: Helpdesk.Category) -> String {
    desk.format.language == .spanish ? category.nameSpanish : category.nameEnglish
  }

  /// A date has no zone: noon in UTC is on that date for a clock without an offset.
  private func date(_ day: CivilDate) -> String {
    ReaderFormat(
      language: desk.format.language, zone: .utc, nowMilliseconds: now, catalogue: desk.server.catalogue
    ).date(Int64(day.dayNumber) * 86_400_000 + 43_200_000)
  }

  // MARK: The page

  /// A lead plans for agents of their own office, an administrator for everybody.
  func mayPlan(_ person: Person) -> Bool {
    if viewer.person.role == .admin { return true }
    return viewer.person.role == .lead && person.role <= .agent && person.site == viewer.person.site
      && person.id != viewer.person.id
  }

  func page(_ person: Person, refusal: String? = nil, outcome: String? = nil) -> PersonWorkPage {
    let shift = desk.names.roster.shift(of: person)
    let hours = HoursPageBuilder(desk: desk, viewer: viewer)
    var week = desk.names.calendar(person.calendar).map { hours.week($0, isLinked: false) }
    if week == nil { week = desk.names.site(person.site).map(hours.week) }
    week?.path = nil
    let today = shift.calendar.zone.wallTime(at: now).day
    let names = [wording.role(person.role.name), desk.names.site(person.site)?.name, person.email]
    return PersonWorkPage(
      heading: person.name, summary: names.compactMap { $0 }.joined(separator: " · "),
      week: week ?? SiteWeek(name: "", code: "closed", state: wording.text("site_unknown"), clock: "", days: []),
      path: "/people/\(person.id)", key: desk.key(), mayPlan: mayPlan(person),
      skills: desk.names.categories.map {
        Choice(value: $0.key, label: categoryName($0), isChosen: person.skills.contains($0.id))
      }, languages: person.spokenLanguages.joined(separator: " "),
      shifts: [
        Choice(value: "", label: wording.text("people_shift_office"), isChosen: person.calendar == nil)
      ]
        + desk.names.calendars.map {
          Choice(value: $0.key, label: $0.name, isChosen: $0.id == person.calendar)
        }, isRemote: person.worksRemotely,
      kinds: AbsenceKind.allCases.map {
        Choice(value: $0.name, label: wording.text("absence_\($0.name)"), isChosen: $0 == .vacation)
      },
      absences: person.absences.filter { $0.lastDay >= today }.map(row), refusal: refusal, outcome: outcome)
  }

  private func row(_ absence: Absence) -> AbsenceRow {
    let texts =
      absence.isWholeDays
      ? (date(absence.from.day), date(absence.lastDay))
      : (
        "\(date(absence.from.day)) \(MinuteRange.text(absence.from.minute))",
        "\(date(absence.to.day)) \(MinuteRange.text(absence.to.minute))"
      )
    return AbsenceRow(
      time: texts.0 == texts.1 ? texts.0 : "\(texts.0) – \(texts.1)",
      kind: wording.text("absence_\(absence.kind.name)"), reference: Hexadecimal.encode(absence.element))
  }
}
