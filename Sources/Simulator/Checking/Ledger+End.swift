import Foundation
import GRDB
import OperationLog
import Replication
import SiteEngine
import Store

extension Ledger {
  /// After healing: everything acknowledged is everywhere, nothing is deferred, nobody believes to be the only holder.
  func checkEnd(_ node: SimulatedNode) throws {
    guard let store = node.store else { return }
    for (stream, told) in acknowledged.sorted(by: { $0.key < $1.key }) {
      let sequence = min(told, restored[stream] ?? told)
      if node.vector[stream] < sequence {
        report(.noLostWrite, "\(node.code) lacks operations of \(stream) that were acknowledged up to \(sequence)")
      }
    }
    let (deferred, known) = try store.readNow { db in
      (
        try Int.fetchOne(db, sql: "SELECT count(*) FROM deferred") ?? 0,
        Set(try Data.fetchAll(db, sql: "SELECT id FROM ticket").compactMap { EntityID(bytes: $0) })
      )
    }
    try compareStreams(node)
    if deferred > 0 { report(.unknownOperations, "\(node.code) still defers \(deferred) operations after its upgrade") }
    if restored.isEmpty, let lost = tickets.first(where: { !known.contains($0) }) {
      report(.noLostWrite, "\(node.code) does not know the ticket \(lost), whose opening was acknowledged")
    }
    if let alone = node.engine?.onlyHere().operations, alone > 0 {
      report(.liveness, "\(node.code) believes that \(alone) operations exist only there")
    }
  }

  /// One dot names one hash everywhere: the nodes hold the same streams, each to the same head.
  private func compareStreams(_ node: SimulatedNode) throws {
    guard let store = node.store else { return }
    let found = try store.readNow { db in
      try Row.fetchAll(db, sql: "SELECT id, head, hash FROM stream ORDER BY id").map { row in
        StreamEnd(stream: row["id"], head: row["head"], hash: row["hash"])
      }
    }
    if streamsAtEnd.isEmpty { streamsAtEnd = found }
    guard let place = found.indices.first(where: { $0 >= streamsAtEnd.count || streamsAtEnd[$0] != found[$0] }) else {
      return
    }
    let stream = StreamID(bytes: found[place].stream).map { "\($0)" } ?? "a stream"
    report(.dotUniqueness, "\(node.code) holds another \(stream) than the first node, and no fork proof says so")
  }

  /// One row of the streams a node holds.
  struct StreamEnd: Hashable {
    let stream: Data
    let head: Int64
    let hash: Data
  }

  /// The chain up to a run, where its author is known to have signed; nil elsewhere.
  func chain(before run: OperationRun, hashing: any Hashing) -> StreamChain? {
    if run.first == 1 { return StreamChain(stream: run.stream, hashing: hashing) }
    let dot = Dot(stream: run.stream, sequence: run.first - 1)
    return head(at: dot).map { StreamChain(stream: run.stream, sequence: dot.sequence, hash: $0) }
  }
}
