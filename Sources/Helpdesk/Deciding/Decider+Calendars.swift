import OperationLog

/// Working hours, holidays, absences and the rules of assignment.
extension Decider {
  /// So many elements of a set fit one operation beside the longest vector.
  private static let elementsPerOperation = 60

  // MARK: Calendars

  func defineCalendar(_ definition: CalendarDefinition, _ request: Request) throws -> Decision {
    let key = try calendarKey(definition.key)
    try authoriseCalendar(key, request)
    let id = hashing.calendar(key: key)
    let existing = try reading.calendar(id)
    typealias Field = DirectoryField.Calendar
    var changes: [Change] = []
    var texts: [String] = []
    if existing == nil { changes.append(.set(tag: Field.key, .bytes(Array(key.utf8)))) }
    if let name = definition.name ?? (existing == nil ? key : nil) {
      changes.append(.set(tag: Field.name, .text(texts.count)))
      texts.append(try clean(name, field: "name", bytesMax: Limit.nameBytes, isOneLine: true))
    }
    if let hours = definition.hours ?? (existing == nil ? .standard : nil) {
      changes.append(.set(tag: Field.hours, .bytes(hours.bytes)))
    }
    if let zone = definition.timeZone {
      changes.append(.set(tag: Field.timeZone, try zone.map { .bytes(try zoneBytes($0)) } ?? .none))
    }
    guard !changes.isEmpty else { throw CommandRefusal.nothingToChange }
    return Decision(
      drafts: [
        OperationDraft(kind: .calendarDefined, entity: id, actor: request.author.id, changes: changes, texts: texts)
      ], entity: id)
  }

  func changeHolidays(
    _ id: EntityID, adding: [Holiday], removing: [Holiday], _ request: Request
  ) throws -> Decision {
    guard let calendar = try reading.calendar(id) else {
      throw CommandRefusal.referenceUnknown(field: "calendar", value: id.description)
    }
    try authoriseCalendar(calendar.key, request)
    let present = Set(calendar.holidays)
    var added: Set<Holiday> = []
    for holiday in adding {
      var holiday = holiday
      holiday.name = try clean(holiday.name, field: "name", bytesMax: Limit.nameBytes, isOneLine: true)
      added.insert(holiday)
    }
    let removed = present.intersection(removing).subtracting(added)
    guard present.count - removed.count + added.subtracting(present).count <= ICalendarHolidays.holidaysMax else {
      throw CommandRefusal.tooMany(field: "holidays", max: ICalendarHolidays.holidaysMax)
    }
    let tag = DirectoryField.Calendar.holidays
    let changes =
      added.subtracting(present).sorted().map { Change.add(tag: tag, $0.element) }
      + removed.sorted().map { Change.remove(tag: tag, $0.element) }
    return try sets(.holidaysChanged, id, changes, request)
  }

  /// Lower case letters, digits and hyphens.
  private func calendarKey(_ text: String) throws(CommandRefusal) -> String {
    let key = try clean(text, field: "key", bytesMax: Limit.tagBytes, isOneLine: true).lowercased()
    let isValid = key.utf8.allSatisfy { byte in
      (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
    }
    guard isValid, !key.hasPrefix("-") else {
      throw .valueUnknown(field: "key", value: key, choices: ["madrid", "night-shift"])
    }
    return key
  }

  /// A lead writes the calendars that begin with their office's code (`lyo`, `lyo-night`), an administrator every one.
  private func authoriseCalendar(_ key: String, _ request: Request) throws {
    if request.author.role == .admin { return }
    guard request.author.role == .lead, let site = try request.author.person?.site.flatMap({ try reading.site($0) }),
      key == site.code.lowercased() || key.hasPrefix(site.code.lowercased() + "-")
    else { throw CommandRefusal.notAllowed(needs: .admin) }
  }

  /// Whether the zone exists, only a machine with tz data can tell; here only that it can be a name.
  func zoneBytes(_ name: String) throws(CommandRefusal) -> [UInt8] {
    let name = try clean(name, field: "time_zone", bytesMax: 100, isOneLine: true)
    guard name.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw .valueUnknown(field: "time_zone", value: String(name.prefix(100)), choices: ["Europe/Madrid"])
    }
    return Array(name.utf8)
  }

  /// A calendar that a site or a person may use.
  func calendarValue(_ id: EntityID?) throws -> Value {
    guard let id else { return .none }
    guard try reading.calendar(id) != nil else {
      throw CommandRefusal.referenceUnknown(field: "calendar", value: id.description)
    }
    return .identifier(id)
  }

  // MARK: Absences

  /// One's own, those of a lead's people, and an administrator everybody's.
  func changeAbsences(
    _ id: EntityID, adding: [Absence], removing: [Absence], _ request: Request
  ) throws -> Decision {
    guard let person = try reading.person(id) else {
      throw CommandRefusal.referenceUnknown(field: "person", value: id.description)
    }
    if id != request.author.id, request.author.role != .admin {
      guard request.author.role == .lead, person.role <= .agent, let site = person.site,
        site == request.author.person?.site
      else { throw CommandRefusal.notAllowed(needs: .admin) }
    }
    let present = Set(person.absences)
    let added = Set(adding).subtracting(present)
    let removed = present.intersection(removing).subtracting(adding)
    guard present.count - removed.count + added.count <= Limit.absencesMax else {
      throw CommandRefusal.tooMany(field: "absences", max: Limit.absencesMax)
    }
    let tag = DirectoryField.Person.absences
    let changes =
      added.sorted().map { Change.add(tag: tag, $0.element) }
      + removed.sorted().map { Change.remove(tag: tag, $0.element) }
    return try sets(.absencesChanged, id, changes, request)
  }

  private func sets(
    _ kind: OperationKind, _ id: EntityID, _ changes: [Change], _ request: Request
  ) throws -> Decision {
    guard !changes.isEmpty else { throw CommandRefusal.nothingToChange }
    let drafts = stride(from: 0, to: changes.count, by: Self.elementsPerOperation).map { begin in
      OperationDraft(
        kind: kind, entity: id, actor: request.author.id,
        changes: Array(changes[begin..<min(begin + Self.elementsPerOperation, changes.count)]))
    }
    return Decision(drafts: drafts, entity: id)
  }

  // MARK: Skills and languages

  /// Adds and removes what differs from the whole set wanted.
  func skillChanges(_ wanted: [EntityID], of person: Person?) throws -> [Change] {
    guard wanted.count <= Limit.skillsMax else {
      throw CommandRefusal.tooMany(field: "skills", max: Limit.skillsMax)
    }
    for skill in wanted where try reading.category(skill) == nil {
      throw CommandRefusal.referenceUnknown(field: "skills", value: skill.description)
    }
    return Self.difference(
      DirectoryField.Person.skills, wanted.map(\.bytes), (person?.skills ?? []).map(\.bytes))
  }

  func languageChanges(_ wanted: [String], of person: Person?) throws -> [Change] {
    guard wanted.count <= Limit.languagesMax else {
      throw CommandRefusal.tooMany(field: "languages", max: Limit.languagesMax)
    }
    let codes = wanted.map { $0.lowercased() }
    for code in codes where !((2...3).contains(code.utf8.count) && code.utf8.allSatisfy { (0x61...0x7a).contains($0) })
    {
      throw CommandRefusal.valueUnknown(
        field: "languages", value: String(code.prefix(20)), choices: ["es", "en", "fr", "pt"])
    }
    return Self.difference(
      DirectoryField.Person.spokenLanguages, codes.map { Array($0.utf8) },
      (person?.spokenLanguages ?? []).map { Array($0.utf8) })
  }

  private static func difference(_ tag: UInt8, _ wanted: [[UInt8]], _ present: [[UInt8]]) -> [Change] {
    let added = Set(wanted).subtracting(present).sorted { $0.lexicographicallyPrecedes($1) }
    let removed = Set(present).subtracting(wanted).sorted { $0.lexicographicallyPrecedes($1) }
    return added.map { .add(tag: tag, $0) } + removed.map { .remove(tag: tag, $0) }
  }

  // MARK: Policy

  func definePolicy(_ key: String, _ text: [UInt8]?, _ request: Request) throws -> Decision {
    try request.require(.admin)
    var key = try clean(key, field: "key", bytesMax: Limit.tagBytes, isOneLine: true)
    if key.lowercased() == PolicyText.company {
      key = PolicyText.company
    } else {
      key = key.uppercased()
      guard try reading.site(hashing.site(code: key)) != nil else {
        throw CommandRefusal.referenceUnknown(field: "site", value: key)
      }
    }
    if let text {
      guard !text.isEmpty else { throw CommandRefusal.fieldEmpty(field: "policy") }
      guard text.count <= PolicyText.bytesMax else {
        throw CommandRefusal.fieldTooLong(field: "policy", bytesMax: PolicyText.bytesMax)
      }
    }
    let id = hashing.policy(key: key)
    guard try reading.policy(id)?.text != text else { throw CommandRefusal.nothingToChange }
    let changes: [Change] = [
      .set(tag: DirectoryField.Policy.key, .bytes(Array(key.utf8))),
      .set(tag: DirectoryField.Policy.text, text.map { .bytes($0) } ?? .none),
    ]
    return Decision(
      drafts: [OperationDraft(kind: .policyDefined, entity: id, actor: request.author.id, changes: changes)],
      entity: id)
  }
}
