import PeerTransport
import Testing

@Suite("Every queue has a bound", .serialized, .timeLimit(.minutes(4)))
struct BoundsTests {
  @Test("With a frozen reader the queue fills to its bound and answers full; once the reader wakes everything arrives")
  func frozenReader() async throws {
    var settings = TransportSettings.quick
    settings.queueMessagesMax = 50
    settings.queueBytesMax = 2 << 20
    settings.sendHighWaterMessages = 4
    settings.receiveHighWaterMessages = 4
    // Beside hundreds of other tests, filling the queue can take longer than a reader is waited for otherwise.
    settings.stallTimeout = .seconds(180)
    let office = try TestPeer(bind: nil, settings: settings)
    let hub = try TestPeer(settings: settings, allowed: [office.keyPair.publicKey: "lyon"])
    try office.dial(hub)
    let toHub = try await office.events.connected("hub")
    #expect(office.send("hello", to: toHub) == .queued)
    let toOffice = try await hub.events.received("hello")
    for (sender, connection, reader) in [(office, toHub, hub), (hub, toOffice, office)] {
      try await fill(sender, connection, reader, settings)
    }
  }

  private func fill(
    _ sender: TestPeer, _ connection: ConnectionID, _ reader: TestPeer, _ settings: TransportSettings
  ) async throws {
    let before = messageCount(reader)
    reader.events.freeze(true)
    let frame = [UInt8](repeating: 3, count: 256 << 10)
    var taken = 0
    var refusedInARow = 0
    // Full now and then is only a fast writer; full for a second is a reader that does not read.
    while refusedInARow < 200 {
      switch sender.transport.send([frame], to: connection) {
      case .queued:
        taken += 1
        refusedInARow = 0
        try #require(taken < 2_000, "half a gigabyte was taken for a reader that reads nothing")
      case .full:
        refusedInARow += 1
        try await Task.sleep(for: .milliseconds(5))
      case .tooLarge, .notConnected:
        Issue.record("the connection to the frozen reader was lost")
        throw TimeLimitPassed()
      }
      #expect(sender.transport.queuedByteCount <= settings.queueBytesMax)
    }
    reader.events.freeze(false)
    try await eventually("everything that was taken") { messageCount(reader) == before + taken }
    #expect(sender.transport.queuedByteCount == 0)
  }

  private func messageCount(_ peer: TestPeer) -> Int {
    peer.events.all.count { if case .received = $0 { true } else { false } }
  }

  @Test("A reader frozen for the whole stall time loses its queue, and the sender is told")
  func stalledReader() async throws {
    var settings = TransportSettings.quick
    settings.queueMessagesMax = 8
    settings.sendHighWaterMessages = 2
    settings.receiveHighWaterMessages = 2
    settings.stallTimeout = .milliseconds(300)
    let office = try TestPeer(bind: nil, settings: settings)
    let hub = try TestPeer(settings: settings, allowed: [office.keyPair.publicKey: "lyon"])
    try office.dial(hub)
    let toHub = try await office.events.connected("hub")
    hub.events.freeze(true)
    defer { hub.events.freeze(false) }
    let frame = [UInt8](repeating: 3, count: 512 << 10)
    try await eventually("the connection to be given up", within: .seconds(30)) {
      office.transport.send([frame], to: toHub) == .notConnected
    }
    let failure = try await office.events.wait("the news of it") { event in
      if case .sendFailed(toHub, let failure) = event { failure } else { nil }
    }
    #expect(failure == .stalled)
    try await office.events.disconnected(toHub)
    #expect(office.transport.queuedByteCount == 0)
  }

  @Test("The largest message passes; one byte more is not taken, and more frames than allowed neither")
  func limits() async throws {
    let office = try TestPeer(bind: nil)
    let hub = try TestPeer(allowed: [office.keyPair.publicKey: "lyon"])
    try office.dial(hub)
    let toHub = try await office.events.connected("hub")
    let largest = [UInt8](repeating: 7, count: 1 << 20)
    #expect(office.transport.send([largest], to: toHub) == .queued)
    #expect(office.transport.send([largest, [1]], to: toHub) == .tooLarge)
    #expect(office.transport.send([[UInt8]](repeating: [1], count: 64), to: toHub) == .queued)
    #expect(office.transport.send([[UInt8]](repeating: [1], count: 65), to: toHub) == .tooLarge)
    try await eventually("both messages") {
      hub.events.all.count { if case .received = $0 { true } else { false } } == 2
    }
  }

  @Test(
    "A peer that sends more than one message may have is cut off and told of, and nobody else notices",
    arguments: [[1 << 20 | 4_096], [700_000, 700_000]])
  func oversize(frameSizes: [Int]) async throws {
    var generous = TransportSettings.quick
    generous.messageBytesMax = 4 << 20
    generous.queueBytesMax = 8 << 20
    let offender = try TestPeer(bind: nil, settings: generous)
    let office = try TestPeer(bind: nil)
    let hub = try TestPeer(allowed: [offender.keyPair.publicKey: "bogota", office.keyPair.publicKey: "lyon"])
    try offender.dial(hub)
    try office.dial(hub)
    let offending = try await offender.events.connected("hub")
    let good = try await office.events.connected("hub")
    #expect(office.send("before", to: good) == .queued)
    _ = try await hub.events.received("before")
    #expect(offender.transport.send(frameSizes.map { [UInt8](repeating: 1, count: $0) }, to: offending) == .queued)
    // A frame over the limit is cut off by libzmq while it is read, frames that add up to more by us.
    try await offender.events.disconnected(offending)
    if frameSizes.count > 1 {
      try await hub.events.wait("the news of it") { if case .misbehaved = $0 { () } else { nil } }
    }
    let again = try await offender.events.connected("hub", from: 1)
    #expect(offender.send("sorry", to: again) == .queued)
    _ = try await hub.events.received("sorry")
    #expect(office.send("after", to: good) == .queued)
    _ = try await hub.events.received("after")
    let sizes = hub.events.all.compactMap { event in
      if case .received(_, let frames) = event { frames.reduce(0) { $0 + $1.count } } else { nil }
    }
    #expect(sizes.allSatisfy { $0 < 100 })
    #expect(!office.events.all.contains { if case .disconnected = $0 { true } else { false } })
  }
}
