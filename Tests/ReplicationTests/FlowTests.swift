import OpenSSLCrypto
import OperationLog
import Testing

@testable import Replication

@Suite("Credits, rates and lanes")
struct FlowTests {
  /// Content on its way from one node to another: sent, and neither stored there nor refused.
  private func credit(_ network: TestNetwork, _ near: Int, _ far: Int) -> UInt64? {
    network.figures(near, of: far)?.lanes.first.credit
  }

  @Test(
    "With a store that takes nothing the sender stops at what was granted, to the byte, and goes on when it is stored")
  func frozenStore() {
    var network = TestNetwork(2)
    network.link(0, 1)
    network.run(milliseconds: 200)
    network.nodes[1].isStoreStuck = true
    for _ in 0..<400 { network.write(0, 20, textBytes: 400) }
    network.run(milliseconds: 30_000)
    let waiting = network.nodes[1].stuck.reduce(0) { sum, effect in
      guard case .ingest(let run, _, _) = effect else { return sum }
      return sum + run.contentBytes
    }
    let settings = ReplicationSettings()
    #expect(waiting <= settings.ingestBytesMax)
    #expect(
      network.figures(1, of: 0)?.counters.runsDropped == 0 && network.figures(1, of: 0)?.counters.creditOverruns == 0)
    #expect((network.figures(0, of: 1)?.lanes.first.queuedBytes ?? .max) <= settings.inFlightBytesMax)
    network.unstick(1)
    let isDone = network.run(atMost: 60_000) { $0.isConverged }
    #expect(isDone && network.figures(1, of: 0)?.counters.creditOverruns == 0)
  }

  @Test("What one peer may have on its way to us and from us stays below 2.5 MiB, the bulk lane included")
  func memoryOfAPeer() {
    let settings = ReplicationSettings()
    let most = settings.ingestBytesMax + settings.inFlightBytesMax + 2 * settings.bulkBytesMax
    #expect(most <= 5 << 19 && settings.ingestBytesOfAllMax <= 48 << 20)
  }

  @Test("Many peers share what may wait for the store, and each still gets a whole run")
  func share() {
    var settings = ReplicationSettings()
    settings.ingestBytesOfAllMax = 2 << 20
    var network = TestNetwork(6, settings: settings)
    for index in 1..<6 { network.link(0, index) }
    network.run(milliseconds: 500)
    #expect(network.nodes[0].replicator.window(of: Frame.Lane.first) == (2 << 20) / 5)
    for index in 1..<6 { network.write(index, 2_000, textBytes: 200) }
    let isDone = network.run(atMost: 60_000) { $0.isConverged }
    #expect(isDone)
  }

  @Test("Runs that get lost do not use up the credit for ever")
  func lostRuns() {
    var network = TestNetwork(2)
    network.link(0, 1)
    network.run(milliseconds: 500)
    network.loses = { from, _, bytes in from == 0 && bytes[1] == Frame.Kind.operations.rawValue }
    for _ in 0..<200 {
      network.write(0, 30, textBytes: 300)
      network.run(milliseconds: 500)
    }
    network.loses = nil
    let isDone = network.run(atMost: 60_000) { $0.isConverged }
    #expect(isDone)
    network.run(milliseconds: 20_000)
    #expect((credit(network, 0, 1) ?? 0) > 700_000)
  }

  /// Room for some runs of small texts and no more.
  private var narrow: ReplicationSettings {
    var settings = ReplicationSettings()
    settings.runBytesMin = 1_024
    settings.runBytesFirst = 1_024
    settings.windowBytesFirst = 4_096
    settings.newsReserveBytes = 4_096
    settings.inFlightBytesMax = 8_192
    return settings
  }

  @Test("Acknowledgements that get lost do not fill the line for ever: who asks for more has what came before")
  func lostAcknowledgements() {
    var network = TestNetwork(2, settings: narrow)
    network.link(0, 1)
    network.run(milliseconds: 500)
    network.loses = { from, _, bytes in from == 1 && bytes[1] == Frame.Kind.acknowledgements.rawValue }
    for _ in 0..<12 {
      network.writeNoise(0, 1, textBytes: 400)
      network.run(milliseconds: 50)
    }
    #expect(network.count(1, of: 0) == 12)
    network.loses = { from, _, bytes in
      from == 1 && bytes[1] == Frame.Kind.acknowledgements.rawValue || bytes[1] == Frame.Kind.operations.rawValue
    }
    for _ in 0..<12 {
      network.writeNoise(0, 1, textBytes: 400)
      network.run(milliseconds: 50)
    }
    network.loses = nil
    let isDone = network.run(atMost: 60_000) { $0.isConverged }
    #expect(isDone)
    network.run(milliseconds: 10_000)
    #expect(network.figures(0, of: 1)?.outOperations == 0)
  }

  @Test("What a peer asks for although it holds it is acknowledged, and fills the line no more")
  func askedAgain() throws {
    var network = TestNetwork(2, settings: narrow)
    network.hasBulkLanes = false
    network.link(0, 1)
    for _ in 0..<60 { network.writeNoise(0, 1, textBytes: 400) }
    #expect(network.run(atMost: 20_000) { $0.isConverged })
    network.run(milliseconds: 5_000)
    let stream = network.nodes[0].store.stream
    let wants = Frame.wants([WantedRange(stream: stream, from: 10, to: 60)]).encoded(hashing: TinyStore.hashing)
    network.inject(0, network.links(0, 1)[0], wants)
    network.run(milliseconds: 2_000)
    #expect(network.figures(0, of: 1)?.lanes.first.queuedBytes == 0)
    #expect(network.figures(1, of: 0)?.counters.operationsRepeated == 51)
  }

  @Test("A stream that a peer cannot store yet leaves room for the others")
  func heldBack() {
    var network = TestNetwork(3, settings: narrow)
    let stranger = network.nodes[2].store.stream
    network.nodes[1].store.directory[stranger] = nil
    network.handle(1, .directoryChanged(network.nodes[1].store.directory.mapValues { $0.node }))
    network.run(milliseconds: 10)
    network.link(2, 0)
    network.writeNoise(2, 1, textBytes: 400)
    for _ in 0..<30 { network.writeNoise(2, 1, textBytes: 400) }
    network.run(milliseconds: 3_000)
    network.link(0, 1)
    network.run(milliseconds: 1_000)
    for _ in 0..<30 { network.writeNoise(0, 1, textBytes: 400) }
    let isThere = network.run(atMost: 60_000) { $0.count(1, of: 0) == 30 }
    #expect(isThere && network.count(1, of: 2) == 0)
    network.introduce(1, to: [2])
    let isDone = network.run(atMost: 60_000) { $0.isConverged }
    #expect(isDone)
  }

  @Test("A stream that was held back is asked for again after a while, also when the directory stays silent about it")
  func heldBackForGood() {
    var network = TestNetwork(2)
    let stranger = network.nodes[0].store
    network.nodes[1].store.directory[stranger.stream] = nil
    network.handle(1, .directoryChanged(network.nodes[1].store.directory.mapValues { $0.node }))
    network.write(0, 5)
    network.link(0, 1)
    network.run(milliseconds: 5_000)
    #expect(network.count(1, of: 0) == 0)
    // The store knows the node by now, and nobody tells the state machine of the stream, because it kept nothing of it.
    network.nodes[1].store.directory[stranger.stream] = (stranger.node, stranger.signer.publicKey)
    let isDone = network.run(atMost: 120_000) { $0.isConverged }
    #expect(isDone)
  }

  @Test("A peer that gives no credit and reads no compression is served all the same")
  func olderPeer() {
    var network = TestNetwork(2)
    var older = ReplicationSettings()
    older.features = 0
    let store = network.nodes[1].store
    network.nodes[1].replicator = Replicator(
      identity: LocalNode(
        cluster: TinyStore.cluster, node: store.node, stream: store.stream, site: "OLD", program: "0.0.9"), held: [],
      settings: older, hashing: TinyStore.hashing, wall: 1_000_000)
    network.link(0, 1)
    network.write(0, 3_000, textBytes: 300)
    network.write(1, 3_000, textBytes: 300)
    let isDone = network.run(atMost: 60_000) { $0.isConverged }
    #expect(isDone && credit(network, 0, 1) == nil)
    #expect(network.frames(0, .credit) == 0 && network.frames(1, .credit) == 0)
  }

  @Test("Sending far more than was granted costs the connection")
  func overrun() throws {
    var settings = ReplicationSettings()
    settings.ingestBytesMax = 256 * 1024
    var network = TestNetwork(2, settings: settings)
    network.link(0, 1)
    network.run(milliseconds: 500)
    network.nodes[1].isStoreStuck = true
    var peer = network.nodes[0].store
    _ = peer.write(150, textBytes: 300)
    let link = network.links(1, 0)[0]
    var run = try #require(peer.run(peer.stream, from: 1, to: .max, bytesMax: 1 << 16, operationsMax: 256))
    for index in 1...20 {
      run.stream = counting(from: UInt8(index))
      run.head.stream = run.stream
      network.inject(1, link, Frame.operations(run).encoded(hashing: TinyStore.hashing))
    }
    #expect(network.nodes[1].stuck.count <= 4)
    #expect(network.figures(1, of: 0)?.counters.creditOverruns == 1)
    #expect(network.figures(1, of: 0)?.lastByeSent == .creditExceeded && !network.isUp(1, 0))
  }

  @Test("At 64 kbit/s runs are about 4 KiB, two are under way, and a new operation overtakes a catch-up of hours")
  func thinLine() {
    var network = TestNetwork(3)
    network.hasBulkLanes = false
    network.weather.bytesPerSecond = 8_000
    network.weather.delayMax = 40
    for _ in 0..<2_000 { network.writeNoise(0, 1, textBytes: 600) }
    network.link(0, 1)
    network.run(milliseconds: 120_000)
    let figures = network.figures(0, of: 1)
    #expect(network.count(1, of: 0) > 500 && network.count(1, of: 0) < 2_000)
    #expect((6_000...9_000).contains(figures?.bytesPerSecond ?? 0), "\(figures?.bytesPerSecond ?? 0)")
    #expect((figures?.lanes.first.queuedBytes ?? .max) <= 16_384, "\(figures?.lanes.first.queuedBytes ?? 0)")
    // Node 2 sits behind node 0 on a good line: its operation reaches node 1 across the thin one.
    network.link(2, 0)
    network.run(milliseconds: 2_000)
    var worst: Int64 = 0
    for _ in 0..<5 {
      let before = network.count(1, of: 2)
      network.write(2, 1)
      let start = network.now
      let isThere = network.run(atMost: 20_000) { $0.count(1, of: 2) > before }
      #expect(isThere)
      worst = max(worst, network.now - start)
      network.run(milliseconds: 3_000)
    }
    #expect(worst <= 3_500, "\(worst) ms")
    #expect(network.count(1, of: 0) < 2_000)
  }

  @Test("On a fast line the same catch-up takes whole runs and fills the line")
  func fastLine() {
    var network = TestNetwork(2)
    network.weather.bytesPerSecond = 4_000_000
    network.weather.delayMax = 20
    for _ in 0..<40 { network.writeNoise(0, 250, textBytes: 500) }
    network.link(0, 1)
    let start = network.now
    let isDone = network.run(atMost: 20_000) { $0.isConverged }
    let bytes = Int64(network.sentBytes[0] ?? 0)
    let seconds = Double(network.now - start) / 1_000
    #expect(isDone && seconds < 2.5 * Double(bytes) / 4_000_000, "\(seconds) s for \(bytes) bytes")
  }

  @Test("A large catch-up goes on the bulk lane, new operations on the first; idle, the bulk lane is hung up")
  func bulkLane() {
    var network = TestNetwork(2)
    network.weather.bytesPerSecond = 100_000
    for _ in 0..<20 { network.writeNoise(0, 100, textBytes: 400) }
    network.link(1, 0)
    network.run(milliseconds: 3_000)
    #expect(network.links(0, 1).count == 2 && network.figures(0, of: 1)?.lanes.bulk.isUp == true)
    #expect((network.sentOnBulk[0] ?? 0) > 5)
    let isDone = network.run(atMost: 60_000) { $0.isConverged }
    #expect(isDone && network.figures(1, of: 0)?.counters.operationsRepeated == 0)
    network.run(milliseconds: 500)
    let bulk = network.sentOnBulk[0] ?? 0
    network.write(0, 1)
    network.run(milliseconds: 1_000)
    #expect(network.isConverged && network.sentOnBulk[0] == bulk)
    network.run(milliseconds: 90_000)
    #expect(network.links(0, 1).count == 1 && network.isUp(0, 1) && network.figures(0, of: 1)?.lanes.bulk.isUp == false)
    network.write(0, 1)
    network.run(milliseconds: 1_000)
    #expect(network.isConverged)
  }

  @Test("A bulk lane that breaks in the middle loses nothing", arguments: 1...5 as ClosedRange<UInt64>)
  func bulkBreaks(_ seed: UInt64) {
    var network = TestNetwork(2, seed: seed)
    network.weather.bytesPerSecond = 200_000
    for _ in 0..<30 { network.writeNoise(0, 100, textBytes: 400) }
    network.link(0, 1)
    for _ in 0..<6 {
      network.run(milliseconds: 1_500)
      if let bulk = network.links(0, 1).last, network.links(0, 1).count > 1 { network.hangUp(0, bulk) }
    }
    let isDone = network.run(atMost: 120_000) { $0.isConverged }
    #expect(isDone && network.figures(0, of: 1)?.counters.sessions == 1)
  }

  @Test("Changes that follow at once travel together; one that comes alone leaves in the instant")
  func company() {
    var network = TestNetwork(2)
    network.weather.delayMax = 50
    network.link(0, 1)
    network.run(milliseconds: 1_000)
    let before = network.frames(0, .operations)
    network.write(0, 1)
    #expect(network.run(atMost: 0) { $0.frames(0, .operations) == before + 1 })
    for _ in 0..<40 {
      network.write(0, 1)
      network.run(milliseconds: 1)
    }
    network.run(milliseconds: 500)
    #expect(network.isConverged && network.frames(0, .operations) - before <= 12)
  }

  @Test("The rate is the greatest of the last seconds, and follows a line that became slower")
  func estimate() {
    var rate = RateEstimate()
    #expect(rate.bytesPerSecond == nil && rate.window(least: 1, most: 100, unknown: 7) == 7)
    var now: Int64 = 0
    func send(_ bytes: Int, taking milliseconds: Int64, isFull: Bool = true) {
      let departure = rate.departure(now: now, isIdle: true, isFull: isFull)
      now += milliseconds
      rate.note(departure, bytes: bytes, now: now)
    }
    send(8_000, taking: 1_000)
    #expect(rate.bytesPerSecond == 8_000 && rate.latencyMilliseconds == 1_000)
    #expect(rate.runBytes(least: 4_096, most: 65_536, unknown: 1) == 4_096)
    send(80_000, taking: 100)
    #expect(rate.bytesPerSecond == 800_000 && rate.runBytes(least: 4_096, most: 65_536, unknown: 1) == 65_536)
    // Little work is no sign of a slow line.
    for _ in 0..<100 { send(100, taking: 1_000, isFull: false) }
    #expect(rate.bytesPerSecond == 800_000)
    for _ in 0..<30 { send(8_000, taking: 1_000) }
    #expect(rate.bytesPerSecond == 8_000)
    send(Int.max / 2, taking: 0)
    #expect((rate.bytesPerSecond ?? 0) > 0)
  }

  @Test("Tokens come back with time, up to the burst")
  func tokens() {
    var bucket = TokenBucket(perSecond: 10, burst: 3)
    let first = (0..<4).map { _ in bucket.take(now: 0) }
    let soon = bucket.take(now: 100)
    let early = bucket.take(now: 150)
    let later = (0..<4).map { _ in bucket.take(now: 1_000_000) }
    #expect(first == [true, true, true, false] && soon && !early && later == [true, true, true, false])
  }
}
