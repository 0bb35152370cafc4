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
      capacity: Int(row["capacity"] as Int64), passwordHash: row["password"])
  }

  static func site(_ id: EntityID, _ db: Database) throws -> Site? {
    let statement = try db.cachedStatement(sql: "SELECT * FROM site WHERE id = ?")
    return try Row.fetchOne(statement, arguments: [id.blob]).map(site)
  }

  static func site(_ row: Row) -> Site {
    Site(
      id: row.identifier("id"), code: row["code"], name: row["name"], timeZone: row["time_zone"],
      node: row.optionalIdentifier("node"))
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
