import Helpdesk
import OperationLog
import Store
import Testing

@Suite("Three offices, a random day, partitions")
struct ConvergenceTests {
  @Test(
    "Whatever three offices do while links come and go, they end with the same state and lose no value",
    arguments: [UInt64(11), 12, 13])
  func randomDay(seed: UInt64) async throws {
    let offices = try await TestOffice.cluster(["MAD", "LYO", "BOG"], seed: seed)
    var play = Play(seed: seed)
    var dice = Dice(seed: seed &+ 100)
    for _ in 0..<25 {
      // A stretch in which each link is up or down; then what is up exchanges.
      for _ in 0..<12 { try await play.step(at: dice.one(of: offices)) }
      for (one, other) in [(0, 1), (1, 2), (0, 2)] where dice.isOne(in: 3) {
        let recordsMax = dice.one(of: [1, 3, 64])
        try await TestOffice.pull(offices[one], from: offices[other], recordsMax: recordsMax)
        if !dice.isOne(in: 3) { try await TestOffice.pull(offices[other], from: offices[one]) }
      }
    }
    try await TestOffice.exchange(offices[0], offices[1])
    try await TestOffice.exchange(offices[1], offices[2])
    try await TestOffice.exchange(offices[0], offices[1])
    try await expectSame(offices[0].store, offices[1].store)
    try await expectSame(offices[1].store, offices[2].store)
    let rows = try await shownRows(offices[0].store)
    #expect(try await shownRows(offices[1].store) == rows)
    #expect(try await shownRows(offices[2].store) == rows)
    #expect(play.kinds.count >= 14, "the day holds most kinds of operations: \(play.kinds.map { "\($0)" }.sorted())")
    #expect(play.refusals > 0)

    // An office that hears of all of it later and in another order comes to the same.
    let fresh = try TestOffice("NEW", seed: seed, clock: offices[0].clock)
    try await fresh.store.addBootstrapNodes(offices.map(\.admitted))
    try await offices[0].execute(.admitNode(fresh.admitted))
    var runs = try await TestOffice.runs(of: offices[0].store)
    for round in 0..<runs.count where !runs.isEmpty {
      runs.shuffle(using: &dice)
      var left: [OperationRun] = []
      for run in runs {
        switch try await fresh.store.ingest(run) {
        // Held already where it came before its stream's beginning, was kept and has been taken in since.
        case .stored, .alreadyHeld, .branched: continue
        case .heldUntilDirectory, .refused: left.append(run)
        }
      }
      try #require(left.count < runs.count, "no run fits in round \(round)")
      runs = left
    }
    try await TestOffice.exchange(offices[0], fresh)
    try await expectSame(offices[0].store, fresh.store)
    #expect(try await shownRows(fresh.store) == rows)
    try await expectEveryValueKept(fresh.store)
  }

  /// Reads the log with none of the store's merging and compares: a value stands while no writer of its field saw it.
  private func expectEveryValueKept(_ store: SiteStore) async throws {
    struct Write {
      let dot: Dot
      let observed: ObservedVector
    }
    var writes: [EntityID: [UInt8: [Write]]] = [:]
    for run in try await TestOffice.runs(of: store, recordsMax: 1000) {
      for (index, record) in run.records.enumerated() {
        let header = try OperationHeader(decoding: record.header)
        let dot = Dot(stream: run.stream, sequence: run.first + UInt64(index))
        for change in try Facts.decode(header.facts) {
          switch change {
          case .set(let tag, _), .claim(let tag, _, _):
            writes[header.entity, default: [:]][tag, default: []].append(Write(dot: dot, observed: header.observed))
          case .add, .remove, .saw, .mark: continue
          }
        }
      }
    }
    var disputed = 0
    for row in try await shownRows(store) where row.number != "" {
      let ticket = try #require(try await store.detail(row.id)).ticket
      for field in TicketField.disputable + [.assignee] {
        let all = writes[row.id]?[field.rawValue] ?? []
        let standing = all.filter { write in !all.contains { $0.observed.covers(write.dot) } }
        #expect(
          Set(ticket.siblings(field).map(\.reference.dot)) == Set(standing.map(\.dot)), "\(row.number) \(field)")
        if standing.count > 1 { disputed += 1 }
      }
    }
    #expect(disputed > 0, "the day holds at least one conflict")
  }
}
