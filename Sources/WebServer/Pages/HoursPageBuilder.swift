import Helpdesk
import Store
import Texts
import WebPages

/// Weeks of offices and shifts in a reader's words.
struct HoursPageBuilder {
  let desk: PageDesk
  let viewer: Viewer

  private var wording: Wording { desk.wording }
  private var now: Int64 { desk.format.nowMilliseconds }

  /// Leads write the calendars that begin with their office's code, administrators every one.
  func mayWrite(_ key: String) -> Bool {
    if viewer.person.role == .admin { return true }
    guard viewer.person.role == .lead, let code = desk.names.site(viewer.person.site)?.code.lowercased() else {
      return false
    }
    return key == code || key.hasPrefix(code + "-")
  }

  // MARK: Weeks

  /// The week of an office; its calendar's page, or the one where it gets hours of its own.
  func week(_ site: Site) -> SiteWeek {
    let calendar = desk.names.calendar(site.calendar)
    let key = calendar?.key ?? site.code.lowercased()
    var note = calendar == nil ? wording.text("hours_standard") : nil
    let zone = calendar?.timeZone ?? site.timeZone
    if desk.server.services.zones.rules(zone) == nil { note = wording.text("hours_zone_missing", ["zone": zone]) }
    return week(
      desk.names.roster.calendar(of: site.id), site: SiteChip(code: site.code, name: site.name), name: site.name,
      path: mayWrite(key) ? "/hours/\(key)" : nil, note: note)
  }

  /// The week of a calendar that is no office's, on its own clock or that of the reader's office.
  func week(_ calendar: OfficeCalendar, isLinked: Bool = true) -> SiteWeek {
    let zone = desk.names.zone(
      of: calendar, else: viewer.person.site ?? desk.server.store.home.site, desk.server.services.zones)
    return week(
      WorkingCalendar(hours: calendar.hours, zone: zone, holidays: calendar.holidays), site: nil, name: calendar.name,
      path: isLinked && mayWrite(calendar.key) ? "/hours/\(calendar.key)" : nil, note: nil)
  }

  private func week(
    _ calendar: WorkingCalendar, site: SiteChip?, name: String, path: String?, note: String?
  ) -> SiteWeek {
    let rules = calendar.zone
    let format = ReaderFormat(
      language: desk.format.language, zone: ReaderZone { rules.offsetSeconds(at: $0) }, nowMilliseconds: now,
      catalogue: desk.server.catalogue)
    let today = rules.wallTime(at: now)
    let monday = today.day.advanced(byDays: 1 - today.day.weekday)
    let days = (0..<7).map { day(monday.advanced(byDays: $0), calendar, today) }
    return SiteWeek(
      site: site, name: name, path: path, code: calendar.isOpen(at: now) ? "open" : "closed",
      state: state(calendar, format),
      clock: wording.text("hours_clock", ["time": format.time(now), "zone": rules.name]), note: note, days: days)
  }

  private func state(_ calendar: WorkingCalendar, _ format: ReaderFormat) -> String {
    if calendar.isOpen(at: now) {
      guard let closing = calendar.closing(after: now) else { return wording.text("hours_open_always") }
      return wording.text("hours_open_until", ["time": format.time(closing)])
    }
    guard let opening = calendar.nextOpening(after: now) else { return wording.text("hours_closed") }
    return wording.text("hours_closed_until", ["time": format.moment(opening)])
  }

  private func day(_ day: CivilDate, _ calendar: WorkingCalendar, _ today: WallTime) -> WeekDay {
    let open = calendar.openMinutes(of: day)
    let hours =
      open.isEmpty
      ? wording.text("hours_day_closed")
      : open == [.wholeDay]
        ? wording.text("hours_day_all")
        // A word joiner keeps each stretch on one line.
        : open.map { "\(MinuteRange.text($0.from))\u{2060}–\u{2060}\(MinuteRange.text($0.to))" }
          .joined(separator: " ")
    let holidays = calendar.holidays(on: day).map(\.name)
    return WeekDay(
      label: "\(wording.text("hours_short_\(day.weekday)")) \(day.parts.day)", hours: hours,
      holiday: holidays.isEmpty ? nil : holidays.joined(separator: ", "),
      bars: open.map { DayBar(from: $0.from, length: $0.to - $0.from) }, now: day == today.day ? today.minute : nil)
  }

  // MARK: Holidays

  func row(_ holiday: Holiday) -> HolidayRow {
    // A date has no zone: noon in UTC is on that date for a clock without an offset.
    let format = ReaderFormat(
      language: desk.format.language, zone: .utc, nowMilliseconds: now, catalogue: desk.server.catalogue)
    return HolidayRow(
      date: format.longDate(Int64(holiday.date.dayNumber) * 86_400_000 + 43_200_000), name: holiday.name,
      hours: holiday.isWholeDay ? nil : holiday.minutes.description, reference: holiday.reference)
  }

  // MARK: Pages

  /// Weeks on one page: each is a picture with a bar for every day.
  static let weeksMax = 24

  /// Offices in the order of their codes, then shifts; of many only those of the slice are drawn.
  func overview(
    _ slice: PageSlice = PageSlice(size: weeksMax), _ form: Form? = nil, refusal: CommandRefusal? = nil
  ) -> HoursPage {
    let offices = desk.names.sites
    let used = Set(offices.compactMap(\.calendar))
    let others = desk.names.calendars.filter { !used.contains($0.id) }
    let count = offices.count + others.count
    let shown = slice.part(of: Array(0..<count))
    let sites = shown.filter { $0 < offices.count }.map { week(offices[$0]) }
    let shifts = shown.filter { $0 >= offices.count }.map { week(others[$0 - offices.count]) }
    let openCount = offices.count { desk.names.roster.calendar(of: $0.id).isOpen(at: now) }
    let code = desk.names.site(viewer.person.site)?.code.lowercased() ?? ""
    return HoursPage(
      summary: wording.text(
        "hours_summary", ["open": String(openCount), "count": String(offices.count)]),
      sites: sites, shifts: shifts, pager: slice.pager(of: count, path: "/hours", wording),
      empty: offices.isEmpty
        ? EmptyState(title: wording.text("hours_empty_title"), text: wording.text("hours_empty_text"), icon: "hours")
        : nil,
      mayAdd: viewer.person.role == .admin || !code.isEmpty, key: desk.key(),
      shiftKey: form?["shift"] ?? (viewer.person.role == .admin ? "" : code + "-"), refusal: refusal.map(desk.text))
  }

  /// The page of a calendar, or of an office that has none yet.
  func page(
    _ key: String, _ form: Form? = nil, refusal: String? = nil, outcome: String? = nil
  ) -> CalendarPage? {
    let calendar = desk.names.calendar(key: key)
    let site = desk.names.site(code: key)
    guard calendar != nil || (site != nil && site?.calendar == nil) else { return nil }
    let users = desk.names.sites.filter { $0.calendar == calendar?.id && calendar != nil }
    let heading = calendar?.name ?? site?.name ?? key
    var week = users.first.map(week) ?? calendar.map { self.week($0) } ?? site.map(week)
    week?.path = nil
    guard let week else { return nil }
    let hours = calendar?.hours ?? .standard
    let year = CivilDate(dayNumber: Int(now / 86_400_000)).year
    return CalendarPage(
      heading: heading, users: usersLine(calendar, users, site), week: week, path: "/hours/\(key.lowercased())",
      key: desk.key(), name: form?.text("name") ?? heading, zone: form?["zone"] ?? calendar?.timeZone ?? "",
      days: (1...7).map { day in
        HoursField(
          field: "day\(day)", label: desk.format.text("date.weekday.\(day)"),
          value: form?["day\(day)"] ?? hours.days[day - 1].map(\.description).joined(separator: " "))
      },
      holidays: (calendar?.holidays ?? []).filter { $0.date.year >= year }.map(row), first: String(year),
      last: String(year + 4), refusal: refusal, outcome: outcome)
  }

  private func usersLine(_ calendar: OfficeCalendar?, _ users: [Site], _ site: Site?) -> String {
    if calendar == nil, let site { return wording.text("hours_users_new", ["site": site.name]) }
    if users.isEmpty { return wording.text("hours_users_none") }
    if users.count == 1 { return wording.text("hours_users_one", ["site": users[0].name]) }
    return wording.text("hours_users", ["sites": desk.format.list(users.map(\.name))])
  }
}
