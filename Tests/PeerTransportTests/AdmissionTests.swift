import PeerTransport
import Testing

@Suite("Only listed keys come in", .serialized, .timeLimit(.minutes(2)))
struct AdmissionTests {
  @Test("A stranger is refused, and both sides call it a refused key")
  func stranger() async throws {
    let hub = try TestPeer()
    let stranger = try TestPeer(bind: nil)
    try stranger.dial(hub)
    let atHub = try await hub.events.handshakeFailed(nil)
    #expect(atHub.reason == .keyRefused)
    #expect(atHub.key == stranger.keyPair.publicKey)
    #expect(atHub.address == "127.0.0.1")
    // libzmq may hang up before its refusal is out (its issue 2705), so one of the first attempts must tell it.
    _ = try await stranger.events.wait("the refusal") { event in
      if case .handshakeFailed("hub", let failure) = event, failure.reason == .keyRefused { () } else { nil }
    }
    #expect(!stranger.events.all.contains { if case .connected = $0 { true } else { false } })
    #expect(!stranger.events.all.contains { if case .unreachable = $0 { true } else { false } })
  }

  @Test("Whoever expects another server key gets no connection, and the listener knows why")
  func wrongServerKey() async throws {
    let office = try TestPeer(bind: nil)
    let hub = try TestPeer(allowed: [office.keyPair.publicKey: "lyon"])
    office.transport.connect("hub", to: try hub.endpoint, serverKey: CurveKeyPair.generate().publicKey)
    #expect(try await hub.events.handshakeFailed(nil).reason == .serverKeyWrong)
    #expect(try await office.events.handshakeFailed("hub").reason == .closedByPeer)
    #expect(!office.events.all.contains { if case .connected = $0 { true } else { false } })
  }

  @Test("A key listed later comes in with its next attempt, by itself")
  func listedLater() async throws {
    let hub = try TestPeer()
    let office = try TestPeer(bind: nil)
    try office.dial(hub)
    _ = try await hub.events.handshakeFailed(nil)
    _ = try await office.events.handshakeFailed("hub")
    hub.transport.setAllowed([office.keyPair.publicKey: "lyon"])
    _ = try await office.events.connected("hub")
  }

  @Test("After a revocation nothing of the key is told any more, recycling cuts it off, and the others come back")
  func revocation() async throws {
    let revoked = try TestPeer(bind: nil)
    let faithful = try TestPeer(bind: nil)
    let hub = try TestPeer(allowed: [revoked.keyPair.publicKey: "bogota", faithful.keyPair.publicKey: "lyon"])
    try revoked.dial(hub)
    try faithful.dial(hub)
    let revokedToHub = try await revoked.events.connected("hub")
    let faithfulToHub = try await faithful.events.connected("hub")
    #expect(revoked.send("before", to: revokedToHub) == .queued)
    let inbound = try await hub.events.received("before")

    hub.transport.setAllowed([faithful.keyPair.publicKey: "lyon"])
    #expect(revoked.send("after", to: revokedToHub) == .queued)
    #expect(faithful.send("meanwhile", to: faithfulToHub) == .queued)
    _ = try await hub.events.received("meanwhile")

    let seen = faithful.events.all.count
    hub.transport.recycle()
    try await hub.events.disconnected(inbound)
    try await revoked.events.disconnected(revokedToHub)
    #expect(try await hub.events.handshakeFailed(nil).key == revoked.keyPair.publicKey)
    let again = try await faithful.events.connected("hub", from: seen)
    #expect(faithful.send("back", to: again) == .queued)
    _ = try await hub.events.received("back")
    #expect(
      !hub.events.all.contains { event in
        if case .received(_, let frames) = event { frames == [Array("after".utf8)] } else { false }
      })
    #expect(!hub.events.all.contains { if case .bindFailed = $0 { true } else { false } })
  }

  @Test("A node shows at its start that a stranger is refused, without raising an alarm of its own")
  func proof() async throws {
    let hub = try TestPeer()
    for _ in 0..<5 { #expect(await hub.transport.proveStrangerRefused(within: .seconds(5)) == .refused) }
    #expect(
      !hub.events.all.contains { event in
        if case .handshakeFailed(_, let failure) = event { failure.reason == .keyRefused } else { false }
      })
  }

  @Test("A node that only dials, or has stopped, cannot show it and says so")
  func noProof() async throws {
    let office = try TestPeer(bind: nil)
    #expect(await office.transport.proveStrangerRefused(within: .seconds(2)) == .undecided("the node listens nowhere"))
    let hub = try TestPeer()
    #expect(await hub.transport.stop())
    guard case .undecided = await hub.transport.proveStrangerRefused(within: .milliseconds(100)) else {
      Issue.record("a stopped transport proved something")
      return
    }
  }

  @Test("Bytes that are no CURVE handshake get hung up on, and hurt nobody", arguments: Garbage.all)
  func garbage(garbage: Garbage) async throws {
    let office = try TestPeer(bind: nil)
    let hub = try TestPeer(allowed: [office.keyPair.publicKey: "lyon"])
    try office.dial(hub)
    let connection = try await office.events.connected("hub")
    let intruders = try (0..<5).map { _ in try RawConnection(port: hub.endpoint.port) }
    for intruder in intruders { intruder.write(garbage.bytes) }
    for intruder in intruders {
      try await eventually("the intruder is hung up on") { intruder.isHungUpOn }
    }
    #expect(office.send("still here", to: connection) == .queued)
    _ = try await hub.events.received("still here")
    #expect(await hub.transport.proveStrangerRefused() == .refused)
    let told = hub.events.all.filter { if case .received = $0 { true } else { false } }
    #expect(told.count == 1)
    #expect(!office.events.all.contains { if case .disconnected = $0 { true } else { false } })
  }
}

/// What may come in on an open port from somebody who is no peer.
struct Garbage: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let bytes: [UInt8]

  static let all = [
    Garbage(testDescription: "a web request", bytes: Array("GET / HTTP/1.1\r\nHost: relevo\r\n\r\n".utf8)),
    Garbage(testDescription: "zeros", bytes: [UInt8](repeating: 0, count: 4_096)),
    Garbage(testDescription: "ones", bytes: [UInt8](repeating: 0xff, count: 70_000)),
    // Hung up on once the time for the handshake is over.
    Garbage(testDescription: "silence", bytes: []),
    Garbage(
      testDescription: "a ZeroMQ greeting that asks for no encryption (ZMTP 3.1, mechanism NULL)",
      bytes: [0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1] + Array("NULL".utf8) + [UInt8](repeating: 0, count: 48)
        + [4, 26] + Array("\u{5}READY\u{b}Socket-Type".utf8) + [0, 0, 0, 6] + Array("DEALER".utf8)),
  ]
}
