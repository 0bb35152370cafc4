import Glibc
import Testing

@testable import PeerTransport

@Suite("Messages without an end")
struct WatchTests {
  /// Both ends of a TCP connection over the loopback.
  private struct Line {
    let near: Int32
    let far: Int32

    init() throws {
      let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(listener) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      var count = socklen_t(MemoryLayout<sockaddr_in>.size)
      near = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      let (dialler, size) = (near, count)
      let isUp = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
          bind(listener, raw, size) == 0 && listen(listener, 1) == 0 && getsockname(listener, raw, &count) == 0
            && connect(dialler, raw, size) == 0
        }
      }
      try #require(isUp)
      far = accept(listener, nil, nil)
      try #require(far >= 0)
    }

    func pass(_ count: Int) throws {
      let bytes = [UInt8](repeating: 7, count: count)
      try #require(send(near, bytes, count, 0) == count)
      var buffer = bytes
      try #require(recv(far, &buffer, count, Int32(MSG_WAITALL)) == count)
    }

    func end() {
      close(near)
      close(far)
    }
  }

  @Test("What was taken since the last message ended counts; what waits in the system does not")
  func counts() throws {
    let line = try Line()
    defer { line.end() }
    try line.pass(50_000)
    var watch = try #require(ReceiveWatch(descriptor: line.far))
    let is1 = watch.isOver(60_000)
    #expect(!is1)
    try line.pass(60_000)
    let is2 = watch.isOver(60_000)
    #expect(!is2)
    _ = send(line.near, [UInt8](repeating: 7, count: 10_000), 10_000, 0)
    let is3 = watch.isOver(60_000)
    #expect(!is3)
    try line.pass(1)
    let is4 = watch.isOver(60_000)
    #expect(is4)
    watch.noteMessage()
    let after = [watch.isOver(60_000), watch.isOver(60_000)]
    #expect(after == [false, false])
    try line.pass(60_001)
    let is5 = watch.isOver(60_000)
    #expect(is5)
  }

  @Test("A cut ends the connection at once, and never another that took its descriptor")
  func cut() throws {
    let line = try Line()
    defer { line.end() }
    let watch = try #require(ReceiveWatch(descriptor: line.far))
    watch.cut()
    var byte: UInt8 = 0
    #expect(recv(line.near, &byte, 1, 0) == 0)
    let (first, second) = (try Line(), try Line())
    defer { first.end() }
    var stale = try #require(ReceiveWatch(descriptor: first.far))
    dup2(second.far, first.far)
    try second.pass(100_000)
    stale.cut()
    let is6 = stale.isOver(10)
    #expect(!is6)
    #expect(send(second.near, [1], 1, 0) == 1 && recv(second.far, &byte, 1, 0) == 1)
    second.end()
    #expect(ReceiveWatch(descriptor: -1) == nil)
  }

  @Test("A message of far more frames than allowed is cut off while it comes, long before its end")
  func endless() async throws {
    var generous = TransportSettings.quick
    generous.messageBytesMax = 256 << 20
    generous.messageFramesMax = 8_192
    generous.queueBytesMax = 512 << 20
    var strict = TransportSettings.quick
    strict.messageBytesMax = 64 << 10
    strict.messageFramesMax = 1
    strict.watchInterval = .milliseconds(2)
    let offender = try TestPeer(bind: nil, settings: generous)
    let hub = try TestPeer(settings: strict, allowed: [offender.keyPair.publicKey: "bogota"])
    try offender.dial(hub)
    let offending = try await offender.events.connected("hub")
    #expect(offender.send("before", to: offending) == .queued)
    let connection = try await hub.events.received("before")
    let frames = [[UInt8]](repeating: [UInt8](repeating: 1, count: 32 << 10), count: 4_000)
    #expect(offender.transport.send(frames, to: offending) == .queued)
    try await hub.events.wait("the news of it") { if case .misbehaved(connection) = $0 { () } else { nil } }
    try await hub.events.disconnected(connection)
    try await offender.events.disconnected(offending)
    #expect(!hub.events.all.contains { if case .received(_, let frames) = $0 { frames.count > 1 } else { false } })
  }
}
