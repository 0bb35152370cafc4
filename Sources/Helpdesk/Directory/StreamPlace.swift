package import OperationLog

/// Where a stream begins and what it goes on from: what tells two machines apart that write as one node.
package struct StreamPlace: Hashable, Sendable {
  /// Longest host name that is kept, in bytes.
  package static let hostBytesMax = 64

  /// 16 bytes that name the machine without disclosing its own identifier; empty where it has none.
  package var machine: [UInt8]
  /// The machine's name for people; empty where unknown.
  package var host: String
  /// The node's stream before; nil for its first.
  package var continues: StreamID?

  package init(machine: [UInt8] = [], host: String = "", continues: StreamID? = nil) {
    self.machine = machine
    self.host = host
    self.continues = continues
  }

  /// As facts of the operation that opens the stream.
  var changes: [Change] {
    var changes: [Change] = []
    if machine.count == 16 { changes.append(.set(tag: DirectoryField.Stream.machine, .bytes(machine))) }
    let name = Array(host.utf8.prefix(Self.hostBytesMax))
    if !name.isEmpty { changes.append(.set(tag: DirectoryField.Stream.host, .bytes(name))) }
    if let continues {
      changes.append(.set(tag: DirectoryField.Stream.continues, .identifier(EntityID(continues))))
    }
    return changes
  }

  /// Reads them back; what is absent stays empty.
  package init(_ changes: [Change]) {
    self.init()
    for change in changes {
      switch change {
      case .set(DirectoryField.Stream.machine, .bytes(let bytes)): machine = bytes
      case .set(DirectoryField.Stream.host, .bytes(let bytes)): host = String(decoding: bytes, as: UTF8.self)
      case .set(DirectoryField.Stream.continues, .identifier(let id)):
        continues = StreamID(high: id.high, low: id.low)
      default: continue
      }
    }
  }
}
