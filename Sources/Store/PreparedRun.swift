import Helpdesk
import OperationLog

/// A peer's run with everything worked out that needs no look at the store: what the operations say, whether their texts
/// are the committed ones, and the chain. It is done beside the writer, while that writes the run before.
struct PreparedRun: Sendable {
  let run: OperationRun
  /// What each operation says; none where the run was not prepared.
  let understood: [Result<UnderstoodOperation, UnderstoodOperation.Obstacle>]
  /// The first operation whose text is not the committed one.
  let alteredText: Dot?
  /// The chain hash after each operation, valid where the held chain ends in `base`.
  let chain: (base: StreamChain, hashes: [Hash32])?

  /// A run the writer has to look into itself.
  init(unprepared run: OperationRun) {
    self.run = run
    understood = []
    alteredText = nil
    chain = nil
  }

  /// Works out what it can of a run that begins within bounds and is not empty.
  ///
  /// - Parameter base: where the run before it ended, when that is known.
  init(_ run: OperationRun, base: StreamChain?, powers: StorePowers) {
    self.run = run
    understood = run.records.enumerated().map { index, record in
      Result { () throws(UnderstoodOperation.Obstacle) in
        try UnderstoodOperation(record, sequence: run.first + UInt64(index), without: powers.kindsNotUnderstood)
      }
    }
    alteredText = powers.firstAlteredText(in: run.records, stream: run.stream, first: run.first)
    chain = base.flatMap { base in
      let verified = Result { () throws(RunRefusal) in try run.verifyChain(from: base, hashing: powers.hashing) }
      guard case .success(let hashes) = verified else { return nil }
      return (base, hashes)
    }
  }

  /// The chain hashes, when they were worked out from the chain that is held.
  func hashes(from held: StreamChain) -> [Hash32]? { chain.flatMap { $0.base == held ? $0.hashes : nil } }
}

extension StorePowers {
  /// The first operation whose text does not match the commitment in its header, or is missing; the first record stands at
  /// `first`.
  func firstAlteredText(in records: [OperationRecord], stream: StreamID, first: UInt64) -> Dot? {
    if plantedBugs.contains(.skipTextCommitments) { return nil }
    for (index, record) in records.enumerated() {
      guard let text = record.text else {
        // Nobody may leave a text out on the way: nothing says yet that its author had it erased.
        if OperationHeader.commitsToText(record.header) { return Dot(stream: stream, sequence: first + UInt64(index)) }
        continue
      }
      let commitment = hashing.sha256(record.salt, text)
      // The commitment is the header's last 32 bytes in every version that has one.
      guard record.header.count > 32, record.header.suffix(32).elementsEqual(commitment.bytes) else {
        return Dot(stream: stream, sequence: first + UInt64(index))
      }
    }
    return nil
  }
}
