import OperationLog

/// Runs that were read since the last commit: what has just been written goes to many peers, each of which asks for it by itself.
struct RunMemory: Sendable {
  /// What a peer's turn asks of the store.
  struct Question: Sendable {
    let stream: StreamID
    let from: UInt64
    let to: UInt64
    let bytesMax: Int
    let recordsMax: Int
  }

  private struct Entry: Sendable {
    let to: UInt64
    let bytes: Int
    let run: OperationRun
  }

  private static let entriesMax = 8
  private static let bytesMax = 64 * 1024

  /// How often everything was forgotten.
  private(set) var age: UInt64 = 0
  /// The latest last.
  private var entries: [Entry] = []

  /// The run that reading would give now: one that was read as far as this one is asked for, and that this one's limits would
  /// not have ended sooner.
  func answer(to question: Question) -> OperationRun? {
    entries.last { entry in
      entry.run.stream == question.stream && entry.run.first == question.from && entry.to == question.to
        && entry.bytes <= question.bytesMax && entry.run.records.count <= question.recordsMax
    }?.run
  }

  /// Keeps what was read when the memory had this age.
  mutating func note(_ run: OperationRun, for question: Question, age: UInt64) {
    guard age == self.age, run.last >= question.to else { return }
    let bytes = run.records.reduce(0) { $0 + $1.byteCount }
    guard bytes <= Self.bytesMax else { return }
    if entries.count >= Self.entriesMax { entries.removeFirst() }
    entries.append(Entry(to: question.to, bytes: bytes, run: run))
  }

  /// After a commit streams may be longer, or end sooner.
  mutating func forget() {
    age &+= 1
    entries.removeAll(keepingCapacity: true)
  }
}
