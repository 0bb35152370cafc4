import OperationLog

/// The relayed messages seen last, so that one that comes over two ways is delivered once. Bounded; the oldest go first.
struct RelayMemory: Sendable {
  private struct Key: Hashable {
    let origin: NodeID
    let number: UInt64
  }

  private let limit: Int
  private var known: Set<Key> = []
  private var line: [Key] = []
  private var oldest = 0

  init(limit: Int) {
    precondition(limit > 0)
    self.limit = limit
  }

  /// True the first time a message is seen.
  mutating func insert(_ message: RelayedMessage) -> Bool {
    let key = Key(origin: message.origin, number: message.number)
    guard known.insert(key).inserted else { return false }
    if line.count < limit {
      line.append(key)
    } else {
      known.remove(line[oldest])
      line[oldest] = key
      oldest = (oldest + 1) % limit
    }
    return true
  }
}
