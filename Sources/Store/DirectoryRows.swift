import Foundation
import GRDB
import Helpdesk
import OperationLog

/// Reads the directory's rows as domain values.
enum DirectoryRows {
  static func person(_ id: EntityID, _ db: Database) throws -> Person? {
    let statement = try db.cachedStatement(sql: "SELECT * FROM person WHERE id = ?")
    return try Row.fetchOne(statement, arguments: [id.blob]).map(person)
  }

  static func person(_ row: Row) -> Person {
    Person(
      id: row.identifier("id"), email: row["email"], name: row["name"],
      role: Role(rawValue: UInt64(clamping: row["role"] as Int64)) ?? .employee, site: row.optionalIdentifier("site"),
      language: row["language"], isActive: row["active"], isAvailable: row["available"],
      capacity: Int(row["capacity"] as Int64), passwordHash: row["password"],
      calendar: row.optionalIdentifier("calendar"), skills: elements(row, "skills").compactMap(EntityID.init(bytes:)),
      spokenLanguages: (row["languages"] as String).split(separator: " ").map(String.init),
      worksRemotely: row["remote"], absences: elements(row, "absences").compactMap(Absence.init(element:)))
  }

  /// The elements of a set, as the projection wrote them.
  private static func elements(_ row: Row, _ column: String) -> [[UInt8]] {
    let bytes: [UInt8] = row.bytes(column)
    var reader = ByteReader(bytes)
    var elements: [[UInt8]] = []
    // Ends with the bytes; the projection writes nothing else.
    while let element = try? reader.blob(limit: Value.bytesMax) { elements.append(element) }
    return elements
  }

  static func calendar(_ id: EntityID, _ db: Database) throws -> OfficeCalendar? {
    let statement = try db.cachedStatement(sql: "SELECT * FROM calendar WHERE id = ? AND key <> ''")
    return try Row.fetchOne(statement, arguments: [id.blob]).map(calendar)
  }

  static func calendar(_ row: Row) -> OfficeCalendar {
    OfficeCalendar(
      id: row.identifier("id"), key: row["key"], name: row["name"],
      hours: WeeklyHours(bytes: row.bytes("hours")) ?? .standard, timeZone: row["time_zone"],
      holidays: elements(row, "holidays").compactMap(Holiday.init(element:)))
  }

  static func policy(_ id: EntityID, _ db: Database) throws -> PolicyText? {
    let statement = try db.cachedStatement(sql: "SELECT * FROM policy WHERE id = ? AND key <> ''")
    return try Row.fetchOne(statement, arguments: [id.blob]).map(policy)
  }

  static func policy(_ row: Row) -> PolicyText {
    let text: Foundation.Data? = row["text"]
    return PolicyText(id: row.identifier("id"), key: row["key"], text: text.map { Array($0) })
  }

  static func site(_ id: EntityID, _ db: Database) throws -> Site? {
    let statement = try db.cachedStatement(sql: "SELECT * FROM site WHERE id = ?")
    return try Row.fetchOne(statement, arguments: [id.blob]).map(site)
  }

  static func site(_ row: Row) -> Site {
    Site(
      id: row.identifier("id"), code: row["code"], name: row["name"], timeZone: row["time_zone"],
      node: row.optionalIdentifier("node"), calendar: row.optionalIdentifier("calendar"))
  }

  static func category(_ id: EntityID, _ db: Database) throws -> Helpdesk.Category? {
    let statement = try db.cachedStatement(sql: "SELECT * FROM category WHERE id = ?")
    return try Row.fetchOne(statement, arguments: [id.blob]).map(category)
  }

  static func category(_ row: Row) -> Helpdesk.Category {
    Helpdesk.Category(
      id: row.identifier("id"), key: row["key"], nameEnglish: row["name_en"], nameSpanish: row["name_es"])
  }

  static func queue(_ id: EntityID, _ db: Database) throws -> Queue? {
    let statement = try db.cachedStatement(sql: "SELECT * FROM queue WHERE id = ?")
    return try Row.fetchOne(statement, arguments: [id.blob]).map(queue)
  }

  static func queue(_ row: Row) -> Queue {
    Queue(id: row.identifier("id"), name: row["name"], level: Int(row["level"] as Int64))
  }

  static func token(_ id: EntityID, _ db: Database) throws -> AccessToken? {
    let statement = try db.cachedStatement(sql: "SELECT * FROM token WHERE id = ?")
    return try Row.fetchOne(statement, arguments: [id.blob]).map(token)
  }

  static func token(_ row: Row) -> AccessToken {
    AccessToken(
      id: row.identifier("id"), person: row.identifier("person"), name: row["name"],
      digest: Hash32(bytes: row.bytes("digest")) ?? .zero, isRevoked: row["revoked"])
  }

  static func node(_ row: Row) -> AdmittedNode {
    AdmittedNode(
      id: row.identifier("id"), site: row.identifier("site"), publicKey: row.bytes("public_key"),
      curveKey: row.bytes("curve_key"), address: row["address"])
  }
}
