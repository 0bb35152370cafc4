import Foundation
import Glibc
import Synchronization

/// A line between two offices that can go silent: connections stay open and new ones begin, but no byte passes.
///
/// Unlike `relevo peer pause`, neither node is told. What is under way when the line goes silent arrives after it heals.
final class TestLine: Sendable {
  private struct Pair {
    let near: Int32
    let far: Int32
  }

  /// Where the calling office dials.
  let port: UInt16
  private let target: UInt16
  private let listener: Int32
  private let isSilent = Mutex(false)
  private let isClosed = Atomic<Bool>(false)

  /// Begins to listen for the office that calls `target`. Throws when the loopback has no port left.
  init(to target: UInt16) throws {
    self.target = target
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = Loopback.address(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 64) == 0 ? getsockname(listener, $0, &length) : -1
      }
    }
    guard result == 0 else { throw LoopbackHTTP.Failure(description: "no line can be laid: errno \(errno)") }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [self] in work() }
  }

  /// Lets nothing through once this returns, or everything again.
  func setSilent(_ value: Bool) { isSilent.withLock { $0 = value } }

  /// Ends the line and every connection on it.
  func close() { isClosed.store(true, ordering: .sequentiallyConsistent) }

  // MARK: The line's thread

  private func work() {
    var pairs: [Pair] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while !isClosed.load(ordering: .sequentiallyConsistent) {
      let silent = isSilent.withLock { $0 }
      var entries = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
      if !silent {
        entries += pairs.flatMap { pair in
          [pair.near, pair.far].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        }
      }
      // Short, so that a change of mind is seen soon.
      guard poll(&entries, nfds_t(entries.count), 20) > 0 else { continue }
      if !silent {
        // Looked at again, and held while bytes move: whoever silenced the line meanwhile may rely on it.
        pairs = isSilent.withLock { $0 ? pairs : forward(pairs, entries, &buffer) }
      }
      if entries[0].revents != 0, let pair = accepted() { pairs.append(pair) }
    }
    for pair in pairs { Self.hangUp(pair) }
    Glibc.close(listener)
  }

  /// Moves what has come; answers the connections that are still there.
  private func forward(_ pairs: [Pair], _ entries: [pollfd], _ buffer: inout [UInt8]) -> [Pair] {
    pairs.enumerated().filter { index, pair in
      let ways = [(entries[1 + 2 * index], pair.far), (entries[2 + 2 * index], pair.near)]
      let isAlive = ways.allSatisfy { from, to in from.revents == 0 || Self.move(from.fd, to, &buffer) }
      if !isAlive { Self.hangUp(pair) }
      return isAlive
    }.map(\.element)
  }

  /// False at the end of the connection.
  private static func move(_ from: Int32, _ to: Int32, _ buffer: inout [UInt8]) -> Bool {
    let count = recv(from, &buffer, buffer.count, 0)
    guard count > 0 else { return false }
    var sent = 0
    while sent < count {
      let part = buffer[sent..<count].withUnsafeBytes { send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard part > 0 else { return false }
      sent += part
    }
    return true
  }

  private func accepted() -> Pair? {
    let near = accept(listener, nil, nil)
    guard near >= 0 else { return nil }
    let far = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = Loopback.address(port: target)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(far, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    let pair = Pair(near: near, far: far)
    if result == 0 { return pair }
    // The called office does not listen: the caller sees the connection end, as on a line without a proxy.
    Self.hangUp(pair)
    return nil
  }

  private static func hangUp(_ pair: Pair) {
    Glibc.close(pair.near)
    Glibc.close(pair.far)
  }
}
