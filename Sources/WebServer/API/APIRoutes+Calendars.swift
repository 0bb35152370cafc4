import HTTPTypes
import Helpdesk
import Hummingbird
import NIOCore
import OperationLog
import Store
import Texts

extension APIRoutes {
  /// Working hours and holidays.
  var calendarRoutes: [Route] {
    [
      Route(method: .get, path: "/calendars") { try await listCalendars($0, $1) },
      Route(method: .get, path: "/calendars/{key}") { try await showCalendar($0, $1) },
      Route(method: .put, path: "/calendars/{key}") { try await putCalendar($0, $1) },
      Route(method: .post, path: "/calendars/{key}/holidays") { try await addHoliday($0, $1) },
      Route(method: .delete, path: "/calendars/{key}/holidays/{date}") { try await removeHoliday($0, $1) },
      Route(method: .post, path: "/calendars/{key}/import") { try await importHolidays($0, $1) },
    ]
  }

  // MARK: Reading

  private func listCalendars(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try context.requireViewer()
    try QueryFields(request).finish()
    let names = try await server.directory.names()
    return Self.list(names.calendars) { json, calendar in Self.write(calendar, names, into: &json) }
  }

  private func showCalendar(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try context.requireViewer()
    try QueryFields(request).finish()
    return try await answer(try await pathCalendar(context))
  }

  private func pathCalendar(_ context: RelevoRequestContext) async throws -> OfficeCalendar {
    guard let found = try await server.store.calendar(key: try Self.part("key", context)) else {
      throw Problem.notFound
    }
    return found
  }

  private func answer(_ calendar: OfficeCalendar, _ status: HTTPResponse.Status = .ok) async throws -> Response {
    let names = try await server.directory.names()
    var headers: HTTPFields = [:]
    if status == .created { headers[.location] = "/api/v1/calendars/\(calendar.key)" }
    return Self.json(status, headers: headers, capacity: 512 + calendar.holidays.count * 80) { json in
      Self.write(calendar, names, into: &json)
    }
  }

  private static func write(_ calendar: OfficeCalendar, _ names: DirectoryNames, into json: inout JSONWriter) {
    json.object { json in
      json.member("key", calendar.key)
      json.member("name", calendar.name)
      json.member("hours", calendar.hours.description)
      json.member("time_zone", calendar.timeZone)
      json.key("sites")
      json.strings(names.sites.filter { $0.calendar == calendar.id }.map(\.code))
      json.key("holidays")
      json.array(calendar.holidays) { json, holiday in CalendarFields.write(holiday, into: &json) }
    }
  }

  // MARK: Writing

  /// Makes a calendar or changes it; what is not sent stays, and the same again changes nothing.
  private func putCalendar(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try Self.viewer(context, atLeast: .lead)
    let key = try Self.part("key", context)
    let existing = try await server.store.calendar(key: key)
    var fields = try await BodyFields(request)
    var definition = CalendarDefinition(key: key)
    definition.name = fields.text("name")
    definition.hours = CalendarFields.hours(&fields)
    definition.timeZone = CalendarFields.zone(&fields, server.services.zones)
    try fields.finish()
    if let existing {
      if definition.name == existing.name { definition.name = nil }
      if definition.hours == existing.hours { definition.hours = nil }
      if let zone = definition.timeZone, zone == existing.timeZone { definition.timeZone = nil }
      if definition == CalendarDefinition(key: key) { return try await answer(existing) }
    }
    let outcome = try await execute(.defineCalendar(definition), request, viewer)
    return try await answer(try await changed(outcome), existing == nil ? .created : .ok)
  }

  private func changed(_ outcome: CommandOutcome) async throws -> OfficeCalendar {
    guard let calendar = try await server.store.calendars().first(where: { $0.id == outcome.entity }) else {
      throw Problem.notFound
    }
    return calendar
  }

  private func addHoliday(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try Self.viewer(context, atLeast: .lead)
    let calendar = try await pathCalendar(context)
    var fields = try await BodyFields(request)
    let holiday = CalendarFields.holiday(&fields)
    try fields.finish()
    guard let holiday else { throw Problem.notFound }
    do {
      let outcome = try await execute(
        .changeHolidays(calendar.id, adding: [holiday], removing: []), request, viewer)
      return try await answer(try await changed(outcome), .created)
    } catch CommandRefusal.nothingToChange {
      // It is there already: what was asked for holds.
      return try await answer(calendar)
    }
  }

  /// Takes away what a date has: all of it, or only what `name` says.
  private func removeHoliday(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try Self.viewer(context, atLeast: .lead)
    let calendar = try await pathCalendar(context)
    var query = QueryFields(request)
    let name = query.text("name")
    try query.finish()
    let date = CivilDate(text: try Self.part("date", context))
    let found = calendar.holidays.filter { $0.date == date && (name == nil || $0.name == name) }
    guard !found.isEmpty else { throw Problem.notFound }
    let outcome = try await execute(.changeHolidays(calendar.id, adding: [], removing: found), request, viewer)
    return try await answer(try await changed(outcome))
  }

  // MARK: iCalendar

  private static let calendarNeeded = Problem(.unsupportedMediaType, "calendar_needed")

  /// Adds the holidays of an iCalendar file; with faults in it only when `partial` says so, and with `dry_run` nothing.
  private func importHolidays(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try Self.viewer(context, atLeast: .lead)
    let calendar = try await pathCalendar(context)
    var query = QueryFields(request)
    let thisYear = CivilDate(dayNumber: Int(server.now / 86_400_000)).year
    let from = query.integer("from", in: 1970...2200, fallback: thisYear)
    let until = query.integer("until", in: 1970...2200, fallback: from + 4)
    let isDryRun = query.choice("dry_run", ["true", "false"]) == "true"
    let isPartial = query.choice("partial", ["true", "false"]) == "true"
    if until < from || until - from > 50 {
      query.add("until", Problem.Sentence("problem.years_unsuitable", ["max": "50"]))
    }
    try query.finish()
    let media = (request.headers[.contentType] ?? "").prefix { $0 != ";" }.lowercased().filter { $0 != " " }
    guard media == "text/calendar" else { throw Self.calendarNeeded }
    let bytes = Array(buffer: try await request.body.collect(upTo: FrontDoor.bodyBytesMax))
    let names = try await server.directory.names()
    let zone = names.zone(of: calendar, else: viewer.person.site ?? server.store.home.site, server.services.zones)
    let read = ICalendarHolidays(bytes, years: from...until, zone: zone, zones: server.services.zones)
    if !read.faults.isEmpty, !isPartial, !isDryRun {
      throw Problem.unprocessable(read.faults.map { Problem.Fault(.body(""), CalendarFields.sentence($0)) })
    }
    let present = Set(calendar.holidays)
    let new = read.holidays.filter { !present.contains($0) }
    if !isDryRun, !new.isEmpty {
      _ = try await execute(.changeHolidays(calendar.id, adding: new, removing: []), request, viewer)
    }
    return importAnswer(read, new, isDryRun: isDryRun, context)
  }

  private func importAnswer(
    _ read: ICalendarHolidays, _ new: [Holiday], isDryRun: Bool, _ context: RelevoRequestContext
  ) -> Response {
    Self.json(capacity: 256 + new.count * 80) { json in
      json.object { json in
        json.member("dry_run", isDryRun)
        json.key("added")
        json.array(new) { json, holiday in CalendarFields.write(holiday, into: &json) }
        json.member("present", read.holidays.count - new.count)
        json.member("outside", read.outsideCount)
        json.key("faults")
        json.array(read.faults) { json, fault in
          let sentence = CalendarFields.sentence(fault)
          json.object { json in
            json.member("line", fault.line)
            json.member("detail", server.text(sentence.key, context.language, sentence.arguments))
          }
        }
      }
    }
  }
}
