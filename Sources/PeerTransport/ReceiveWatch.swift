import Glibc

/// What the system received on one connection, beside what libzmq made of it. libzmq hands a message over when its last frame
/// came and bounds each frame, not their number, so a peer that never ends a message fills our memory unseen; only the
/// difference between the two tells.
struct ReceiveWatch {
  /// Where the other side was when the watch began, so that a descriptor used again is not mistaken for it.
  private let address: [UInt8]
  private let descriptor: Int32
  /// Bytes libzmq had read when it handed over the last message.
  private var baseline: UInt64
  private var hasProgressed = false

  /// Nil for a descriptor that is no connection any more.
  init?(descriptor: Int32) {
    guard let address = Self.address(of: descriptor), let taken = Self.bytesTaken(from: descriptor) else { return nil }
    self.descriptor = descriptor
    self.address = address
    baseline = taken
  }

  /// A whole message of the connection was handed over.
  mutating func noteMessage() { hasProgressed = true }

  /// True when more than the limit was taken from the connection since the last message ended. Call it only when every
  /// message that libzmq has ready was read.
  mutating func isOver(_ limit: UInt64) -> Bool {
    guard Self.address(of: descriptor) == address, let taken = Self.bytesTaken(from: descriptor) else { return false }
    if hasProgressed || taken < baseline {
      hasProgressed = false
      baseline = taken
      return false
    }
    return taken - baseline > limit
  }

  /// Ends the connection under libzmq, which then drops what it holds of it and reports the end.
  func cut() {
    guard Self.address(of: descriptor) == address else { return }
    // Fails only when the connection has ended already.
    _ = shutdown(descriptor, Int32(SHUT_RDWR))
  }

  private static func address(of descriptor: Int32) -> [UInt8]? {
    var storage = sockaddr_storage()
    var count = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &count) }
    }
    guard result == 0 else { return nil }
    return withUnsafeBytes(of: &storage) { Array($0.prefix(Int(count))) }
  }

  /// `tcpi_bytes_received` of Linux's `struct tcp_info` (since Linux 4.1; glibc's copy of the structure ends before it), less
  /// what still waits in the system; nil where that is not to be had.
  private static func bytesTaken(from descriptor: Int32) -> UInt64? {
    let place = 128
    var info = [UInt8](repeating: 0, count: 256)
    var count = socklen_t(info.count)
    guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &count) == 0, Int(count) >= place + 8 else {
      return nil
    }
    let received = info.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: UInt64.self) }
    var unread: Int32 = 0
    guard ioctl(descriptor, UInt(FIONREAD), &unread) == 0 else { return nil }
    return received - min(received, UInt64(max(0, unread)))
  }
}
