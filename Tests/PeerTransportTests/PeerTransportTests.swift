import PeerTransport
import Testing

@Suite("Nodes speak over real CURVE links on the loopback", .serialized, .timeLimit(.minutes(2)))
struct PeerTransportTests {
  @Test("Two nodes exchange messages of several frames, each under the key the other proved")
  func exchange() async throws {
    let hub = try TestPeer()
    let office = try TestPeer(bind: nil)
    hub.transport.setAllowed([office.keyPair.publicKey: "lyon"])
    try office.dial(hub)
    let toHub = try await office.events.connected("hub")
    #expect(toHub.key == hub.keyPair.publicKey)
    let frames: [[UInt8]] = [Array("hello".utf8), [], [0, 255, 7], [UInt8](repeating: 9, count: 100_000)]
    #expect(office.transport.send(frames, to: toHub) == .queued)
    let toOffice = try await hub.events.received("hello")
    #expect(toOffice.user == "lyon")
    #expect(toOffice.key == office.keyPair.publicKey)
    #expect(hub.send("welcome", to: toOffice) == .queued)
    #expect(try await office.events.received("welcome") == toHub)
    let wholes = hub.events.all.compactMap { event in
      if case .received(_, let received) = event { received } else { nil }
    }
    #expect(wholes == [frames])
    #expect(await office.transport.stop())
    try await hub.events.disconnected(toOffice)
    #expect(hub.send("anybody there?", to: toOffice) == .notConnected)
    #expect(await hub.transport.stop())
  }

  @Test("A thousand messages arrive whole and in order, both ways at once")
  func order() async throws {
    let hub = try TestPeer()
    let office = try TestPeer(bind: nil)
    hub.transport.setAllowed([office.keyPair.publicKey: "lyon"])
    try office.dial(hub)
    let toHub = try await office.events.connected("hub")
    #expect(office.send("hello", to: toHub) == .queued)
    let toOffice = try await hub.events.received("hello")
    for number in 0..<1_000 {
      let frame = [UInt8(number & 255), UInt8(number >> 8)] + [UInt8](repeating: 1, count: 500)
      for (peer, connection) in [(office, toHub), (hub, toOffice)] {
        try await eventually("room in the queue") { peer.transport.send([frame], to: connection) == .queued }
      }
    }
    for peer in [hub, office] {
      try await eventually("a thousand messages") { numbers(peer).count == 1_000 }
      #expect(numbers(peer) == Array(0..<1_000))
    }
  }

  private func numbers(_ peer: TestPeer) -> [Int] {
    peer.events.all.compactMap { event in
      guard case .received(_, let frames) = event, frames[0].count == 502 else { return nil }
      return Int(frames[0][0]) | Int(frames[0][1]) << 8
    }
  }

  @Test("A host is also found by its name, and a name nobody knows is told as such")
  func names() async throws {
    let hub = try TestPeer()
    let office = try TestPeer(bind: nil)
    hub.transport.setAllowed([office.keyPair.publicKey: "lyon"])
    let port = try hub.endpoint.port
    office.transport.connect(
      "hub", to: try TransportEndpoint("tcp://localhost:\(port)"), serverKey: hub.keyPair.publicKey)
    _ = try await office.events.connected("hub")
    office.transport.connect(
      "nowhere", to: try TransportEndpoint("tcp://nowhere.invalid:\(port)"), serverKey: hub.keyPair.publicKey)
    let reason = try await office.events.wait("the news of the unknown name", within: .seconds(30)) { event in
      if case .unreachable("nowhere", let reason) = event { reason } else { nil }
    }
    #expect(reason == .nameUnknown)
  }

  @Test("A node that is down is told as unreachable, and connected once it is up")
  func lateStart() async throws {
    let former = try TestPeer()
    let endpoint = try former.endpoint
    #expect(await former.transport.stop())
    let office = try TestPeer(bind: nil)
    office.transport.connect("hub", to: endpoint, serverKey: former.keyPair.publicKey)
    let reason = try await office.events.wait("the news that it is down") { event in
      if case .unreachable("hub", let reason) = event { reason } else { nil }
    }
    #expect(reason == .refused)
    let hub = try TestPeer(
      bind: endpoint.description, keyPair: former.keyPair, allowed: [office.keyPair.publicKey: "lyon"])
    _ = try await office.events.connected("hub")
    #expect(await hub.transport.stop())
  }

  @Test("A restarted node on the same port is found again under a new connection; the old one takes nothing more")
  func restart() async throws {
    let office = try TestPeer(bind: nil)
    let first = try TestPeer(allowed: [office.keyPair.publicKey: "lyon"])
    try office.dial(first)
    let before = try await office.events.connected("hub")
    #expect(office.send("one", to: before) == .queued)
    _ = try await first.events.received("one")
    #expect(await first.transport.stop())
    try await office.events.disconnected(before)
    let seen = office.events.all.count
    let second = try TestPeer(
      bind: first.endpoint.description, keyPair: first.keyPair, allowed: [office.keyPair.publicKey: "lyon"])
    let after = try await office.events.connected("hub", from: seen)
    #expect(after != before)
    #expect(office.send("stale", to: before) == .notConnected)
    #expect(office.send("two", to: after) == .queued)
    _ = try await second.events.received("two")
  }

  @Test("Pausing ends the link and dials no more; resuming brings it back")
  func pauseAndResume() async throws {
    let office = try TestPeer(bind: nil)
    let hub = try TestPeer(allowed: [office.keyPair.publicKey: "lyon"])
    try office.dial(hub)
    let before = try await office.events.connected("hub")
    #expect(office.send("one", to: before) == .queued)
    let inbound = try await hub.events.received("one")
    #expect(office.send("last words", to: before) == .queued)
    office.transport.pause("hub")
    try await office.events.disconnected(before)
    _ = try await hub.events.received("last words")
    try await hub.events.disconnected(inbound)
    let seen = office.events.all.count
    // Longer than the longest delay of these settings: a dial would show.
    try await Task.sleep(for: .milliseconds(300))
    #expect(office.events.all.count == seen)
    office.transport.resume("hub")
    let after = try await office.events.connected("hub", from: seen)
    office.transport.disconnect("hub")
    try await office.events.disconnected(after)
  }

  @Test("An address in use is a start error that says what holds it and what to do")
  func addressInUse() throws {
    let first = try TestPeer()
    let endpoint = try first.endpoint.description
    let error = try #require(throws: TransportStartError.self) { try TestPeer(bind: endpoint) }
    #expect(error.cause == .addressInUse)
    #expect(error.endpoint == endpoint)
    #expect("\(error)".contains("another port"))
  }

  @Test("An address of another machine is a start error of its own")
  func foreignAddress() throws {
    let error = try #require(throws: TransportStartError.self) { try TestPeer(bind: "tcp://192.0.2.77:17400") }
    #expect(error.cause == .addressNotOnThisMachine)
  }

  @Test("Stopping ends the thread in time with a peer connected, and a second stop is harmless")
  func stop() async throws {
    let office = try TestPeer(bind: nil)
    let hub = try TestPeer(allowed: [office.keyPair.publicKey: "lyon"])
    try office.dial(hub)
    let connection = try await office.events.connected("hub")
    #expect(await office.transport.stop(within: .seconds(2)))
    #expect(await office.transport.stop(within: .seconds(2)))
    #expect(office.send("late", to: connection) == .notConnected)
    let seen = office.events.all.count
    #expect(await hub.transport.stop(within: .seconds(2)))
    #expect(office.events.all.count == seen)
  }
}
