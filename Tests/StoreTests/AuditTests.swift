import Foundation
import GRDB
import Helpdesk
import OpenSSLCrypto
import OperationLog
import Store
import Testing

@Suite("The audit finds what was damaged behind the store's back")
struct AuditTests {
  private func office() async throws -> (TestOffice, EntityID) {
    let office = try await TestOffice.cluster(["MAD"])[0]
    let ticket = try await office.open("VPN", "Since today", tags: ["vpn"])
    try await office.execute(.reply(ticket, body: "Hello", isInternal: false), by: .person(TestOffice.person("ana")))
    try await office.open("Other")
    try await expectSound(office.store)
    return (office, ticket)
  }

  private func problems(_ office: TestOffice, _ sql: String) async throws -> [String] {
    try await office.store.pool.write { db in
      try db.execute(sql: sql)
      #expect(db.changesCount > 0, "the damage was done")
    }
    return try await office.store.findProblems()
  }

  @Test("An altered header breaks its chain and its signature")
  func header() async throws {
    let (office, _) = try await office()
    let found = try await problems(
      office,
      """
      UPDATE operation SET header = CAST(substr(header, 1, 30) || x'ee' || substr(header, 32) AS BLOB)
      WHERE id = (SELECT max(id) - 1 FROM operation)
      """)
    #expect(found.contains { $0.contains("signature") } && found.contains { $0.contains("differs from its chain") })
  }

  @Test("A missing operation is missed, in the middle and at the end", arguments: [0, 2])
  func missing(back: Int) async throws {
    let (office, _) = try await office()
    let found = try await problems(
      office, "DELETE FROM operation WHERE id = (SELECT max(id) - \(back) FROM operation)")
    #expect(found.contains { $0.contains(back == 0 ? "differs from its chain" : "missing") }, "\(found)")
  }

  @Test("An altered text does not fit its commitment")
  func text() async throws {
    let (office, _) = try await office()
    let found = try await problems(
      office,
      """
      UPDATE operation SET text = CAST(substr(text, 1, 3) || 'x' || substr(text, 5) AS BLOB)
      WHERE id = (SELECT max(id) - 1 FROM operation)
      """)
    #expect(found.count == 1 && found[0].contains("text") && found[0].contains("altered"))
  }

  @Test("An altered state differs from the digest and from what its operations make, even with the digest adjusted")
  func state() async throws {
    let (office, ticket) = try await office()
    // A state of another ticket is well-formed, only not this one's.
    let found = try await problems(
      office,
      """
      UPDATE ticket SET state = (SELECT state FROM ticket WHERE subject = 'Other') WHERE subject = 'VPN'
      """)
    #expect(found.contains { $0.contains("digest") })
    #expect(found.contains { $0.contains(ticket.description) && $0.contains("operations") })
    let sum = try await office.store.pool.write { db in
      var sum = Hash32.zero
      for table in ["ticket", "entity"] {
        for row in try Row.fetchAll(db, sql: "SELECT id, state FROM \(table)") {
          sum = sum.adding(
            TestOffice.hashing.sha256([UInt8](row["id"] as Foundation.Data), [UInt8](row["state"] as Foundation.Data)))
        }
      }
      try db.execute(sql: "UPDATE progress SET digest = ?", arguments: [Foundation.Data(sum.bytes)])
      return sum
    }
    #expect(try await office.store.digest().digest == sum)
    let adjusted = try await office.store.findProblems()
    #expect(adjusted.count == 1 && adjusted[0].contains(ticket.description))
  }

  @Test("A wrong stored digest, a wrong head and a forgotten signature are found")
  func bookkeeping() async throws {
    let (office, _) = try await office()
    #expect(try await problems(office, "UPDATE progress SET digest = zeroblob(32)").contains { $0.contains("digest") })
    let (second, _) = try await self.office()
    #expect(try await problems(second, "UPDATE stream SET head = head - 1").contains { $0.contains("stored head") })
    let (third, _) = try await self.office()
    let unsigned = try await problems(third, "DELETE FROM signed_head WHERE id = (SELECT max(id) FROM signed_head)")
    #expect(unsigned.contains { $0.contains("not signed") })
    let (fourth, _) = try await self.office()
    let astray = try await problems(fourth, "DELETE FROM ticket WHERE subject = 'Other'")
    #expect(astray.contains { $0.contains("belong to no ticket") })
  }
}
