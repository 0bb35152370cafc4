import Foundation
import GRDB
package import Helpdesk
package import OperationLog

extension SiteStore {
  package func person(_ id: EntityID) async throws -> Person? {
    try await reading { db in try DirectoryRows.person(id, db) }
  }

  /// By e-mail in any case.
  package func person(email: String) async throws -> Person? {
    let id = powers.hashing.person(email: email.trimmingCharacters(in: .whitespaces).lowercased())
    return try await person(id)
  }

  /// The named people who are known, by identifier.
  package func people(_ ids: Set<EntityID>) async throws -> [EntityID: Person] {
    let list = ids.sorted()
    return try await reading { db in
      var found: [EntityID: Person] = [:]
      for id in list { found[id] = try DirectoryRows.person(id, db) }
      return found
    }
  }

  /// All people from `after` on in order of name, at most `limit`.
  package func people(roleAtLeast role: Role = .employee, limit: Int = 500, offset: Int = 0) async throws -> [Person] {
    try await reading { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM person WHERE role >= ? AND email <> '' ORDER BY name, email LIMIT ? OFFSET ?",
        arguments: [Int64(role.rawValue), min(limit, 5000), offset]
      ).map(DirectoryRows.person)
    }
  }

  package func sites() async throws -> [Site] {
    try await reading { db in
      try Row.fetchAll(db, sql: "SELECT * FROM site WHERE code <> '' ORDER BY code LIMIT 5000").map(DirectoryRows.site)
    }
  }

  package func categories() async throws -> [Helpdesk.Category] {
    try await reading { db in
      try Row.fetchAll(db, sql: "SELECT * FROM category WHERE key <> '' ORDER BY key LIMIT 1000")
        .map(DirectoryRows.category)
    }
  }

  /// By key.
  package func calendars() async throws -> [OfficeCalendar] {
    try await reading { db in
      try Row.fetchAll(db, sql: "SELECT * FROM calendar WHERE key <> '' ORDER BY key LIMIT 5000")
        .map(DirectoryRows.calendar)
    }
  }

  /// By key, in any case.
  package func calendar(key: String) async throws -> OfficeCalendar? {
    let id = powers.hashing.calendar(key: key.lowercased())
    return try await reading { db in try DirectoryRows.calendar(id, db) }
  }

  /// The policies in force: the company's, and those of sites that have their own.
  package func policies() async throws -> [PolicyText] {
    try await reading { db in
      try Row.fetchAll(db, sql: "SELECT * FROM policy WHERE key <> '' AND text IS NOT NULL ORDER BY key LIMIT 5000")
        .map(DirectoryRows.policy)
    }
  }

  /// The policy text of a site where it has its own, else the company's; nil where nobody set one.
  package func policyText(site code: String) async throws -> [UInt8]? {
    let ids = [code.uppercased(), PolicyText.company].map { powers.hashing.policy(key: $0) }
    return try await reading { db in
      for id in ids {
        if let text = try DirectoryRows.policy(id, db)?.text { return text }
      }
      return nil
    }
  }

  package func queues() async throws -> [Queue] {
    try await reading { db in
      try Row.fetchAll(db, sql: "SELECT * FROM queue WHERE name <> '' ORDER BY name LIMIT 5000").map(
        DirectoryRows.queue)
    }
  }

  package func nodes() async throws -> [AdmittedNode] {
    try await reading { db in
      try Row.fetchAll(db, sql: "SELECT * FROM node ORDER BY id LIMIT 5000").map(DirectoryRows.node)
    }
  }

  /// The token with this SHA-256 and its holder; nil when unknown, revoked or the holder is deactivated.
  package func holder(ofTokenDigest digest: Hash32) async throws -> (token: AccessToken, person: Person)? {
    let id = powers.hashing.token(digest: digest)
    return try await reading { db in
      // By the name that follows from the digest: another entity that claims the same digest is nobody's token.
      guard let token = try DirectoryRows.token(id, db), token.digest == digest, !token.isRevoked,
        let person = try DirectoryRows.person(token.person, db), person.isActive
      else { return nil }
      return (token, person)
    }
  }

  package func tokens(of person: EntityID?) async throws -> [AccessToken] {
    try await reading { db in
      let sql = "SELECT * FROM token WHERE ?1 IS NULL OR person = ?1 ORDER BY name LIMIT 1000"
      return try Row.fetchAll(db, sql: sql, arguments: [person?.blob]).map(DirectoryRows.token)
    }
  }

  // MARK: Web sessions (local to this node)

  /// Remembers a signed-in browser by the SHA-256 of its cookie.
  package func addWebSession(digest: Hash32, person: EntityID, at: Int64) async throws {
    try await writeLocally { db in
      try db.execute(
        sql: "INSERT OR REPLACE INTO web_session VALUES (?, ?, ?, ?)", arguments: [digest.blob, person.blob, at, at])
    }
  }

  /// Nil when unknown or older than `maxAge` milliseconds.
  package func webSession(digest: Hash32, now: Int64, maxAge: Int64) async throws -> Person? {
    try await reading { db in
      let statement = try db.cachedStatement(sql: "SELECT person, created_at FROM web_session WHERE digest = ?")
      guard let row = try Row.fetchOne(statement, arguments: [digest.blob]), now - row["created_at"] < maxAge,
        let person = try DirectoryRows.person(row.identifier("person"), db), person.isActive
      else { return nil }
      return person
    }
  }

  package func removeWebSession(digest: Hash32) async throws {
    try await writeLocally { db in
      try db.execute(sql: "DELETE FROM web_session WHERE digest = ?", arguments: [digest.blob])
    }
  }

  /// Forgets sessions begun before this moment.
  package func removeWebSessions(before: Int64) async throws {
    try await writeLocally { db in
      try db.execute(sql: "DELETE FROM web_session WHERE created_at < ?", arguments: [before])
    }
  }
}
