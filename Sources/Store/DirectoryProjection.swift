import Foundation
import GRDB
import Helpdesk
import OperationLog

/// The rows people and machines of the directory are read from, derived from one entity's merged state.
struct DirectoryProjection {
  let id: EntityID
  let number: Int64
  let state: EntityState
  let writer: StoreWriter
  let db: Database

  func update(_ kind: EntityKind) throws {
    switch kind {
    case .person: try updatePerson()
    case .site: try updateSite()
    case .node: try updateNode()
    case .category:
      try write(
        "category", ["key", "name_en", "name_es"],
        [
          ascii(DirectoryField.Category.key), try text(DirectoryField.Category.nameEnglish),
          try text(DirectoryField.Category.nameSpanish),
        ])
    case .queue:
      try write(
        "queue", ["name", "level"],
        [try text(DirectoryField.Queue.name), Int64(clamping: state.value(DirectoryField.Queue.level)?.code ?? 1)])
    case .token: try updateToken()
    case .calendar: try updateCalendar()
    case .policy:
      try write(
        "policy", ["key", "text"],
        [ascii(DirectoryField.Policy.key), state.value(DirectoryField.Policy.text)?.bytes?.blob])
    case .cluster, .stream, .ticket: break
    }
  }

  private func updatePerson() throws {
    typealias Field = DirectoryField.Person
    writer.forgetPerson(id)
    try write(
      "person",
      [
        "email", "name", "role", "site", "language", "active", "available", "capacity", "password", "calendar",
        "skills", "languages", "remote", "absences",
      ],
      [
        try text(Field.email), try text(Field.name), Int64(clamping: state.value(Field.role)?.code ?? 1),
        state.value(Field.site)?.identifier?.blob, ascii(Field.language, default: "es"),
        flag(Field.isActive, default: true), flag(Field.isAvailable, default: true),
        Int64(clamping: state.value(Field.capacity)?.code ?? 5), try optionalText(Field.password),
        state.value(Field.calendar)?.identifier?.blob, set(Field.skills),
        state.members(Field.spokenLanguages).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " "),
        flag(Field.worksRemotely, default: false), set(Field.absences),
      ])
  }

  /// The elements of a set one behind the other, each behind its length, in byte order.
  private func set(_ tag: UInt8) -> Foundation.Data {
    var writer = ByteWriter()
    for element in state.members(tag) { writer.blob(element) }
    return writer.bytes.blob
  }

  private func updateCalendar() throws {
    typealias Field = DirectoryField.Calendar
    let key = ascii(Field.key)
    let name = try text(Field.name)
    let before = try DirectoryRows.calendar(id, db)
    try write(
      "calendar", ["key", "name", "hours", "time_zone", "holidays"],
      [
        key, name.isEmpty ? key : name, (state.value(Field.hours)?.bytes ?? WeeklyHours.standard.bytes).blob,
        state.value(Field.timeZone)?.bytes.map { String(decoding: $0, as: UTF8.self) }, set(Field.holidays),
      ])
    let after = try DirectoryRows.calendar(id, db)
    if before?.hours != after?.hours || before?.timeZone != after?.timeZone || before?.holidays != after?.holidays {
      writer.forgetHours()
    }
  }

  private func updateSite() throws {
    typealias Field = DirectoryField.Site
    let code = ascii(Field.code)
    let name = try text(Field.name)
    let before = try DirectoryRows.site(id, db)
    try write(
      "site", ["code", "name", "time_zone", "node", "calendar"],
      [
        code, name.isEmpty ? code : name, ascii(Field.timeZone, default: "Europe/Madrid"),
        state.value(Field.node)?.bytes?.blob, state.value(Field.calendar)?.identifier?.blob,
      ])
    let after = try DirectoryRows.site(id, db)
    if before?.timeZone != after?.timeZone || before?.calendar != after?.calendar {
      writer.forgetHours(of: id)
    }
  }

  private func updateNode() throws {
    typealias Field = DirectoryField.Node
    try write(
      "node", ["site", "public_key", "curve_key", "address"],
      [
        (state.value(Field.site)?.identifier ?? .zero).blob, (state.value(Field.publicKey)?.bytes ?? []).blob,
        (state.value(Field.curveKey)?.bytes ?? []).blob, ascii(Field.address),
      ])
  }

  private func updateToken() throws {
    typealias Field = DirectoryField.Token
    let isRevoked = state.register(Field.isRevoked)?.siblings.contains { $0.value.isTrue } ?? false
    // A revocation that arrives before its token has no digest yet; a name nobody can present stands in.
    let digest = state.value(Field.digest)?.bytes ?? id.bytes
    try write(
      "token", ["person", "name", "digest", "revoked"],
      [
        (state.value(Field.person)?.identifier ?? .zero).blob, try text(Field.name), digest.blob,
        Int64(isRevoked ? 1 : 0),
      ])
  }

  private func write(_ table: String, _ columns: [String], _ values: [(any DatabaseValueConvertible)?]) throws {
    let names = (["no", "id"] + columns).joined(separator: ", ")
    let marks = Array(repeating: "?", count: columns.count + 2).joined(separator: ", ")
    let sets = columns.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
    let sql = "INSERT INTO \(table) (\(names)) VALUES (\(marks)) ON CONFLICT (no) DO UPDATE SET \(sets)"
    let arguments = [number, id.blob] as [(any DatabaseValueConvertible)?] + values
    try db.cachedStatement(sql: sql).execute(arguments: StatementArguments(arguments))
  }

  private func flag(_ tag: UInt8, default fallback: Bool) -> Int64 {
    (state.value(tag).map(\.isTrue) ?? fallback) ? 1 : 0
  }

  private func ascii(_ tag: UInt8, default fallback: String = "") -> String {
    state.value(tag)?.bytes.map { String(decoding: $0, as: UTF8.self) } ?? fallback
  }

  private func text(_ tag: UInt8) throws -> String { try optionalText(tag) ?? "" }

  private func optionalText(_ tag: UInt8) throws -> String? {
    guard let sibling = state.register(tag)?.latest, case .text(let index) = sibling.value else { return nil }
    return try StoredOperation.text(
      TextReference(dot: sibling.reference.dot, index: index), db, writer.streams)
  }
}
