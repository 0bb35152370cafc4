import Texts
import WebPages

extension Fixtures {
  /// Hours and holidays: three offices, none, a calendar with and without holidays, an import, and one person's work.
  var hours: [Fixture] {
    let lead = PersonChip(name: "Inés Castaño", isYou: true)
    func fixture(_ name: String, _ page: any Page, _ path: String) -> Fixture {
      Fixture(name: name, page: page, frame: frame(.lead, lead, path))
    }
    return [
      fixture(
        "hours",
        HoursPage(
          summary: wording.text("hours_summary", ["open": "2", "count": "3"]),
          sites: [week(lyon), week(madrid, isStandard: true), week(bogota, isClosed: true)],
          shifts: [week(nil, name: Self.hostile)], key: "k-hours", shiftKey: "lyo-"), "/hours"),
      fixture(
        "hours-empty",
        HoursPage(
          summary: wording.text("hours_summary", ["open": "0", "count": "0"]), sites: [],
          empty: EmptyState(
            title: wording.text("hours_empty_title"), text: wording.text("hours_empty_text"), icon: "hours"),
          mayAdd: false, key: "k-hours"), "/hours"),
      fixture("calendar", calendar(holidays), "/hours/lyo"),
      fixture("calendar-refused", calendar([], refusal: Self.hostile), "/hours/lyo"),
      fixture(
        "holiday-import",
        HolidayImportPage(
          heading: "Lyon",
          summary: wording.text("hours_preview_summary", ["new": "3", "present": "2", "outside": "40"]),
          path: "/hours/lyo", key: "k-import", rows: holidays, faults: [Self.hostile]), "/hours/lyo/import"),
      fixture("person-work", personWork, "/people/p1"),
    ]
  }

  private func week(
    _ site: SiteChip?, name: String = "", isStandard: Bool = false, isClosed: Bool = false
  ) -> SiteWeek {
    let days = (1...7).map { day in
      WeekDay(
        label: wording.text("hours_short_\(day)") + " \(10 + day)",
        hours: day > 5 ? wording.text("hours_day_closed") : "09:00–14:00 15:00–18:00",
        holiday: day == 4 ? text("Ascension Day", "Día de la Ascensión") : nil,
        bars: day > 5 || day == 4 ? [] : [DayBar(from: 540, length: 300), DayBar(from: 900, length: 180)],
        now: day == 2 ? 615 : nil)
    }
    return SiteWeek(
      site: site, name: site?.name ?? name, path: site.map { "/hours/" + $0.code.lowercased() },
      code: isClosed ? "closed" : "open",
      state: isClosed
        ? wording.text("hours_closed_until", ["time": "14:00"]) : wording.text("hours_open_until", ["time": "14:00"]),
      clock: wording.text("hours_clock", ["time": "10:15", "zone": "Europe/Paris"]),
      note: isStandard ? wording.text("hours_standard") : nil, days: days)
  }

  private var holidays: [HolidayRow] {
    [
      HolidayRow(
        date: format.longDate(Self.now), name: text("Ascension Day", "Día de la Ascensión"), reference: "00a1"),
      HolidayRow(date: format.longDate(Self.now), name: Self.longSubject, hours: "14:00-24:00", reference: "00a2"),
      HolidayRow(date: format.longDate(Self.now), name: Self.hostile, reference: "00a3"),
    ]
  }

  private func calendar(_ holidays: [HolidayRow], refusal: String? = nil) -> CalendarPage {
    CalendarPage(
      heading: "Lyon", users: wording.text("hours_users", ["sites": "Lyon"]), week: week(lyon), path: "/hours/lyo",
      key: "k-calendar", name: "Lyon", zone: "Europe/Paris",
      days: (1...7).map { day in
        HoursField(
          field: "day\(day)", label: format.text("date.weekday.\(day)"),
          value: day > 5 ? "" : "09:00-14:00 15:00-18:00")
      }, holidays: holidays, first: "2026", last: "2030", refusal: refusal,
      outcome: refusal == nil ? wording.text("hours_saved") : nil)
  }

  private var personWork: PersonWorkPage {
    PersonWorkPage(
      heading: longName.name, summary: "Lyon · ana@example.org", week: week(lyon), path: "/people/p1", key: "k-work",
      skills: (0..<8).map { Choice(value: "c\($0)", label: "Topic \($0)", isChosen: $0 < 2) }, languages: "fr pt",
      shifts: [Choice(value: "", label: wording.text("people_shift_office"), isChosen: true)], isRemote: true,
      kinds: ["away", "vacation"].map { Choice(value: $0, label: wording.text("absence_\($0)")) },
      absences: [AbsenceRow(time: "21 Dec – 31 Dec", kind: wording.text("absence_vacation"), reference: "00b1")])
  }
}
