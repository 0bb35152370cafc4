import Foundation
import Helpdesk
import OperationLog
import Store

/// Operations of another office taken in as in catch-up, beside the bare writer in groups of the same size.
///
/// Per ticket: one opening, three replies, four changes of fields, two assignments. Runs of at most 256 operations are read
/// from one store and ingested into an empty one, which checks chain, signature and texts, merges and projects. Several are
/// under way at once, as in a node; those that wait meanwhile share a transaction, which is the store's own doing.
struct ApplyBench {
  static let part = "apply"
  static let operationsPerTicket = 10
  static let runMax = 256
  /// Runs handed over and not settled, at most: about what the replication keeps under way.
  static let runsUnderWay = 8

  let operations: Int
  let turns: Int
  let scratch: Scratch

  func run() async throws -> [Measurement] {
    let cluster = ClusterID(high: 1, low: 1)
    let writer = try BenchOffice("MAD", cluster: cluster, folder: try scratch.folder("apply-source"))
    try await writer.found()
    _ = try await writer.execute(.defineCategory(key: "vpn", english: "VPN", spanish: "VPN"))
    let prepared = try await writer.store.vector()[writer.store.home.stream]
    let recorder = try await Recorder(writer.store)
    let started = Clocks.now()
    try await ApplyWorkload(office: writer, recorder: recorder).write(tickets: operations / Self.operationsPerTicket)
    Console.say("  \(operations) operations written in \(String(format: "%.1f", Clocks.now() - started)) s")
    let recording = try await recorder.recording()
    let runs = try await runs(of: writer.store, after: prepared)
    let preparation = try await self.runs(of: writer.store, after: 0, through: prepared)

    var bare = Timings()
    var ours = Timings()
    var rows = (written: 0, indexed: 0)
    let plans = BareWriter.plans(recording, groups: runs.map(\.records.count))
    for turn in 0..<turns {
      let folder = try scratch.folder("apply-bare-\(turn)")
      let limit = try BareWriter(recording, path: folder + "/bare.sqlite")
      let before = limit.rowCount
      try bare.time { try limit.write(plans) }
      rows = (limit.rowCount - before, try limit.indexEntryCount())
      scratch.discard("apply-bare-\(turn)")

      let reader = try BenchOffice("LYO", cluster: cluster, folder: try scratch.folder("apply-\(turn)"))
      try await reader.store.addBootstrapNodes([writer.admitted])
      try await Self.ingest(preparation, into: reader.store)
      try await ours.time { try await Self.ingest(runs, into: reader.store) }
      scratch.discard("apply-\(turn)")
    }
    let count = Double(recording.operations.count)
    return [
      Measurement(
        Self.part, "bare writer, groups of \(runs.map(\.records.count).max() ?? 0)", count / bare.median,
        "operations/s",
        processorSeconds: bare.processorMedian),
      Measurement(
        Self.part, "ingested, runs of ≤ \(Self.runMax)", count / ours.median, "operations/s",
        processorSeconds: ours.processorMedian),
      Measurement(
        Self.part, "share of the bare writer", 100 * bare.median / ours.median, "%", target: .atLeast(70)),
      Measurement(
        Self.part, "share, by processor time", 100 * bare.processorMedian / ours.processorMedian, "%"),
      Measurement(Self.part, "rows written per operation", Double(rows.written) / count, "rows"),
      Measurement(Self.part, "index entries per operation", Double(rows.indexed) / count, "entries"),
    ]
  }

  /// Hands the runs over as a node does in catch-up: several are under way while one is written.
  static func ingest(_ runs: [OperationRun], into store: SiteStore) async throws {
    let (outcomes, continuation) = AsyncStream<Result<IngestOutcome, any Error>>.makeStream()
    var iterator = outcomes.makeAsyncIterator()
    var settled = 0
    for (index, run) in runs.enumerated() {
      store.ingest(run) { continuation.yield($0) }
      // They settle in the order in which they were handed over.
      while index + 1 - settled >= runsUnderWay || (index + 1 == runs.count && settled < runs.count) {
        guard let outcome = try await iterator.next()?.get() else { throw BenchFailure("a run was not answered") }
        guard outcome == .stored(through: runs[settled].last) else {
          throw BenchFailure("a run was not stored: \(outcome)")
        }
        settled += 1
      }
    }
  }

  private func runs(of store: SiteStore, after: UInt64, through last: UInt64? = nil) async throws -> [OperationRun] {
    var runs: [OperationRun] = []
    var next = after + 1
    let stream = store.home.stream
    let end: UInt64
    if let last { end = last } else { end = try await store.vector()[stream] }
    while next <= end {
      guard
        let run = try await store.run(
          of: stream, from: next, to: last ?? end, bytesMax: 1 << 20, recordsMax: Self.runMax)
      else { throw BenchFailure("the operations from \(next) on cannot be read") }
      runs.append(run)
      next = run.last + 1
    }
    return runs
  }
}

/// Wall and processor times of several turns.
struct Timings {
  private var wall: [Double] = []
  private var processor: [Double] = []

  var median: Double { wall.median }
  var processorMedian: Double { processor.median }

  mutating func time(_ work: () throws -> Void) rethrows {
    let (started, used) = (Clocks.now(), Clocks.processorSeconds())
    try work()
    wall.append(Clocks.now() - started)
    processor.append(Clocks.processorSeconds() - used)
  }

  mutating func time(_ work: () async throws -> Void) async rethrows {
    let (started, used) = (Clocks.now(), Clocks.processorSeconds())
    try await work()
    wall.append(Clocks.now() - started)
    processor.append(Clocks.processorSeconds() - used)
  }
}

/// Writes the tickets of the apply part, many at once, as a day at an office does.
struct ApplyWorkload {
  static let ticketsAtOnce = 128

  let office: BenchOffice
  /// Notes which rows were written; nil where nobody asks.
  let recorder: Recorder?

  func write(tickets: Int) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for place in 0..<tickets {
        if place >= Self.ticketsAtOnce { try await group.next() }
        group.addTask { try await write(ticket: place) }
      }
      try await group.waitForAll()
    }
  }

  private func write(ticket place: Int) async throws {
    var words = Workload(seed: UInt64(place))
    let (employee, first, second) = (BenchOffice.employee, BenchOffice.agents[0], BenchOffice.agents[1])
    let opening = OpenTicket(
      subject: words.subject(), description: words.description(), urgency: .normal, impact: .low, channel: .api)
    let id = try await note(.openTicket(opening), employee)
    try await note(.assign(id, to: office.person(first)), second)
    try await note(.reply(id, body: words.reply(), isInternal: false), first)
    try await edit(id, first) { edit in
      edit.urgency = .high
      edit.category = .some(office.store.powers.hashing.category(key: "vpn"))
    }
    try await edit(id, first) { edit in
      edit.status = .waiting
      edit.waitingReason = .requester
    }
    try await note(.reply(id, body: words.reply(), isInternal: false), employee)
    try await note(.assign(id, to: office.person(second)), first)
    try await edit(id, second) { $0.tags = ["vpn", "remote"] }
    try await edit(id, second) { $0.subject = words.subject() }
    try await note(.reply(id, body: words.reply(), isInternal: true), second)
  }

  private func edit(_ id: EntityID, _ email: String, _ change: (inout TicketEdit) -> Void) async throws {
    var edit = TicketEdit()
    change(&edit)
    try await note(.editTicket(id, edit), email)
  }

  @discardableResult
  private func note(_ body: CommandBody, _ email: String) async throws -> EntityID {
    let outcome = try await office.execute(body, by: email)
    try await recorder?.note(outcome)
    return outcome.entity
  }
}
