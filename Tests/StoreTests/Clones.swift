import Foundation
import GRDB
import Helpdesk
import OperationLog
import Store
import Testing

/// What clones and restored copies of an office need beyond an ordinary exchange.
enum Clones {
  /// The office's database as it is now, in a directory of its own.
  static func copy(_ office: TestOffice) async throws -> ScratchDirectory {
    try await office.store.pool.writeWithoutTransaction { _ in
      let copy = try ScratchDirectory()
      for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: office.store.path + suffix) {
        try FileManager.default.copyItem(
          atPath: office.store.path + suffix, toPath: copy.path + "/relevo.sqlite" + suffix)
      }
      return copy
    }
  }

  /// Asks as the replication does, also where a stream leads two ways: until nothing is left to ask this giver for.
  static func pull(_ receiver: SiteStore, from giver: SiteStore, recordsMax: Int = 256) async throws {
    for _ in 0..<200 {
      var isDone = true
      let ends = Set(receiver.endedStreams.map(\.stream))
      let (mine, theirs) = (try await heads(receiver), try await heads(giver))
      for stream in theirs.keys.sorted() {
        guard let head = theirs[stream], !ends.contains(stream) else { continue }
        let own = mine[stream]
        if let own, own.sequence > head.sequence { continue }
        if own?.hash == head.hash { continue }
        let from = own.map { $0.sequence == head.sequence ? $0.sequence : $0.sequence + 1 } ?? 1
        if try await take(stream, from, head.sequence, receiver, giver, recordsMax) { isDone = false }
      }
      if isDone { return }
    }
    Issue.record("the exchange does not come to an end")
  }

  /// True when something came of it.
  private static func take(
    _ stream: StreamID, _ from: UInt64, _ to: UInt64, _ receiver: SiteStore, _ giver: SiteStore, _ recordsMax: Int
  ) async throws -> Bool {
    var next = from
    while next <= to {
      let run = try await giver.run(of: stream, from: next, to: to, bytesMax: 65_536, recordsMax: recordsMax)
      guard let run else { return false }
      switch try await receiver.ingest(run) {
      case .stored, .branched: return true
      case .alreadyHeld: next = run.last + 1
      case .refused(.writtenTwice(let other, let earlier)):
        if other != stream {
          let last = try await heads(giver)[other]?.sequence ?? 0
          return try await take(other, earlier, last, receiver, giver, recordsMax)
        }
        try #require(earlier < next, "each question reaches further back")
        next = earlier
      default: return false
      }
    }
    return false
  }

  private static func heads(_ store: SiteStore) async throws -> [StreamID: SignedHead] {
    Dictionary(uniqueKeysWithValues: try await store.signedHeads().map { ($0.stream, $0) })
  }

  /// Brings all to the same operations.
  static func exchange(_ stores: [SiteStore], recordsMax: Int = 256) async throws {
    for _ in 0..<3 {
      for receiver in stores {
        for giver in stores where giver !== receiver { try await pull(receiver, from: giver, recordsMax: recordsMax) }
      }
    }
  }

  /// A command to a store without an office around it.
  @discardableResult
  static func write(_ store: SiteStore, _ body: CommandBody, by name: String = "ana") async throws -> CommandOutcome {
    try await store.execute(Command(actor: .person(TestOffice.person(name)), body: body))
  }

  /// Begins the incarnation that is due.
  static func begin(_ store: SiteStore) async throws {
    _ = try await withCheckedThrowingContinuation { continuation in
      store.beginIncarnation { continuation.resume(with: $0) }
    }
  }
}

extension Dice {
  /// A number from 0 to one less than this.
  mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }
}
