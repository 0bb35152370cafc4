import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import Store
import WebPages

/// Hours and holidays of offices and shifts, for leads and administrators.
extension PageRoutes {
  func addCalendars(to router: Router<RelevoRequestContext>) {
    router.get("hours") { request, context in try await showHours(request, context) }
    router.post("hours") { request, context in try await addShift(request, context) }
    router.get("hours/:key") { request, context in try await showCalendar(request, context) }
    router.post("hours/:key") { request, context in try await saveHours(request, context) }
    router.post("hours/:key/holidays") { request, context in try await addHoliday(request, context) }
    router.post("hours/:key/holidays/add") { request, context in try await addImported(request, context) }
    router.post("hours/:key/holidays/remove") { request, context in try await removeHoliday(request, context) }
    router.post("hours/:key/import") { request, context in try await previewImport(request, context) }
  }

  /// Leads and above; throws 403 for others.
  private func requireLead(_ context: RelevoRequestContext) throws -> Viewer {
    let viewer = try context.requireViewer()
    guard viewer.person.role >= .lead else { throw CommandRefusal.notAllowed(needs: .lead) }
    return viewer
  }

  // MARK: Overview

  private func showHours(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try requireLead(context)
    let desk = try await desk(request, context)
    return try await desk.answer(
      HoursPageBuilder(desk: desk, viewer: viewer).overview(
        PageSlice(request, size: HoursPageBuilder.weeksMax)), request)
  }

  private func addShift(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    _ = try requireLead(context)
    do {
      let definition = CalendarDefinition(key: form["shift"])
      if try await server.store.calendar(key: form["shift"]) == nil {
        _ = try await server.store.execute(
          Command(actor: viewer.actor, idempotencyKey: form.key, body: .defineCalendar(definition)))
      }
      return Self.redirect("/hours/" + Self.escaped(form["shift"].lowercased()))
    } catch let refusal as CommandRefusal {
      let desk = try await desk(request, context)
      let page = HoursPageBuilder(desk: desk, viewer: viewer).overview(
        PageSlice(request, size: HoursPageBuilder.weeksMax), form, refusal: refusal)
      return try await desk.answer(page, request, status: .unprocessableContent)
    }
  }

  // MARK: One calendar

  private func key(_ context: RelevoRequestContext) throws -> String {
    try APIRoutes.part("key", context).lowercased()
  }

  private func showCalendar(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try requireLead(context)
    let desk = try await desk(request, context)
    let outcome: String? =
      switch request.uri.queryParameters.get("saved") {
      case "hours"?: desk.wording.text("hours_saved")
      case "removed"?: desk.wording.text("hours_holiday_removed")
      case "added"?: desk.wording.text("hours_added", ["count": request.uri.queryParameters.get("count") ?? "1"])
      default: nil
      }
    let key = try key(context)
    guard let page = HoursPageBuilder(desk: desk, viewer: viewer).page(key, outcome: outcome) else {
      throw Problem.notFound
    }
    return try await desk.answer(page, request)
  }

  /// Answers a form's refusal with the page, what was typed kept.
  private func refused(
    _ refusal: String, _ form: Form?, _ viewer: Viewer, _ request: Request, _ context: RelevoRequestContext
  ) async throws -> Response {
    let desk = try await desk(request, context)
    guard let page = HoursPageBuilder(desk: desk, viewer: viewer).page(try key(context), form, refusal: refusal) else {
      throw Problem.notFound
    }
    return try await desk.answer(page, request, status: .unprocessableContent)
  }

  private func text(_ sentence: Problem.Sentence, _ context: RelevoRequestContext) -> String {
    server.text(sentence.key, context.language, sentence.arguments)
  }

  private func saveHours(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    _ = try requireLead(context)
    let key = try key(context)
    var days: [[MinuteRange]] = []
    do throws(WeeklyHoursFault) {
      for day in 1...7 { days.append(try WeeklyHours.ranges(text: form["day\(day)"])) }
    } catch {
      return try await refused(text(CalendarFields.sentence(error), context), form, viewer, request, context)
    }
    guard let hours = WeeklyHours(days) else {
      let fault = WeeklyHoursFault.rangesTooMany(day: "")
      return try await refused(text(CalendarFields.sentence(fault), context), form, viewer, request, context)
    }
    if let zone = form.text("zone"), let fault = CalendarFields.zoneFault(zone, server.services.zones) {
      return try await refused(text(fault, context), form, viewer, request, context)
    }
    do {
      let definition = CalendarDefinition(
        key: key, name: form["name"], hours: hours, timeZone: .some(form.text("zone")))
      _ = try await server.store.execute(
        Command(actor: viewer.actor, idempotencyKey: form.key, body: .defineCalendar(definition)))
      try await giveToOffice(key, viewer)
      return Self.redirect("/hours/\(Self.escaped(key))?saved=hours")
    } catch let refusal as CommandRefusal {
      let desk = try await desk(request, context)
      return try await refused(desk.text(refusal), form, viewer, request, context)
    }
  }

  /// An office without hours of its own gets those of the calendar that is called as it is.
  private func giveToOffice(_ key: String, _ viewer: Viewer) async throws {
    let names = try await server.directory.names()
    guard let site = names.site(code: key), site.calendar == nil,
      let calendar = try await server.store.calendar(key: key)
    else { return }
    _ = try await server.store.execute(
      Command(
        actor: viewer.actor, body: .defineSite(SiteDefinition(code: site.code, calendar: .some(calendar.id)))))
  }

  /// The calendar of the page; made with standard hours for an office that has none yet.
  private func calendar(_ key: String, _ viewer: Viewer) async throws -> OfficeCalendar {
    if let known = try await server.store.calendar(key: key) { return known }
    guard let site = try await server.directory.names().site(code: key) else { throw Problem.notFound }
    _ = try await server.store.execute(
      Command(actor: viewer.actor, body: .defineCalendar(CalendarDefinition(key: key, name: site.name))))
    try await giveToOffice(key, viewer)
    guard let made = try await server.store.calendar(key: key) else { throw Problem.notFound }
    return made
  }

  // MARK: Holidays

  private func addHoliday(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    _ = try requireLead(context)
    guard let date = CivilDate(text: form["date"]) else {
      return try await refused(
        text(CalendarFields.dateFault(form["date"]), context), nil, viewer, request, context)
    }
    var minutes = MinuteRange.wholeDay
    if let part = form.text("part") {
      guard let read = MinuteRange(text: part), read.to <= 1440 else {
        let sentence = Problem.Sentence("problem.hours_range", ["value": String(part.prefix(40))])
        return try await refused(text(sentence, context), nil, viewer, request, context)
      }
      minutes = read
    }
    guard let holiday = Holiday(date: date, name: form["name"], minutes: minutes) else { throw Problem.notFound }
    return try await change([holiday], [], "added&count=1", form, viewer, request, context)
  }

  private func removeHoliday(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    _ = try requireLead(context)
    return try await change([], Self.holidays(form), "removed", form, viewer, request, context)
  }

  private func addImported(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    _ = try requireLead(context)
    let chosen = Self.holidays(form)
    return try await change(chosen, [], "added&count=\(chosen.count)", form, viewer, request, context)
  }

  /// What the boxes of a form name.
  private static func holidays(_ form: Form) -> [Holiday] {
    form.fields.filter { $0.name == "holiday" }.prefix(ICalendarHolidays.holidaysMax).compactMap { field in
      Hexadecimal.decode(field.value).flatMap { Holiday(element: $0) }
    }
  }

  private func change(
    _ adding: [Holiday], _ removing: [Holiday], _ saved: String, _ form: Form, _ viewer: Viewer, _ request: Request,
    _ context: RelevoRequestContext
  ) async throws -> Response {
    let key = try key(context)
    do {
      let calendar = try await calendar(key, viewer)
      _ = try await server.store.execute(
        Command(
          actor: viewer.actor, idempotencyKey: form.key,
          body: .changeHolidays(calendar.id, adding: adding, removing: removing)))
    } catch CommandRefusal.nothingToChange {
      // Somebody did the same meanwhile: what was asked for holds.
    } catch let refusal as CommandRefusal {
      let desk = try await desk(request, context)
      return try await refused(desk.text(refusal), nil, viewer, request, context)
    }
    return Self.redirect("/hours/\(Self.escaped(key))?saved=\(saved)")
  }

  // MARK: iCalendar

  private func previewImport(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    _ = try requireLead(context)
    let key = try key(context)
    let desk = try await desk(request, context)
    guard let first = Int(form["first"]), let last = Int(form["last"]), (1970...2200).contains(first),
      (first...min(first + 50, 2200)).contains(last)
    else {
      let sentence = Problem.Sentence("problem.years_unsuitable", ["max": "50"])
      return try await refused(text(sentence, context), nil, viewer, request, context)
    }
    let known = desk.names.calendar(key: key)
    guard let site = desk.names.site(code: key) ?? desk.names.site(viewer.person.site) ?? desk.names.sites.first else {
      throw Problem.notFound
    }
    let zones = server.services.zones
    let zone = known.map { desk.names.zone(of: $0, else: site.id, zones) } ?? zones.rules(site.timeZone) ?? .utc
    let read = ICalendarHolidays(Array(form["file"].utf8), years: first...last, zone: zone, zones: zones)
    let present = Set(known?.holidays ?? [])
    let new = read.holidays.filter { !present.contains($0) }
    let builder = HoursPageBuilder(desk: desk, viewer: viewer)
    let page = HolidayImportPage(
      heading: known?.name ?? site.name,
      summary: desk.wording.text(
        "hours_preview_summary",
        [
          "new": String(new.count), "present": String(read.holidays.count - new.count),
          "outside": String(read.outsideCount),
        ]),
      path: "/hours/\(key)", key: desk.key(), rows: new.map(builder.row),
      faults: read.faults.map { text(CalendarFields.sentence($0), context) })
    return try await desk.answer(page, request)
  }
}
