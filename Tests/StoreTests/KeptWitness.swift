import Store
import Synchronization

/// A witness in memory: what a file beside the database would hold.
final class KeptWitness: HeadWitness {
  private let content = Mutex<[UInt8]>([])
  private let failure = Mutex<String?>(nil)

  struct Failure: Error, CustomStringConvertible { let description: String }

  var bytes: [UInt8] {
    get { content.withLock { $0 } }
    set { content.withLock { $0 = newValue } }
  }

  /// From now on nothing can be written; nil lets it be written again.
  func fail(_ reason: String?) { failure.withLock { $0 = reason } }

  func read() throws -> [UInt8] { bytes }

  func write(_ record: [UInt8], at offset: Int) throws {
    if let reason = failure.withLock({ $0 }) { throw Failure(description: reason) }
    content.withLock { content in
      if content.count < offset + record.count {
        content += [UInt8](repeating: 0, count: offset + record.count - content.count)
      }
      content.replaceSubrange(offset..<offset + record.count, with: record)
    }
  }
}
