import OpenSSLCrypto
import OperationLog
import Testing

@testable import Replication

@Suite("Catching up and keeping up")
struct CatchUpTests {
  @Test("An empty node gets everything from the one it is linked to, and both then know it of each other")
  func fromEmpty() {
    var network = TestNetwork(2)
    for _ in 0..<40 { network.write(0, 25) }
    network.link(0, 1)
    let isDone = network.run(atMost: 3_000) { $0.isConverged }
    #expect(isDone && network.count(1, of: 0) == 1_000)
    network.run(milliseconds: 100)
    for (near, far) in [(0, 1), (1, 0)] {
      let figures = network.figures(near, of: far)
      #expect(figures?.outOperations == 0 && figures?.inOperations == 0 && figures?.link == .live)
      #expect(figures?.outSince == nil && figures?.site == "N\(far)" && figures?.program == "0.1.0")
    }
    let dot = Dot(stream: network.nodes[0].store.stream, sequence: 1_000)
    #expect(network.nodes[0].replicator.holders(of: dot) == network.nodes.map(\.store.node))
    #expect(network.nodes[0].replicator.onlyHere.operations == 0)
  }

  @Test("Both sides give what only they hold")
  func bothWays() {
    var network = TestNetwork(2)
    network.write(0, 300)
    network.write(1, 500)
    network.link(1, 0)
    let isDone = network.run(atMost: 3_000) { $0.isConverged }
    #expect(isDone && network.count(0, of: 1) == 500 && network.count(1, of: 0) == 300)
  }

  @Test("A new operation is at the other site two messages later, and acknowledged")
  func livePush() {
    var network = TestNetwork(2)
    network.link(0, 1)
    network.run(milliseconds: 500)
    let before = network.frames(1, .wants)
    network.write(0, 1)
    let isDone = network.run(atMost: 5) { $0.isConverged }
    network.run(milliseconds: 20)
    #expect(isDone)
    #expect(network.figures(0, of: 1)?.outOperations == 0)
    #expect(network.frames(1, .wants) == before && network.frames(0, .operations) == 1)
  }

  @Test("Two equal nodes with 1,000 streams greet with at most 500 bytes, both directions together")
  func equalNodes() {
    var network = TestNetwork(2)
    network.link(0, 1)
    network.write(0, 5)
    network.write(1, 5)
    let hashing = TinyStore.hashing
    let heads = (0..<998).map { index in
      let digest = hashing.sha256(Array("stream \(index)".utf8))
      return SignedHead(stream: StreamID(prefixOf: digest), sequence: 1_000, hash: digest, signature: [])
    }
    let staffing = LoadSummary.Staffing(
      waitingByPriority: [3, 20, 400, 900], assignedTickets: 3_000, capacityOnShift: 400, secondsUntilShift: 50_000)
    let load = LoadSummary(
      waitingTickets: 1_323, freeAgents: 12, expectedWaitSeconds: 5_000, staffing: staffing)
    for index in 0..<2 {
      network.handle(index, .committed(heads))
      network.handle(index, .loadChanged(load))
    }
    network.run(milliseconds: 1_000)
    #expect(network.nodes[0].replicator.heldVector.streamCount == 1_000)
    network.cutLine(0, 1)
    network.run(milliseconds: 100)
    let before = network.sentBytes.values.reduce(0, +)
    let vectors = network.frames(0, .vector) + network.frames(1, .vector)
    network.healLine(0, 1)
    network.run(milliseconds: 2_000)
    #expect(network.isUp(0, 1) && network.isUp(1, 0))
    for (near, far) in [(0, 1), (1, 0)] {
      let figures = network.figures(near, of: far)
      #expect(figures?.outOperations == 0 && figures?.inOperations == 0 && figures?.vectorDigest != nil)
    }
    let bytes = network.sentBytes.values.reduce(0, +) - before
    #expect(bytes <= 500, "\(bytes) bytes")
    #expect(network.frames(0, .vector) + network.frames(1, .vector) == vectors)
  }

  @Test("A question further back than the answer under way is answered, and not taken for the same question again")
  func furtherBack() {
    final class Seen {
      var firsts: [UInt64] = []
    }
    let seen = Seen()
    var network = TestNetwork(2)
    network.hasBulkLanes = false
    network.link(0, 1)
    for _ in 0..<300 { network.writeNoise(0, 1, textBytes: 400) }
    let isDone = network.run(atMost: 10_000) { $0.isConverged }
    #expect(isDone)
    network.run(milliseconds: 10_000)
    network.loses = { from, _, bytes in
      guard from == 0, let frame = try? Frame(decoding: bytes, hashing: TinyStore.hashing),  // All are frames here.
        case .operations(let run) = frame
      else { return false }
      seen.firsts.append(run.first)
      return true
    }
    let stream = network.nodes[0].store.stream
    let link = network.links(0, 1)[0]
    for from in [200, 20] as [UInt64] {
      let wants = Frame.wants([WantedRange(stream: stream, from: from, to: 300)])
      network.inject(0, link, wants.encoded(hashing: TinyStore.hashing))
      network.run(milliseconds: 20)
    }
    #expect(seen.firsts.contains(200) && seen.firsts.contains(20))
  }

  @Test("In a chain of five every operation reaches both ends, through nodes that did not write it")
  func chain() {
    var network = TestNetwork(5)
    for index in 0..<4 { network.link(index, index + 1) }
    network.write(0, 700)
    network.write(4, 3)
    let isDone = network.run(atMost: 5_000) { $0.isConverged }
    #expect(isDone)
    network.run(milliseconds: 200)
    network.write(2, 1)
    network.write(4, 1)
    let isPushed = network.run(atMost: 30) { $0.isConverged }
    #expect(isPushed && network.count(0, of: 4) == 4)
  }

  @Test("In a mesh a node that gets a stream twice says so, and gets it once from then on")
  func mesh() {
    var network = TestNetwork(3)
    network.link(0, 1)
    network.link(1, 2)
    network.link(2, 0)
    network.run(milliseconds: 500)
    for _ in 0..<5 {
      network.write(0, 1)
      network.run(milliseconds: 100)
    }
    #expect(network.isConverged)
    let before = (0..<3).reduce(0) { $0 + network.frames($1, .operations) }
    for _ in 0..<50 {
      network.write(0, 1)
      network.run(milliseconds: 100)
    }
    let after = (0..<3).reduce(0) { $0 + network.frames($1, .operations) }
    #expect(network.isConverged && after - before == 100)
    // The way through the other node takes over when the direct one is gone.
    network.cutLine(0, 1)
    network.run(milliseconds: 50)
    network.write(0, 1)
    let isDone = network.run(atMost: 1_000) { $0.isConverged }
    #expect(isDone)
    network.run(milliseconds: 100)
    network.write(0, 1)
    let isPushed = network.run(atMost: 20) { $0.isConverged }
    #expect(isPushed)
  }

  @Test("A cut in the middle of a catch-up loses nothing, and it goes on where it was")
  func resume() {
    var network = TestNetwork(2)
    network.weather.delayMax = 20
    for _ in 0..<30 { network.write(0, 200, textBytes: 300) }
    network.link(0, 1)
    _ = network.run(atMost: 5_000) { $0.count(1, of: 0) >= 2_000 }
    network.cutLine(0, 1)
    network.run(milliseconds: 500)
    let held = network.count(1, of: 0)
    #expect(held >= 2_000 && held < 6_000)
    #expect(network.figures(0, of: 1)?.link == .down && network.figures(1, of: 0)?.link == .down)
    #expect((network.figures(0, of: 1)?.outOperations ?? 0) >= 6_000 - UInt64(held))
    #expect(network.figures(1, of: 0)?.inOperations == nil)
    let before = network.sentBytes[0] ?? 0
    network.healLine(0, 1)
    let isDone = network.run(atMost: 10_000) { $0.isConverged }
    #expect(isDone)
    let repeated = (network.sentBytes[0] ?? 0) - before
    #expect(repeated < (6_000 - held) * 500)
  }

  @Test("What is asked for comes from several peers, each part from one of them")
  func severalSources() {
    var settings = ReplicationSettings()
    settings.wantsPerPeerMax = 1
    var network = TestNetwork(4, settings: settings)
    network.link(0, 1)
    network.link(0, 2)
    for index in 0..<3 { network.write(index, 400, textBytes: 300) }
    network.run(milliseconds: 3_000)
    let before = network.frames(0, .operations) + network.frames(1, .operations) + network.frames(2, .operations)
    network.link(3, 0)
    network.link(3, 1)
    network.link(3, 2)
    let isDone = network.run(atMost: 5_000) { $0.isConverged }
    #expect(isDone)
    network.run(milliseconds: 500)
    let sources = (0..<3).filter { (network.figures(3, of: $0)?.counters.operationsIn ?? 0) > 0 }
    #expect(sources.count == 3)
    let repeated = (0..<3).reduce(UInt64(0)) { $0 + (network.figures(3, of: $1)?.counters.operationsRepeated ?? 0) }
    #expect(repeated == 0 && before > 0)
  }

  @Test("A peer that stops answering in the middle is replaced by another")
  func reassigned() {
    var network = TestNetwork(3)
    network.link(0, 1)
    network.write(0, 500)
    network.run(milliseconds: 1_000)
    // Node 0 goes on pinging but its operations never come.
    network.loses = { from, to, bytes in from == 0 && to == 2 && bytes[1] == Frame.Kind.operations.rawValue }
    network.link(2, 0)
    network.run(milliseconds: 200)
    network.link(2, 1)
    let isDone = network.run(atMost: 60_000) { $0.isConverged }
    #expect(isDone)
  }

  @Test("What was asked of a peer that goes away is asked of another at once")
  func askedElsewhere() {
    var network = TestNetwork(3)
    network.link(0, 1)
    network.write(0, 500)
    network.run(milliseconds: 1_000)
    network.loses = { from, to, bytes in from == 0 && to == 2 && bytes[1] == Frame.Kind.operations.rawValue }
    network.link(2, 0)
    network.run(milliseconds: 500)
    network.link(2, 1)
    network.run(milliseconds: 500)
    #expect(network.count(2, of: 0) == 0)
    network.cutLine(2, 0)
    let isDone = network.run(atMost: 500) { $0.isConverged }
    #expect(isDone)
  }

  @Test("A request that cuts through a signed head is rounded up to it")
  func roundsUp() {
    var network = TestNetwork(2)
    network.write(0, 10)
    network.write(0, 10)
    network.link(0, 1)
    network.run(milliseconds: 300)
    let stream = network.nodes[0].store.stream
    let link = network.links(0, 1)[0]
    let before = network.frames(0, .operations)
    let want = Frame.wants([WantedRange(stream: stream, from: 3, to: 12)])
    network.inject(0, link, want.encoded(hashing: TinyStore.hashing))
    let run = network.nodes[0].store.run(stream, from: 3, to: 12, bytesMax: 1 << 20, operationsMax: 256)
    #expect(run?.last == 20 && run?.head.sequence == 20)
    network.run(milliseconds: 100)
    #expect(network.frames(0, .operations) == before + 1)
    #expect(network.figures(1, of: 0)?.counters.operationsRepeated == 18)
  }

  @Test("A commit larger than a run is sent in parts that end at signed heads")
  func largeCommit() {
    var network = TestNetwork(2)
    network.link(0, 1)
    network.run(milliseconds: 200)
    network.write(0, 1_000, textBytes: 500)
    let isDone = network.run(atMost: 5_000) { $0.isConverged }
    #expect(isDone)
    #expect(network.nodes[1].store.heads[network.nodes[0].store.stream]?.count ?? 0 > 5)
  }

  @Test("Operations of a node that is not in the directory yet wait until it is")
  func unknownStream() {
    var network = TestNetwork(3)
    let stream = network.nodes[0].store.stream
    network.nodes[2].store.directory[stream] = nil
    network.later(0, 2, .directoryChanged(network.nodes[2].store.directory.mapValues { $0.node }))
    network.link(0, 1)
    network.link(1, 2)
    network.run(milliseconds: 100)
    network.write(0, 20)
    network.write(1, 7)
    network.run(milliseconds: 2_000)
    #expect(network.count(2, of: 0) == 0 && network.count(2, of: 1) == 7)
    // They are not asked for over and over, and nobody is blamed.
    let wants = network.frames(2, .wants)
    network.run(milliseconds: 20_000)
    #expect(network.frames(2, .wants) - wants <= 1)
    #expect(network.figures(2, of: 1)?.counters.runsRefused == 0)
    network.introduce(2, to: [0, 1, 2])
    let isDone = network.run(atMost: 2_000) { $0.isConverged }
    #expect(isDone)
  }

  @Test("A store that is slow to answer keeps what waits for it within its bounds")
  func stuckStore() {
    var settings = ReplicationSettings()
    settings.ingestBytesMax = 200_000
    settings.inFlightBytesMax = 400_000
    var network = TestNetwork(2, settings: settings)
    network.link(0, 1)
    network.run(milliseconds: 200)
    network.nodes[1].isStoreStuck = true
    for _ in 0..<30 { network.write(0, 100, textBytes: 300) }
    network.run(milliseconds: 3_000)
    let waiting = network.nodes[1].stuck.reduce(0) { sum, effect in
      guard case .ingest(let run, _, _) = effect else { return sum }
      return sum + run.records.reduce(128) { $0 + $1.byteCount }
    }
    #expect(waiting > 0 && waiting <= 200_000)
    network.unstick(1)
    let isDone = network.run(atMost: 90_000) { $0.isConverged }
    #expect(isDone)
  }

  @Test("A peer that never acknowledges gets no more than its bound, however much there is and however long it lasts")
  func neverAcknowledges() {
    var settings = ReplicationSettings()
    settings.inFlightBytesMax = 256 * 1024
    var network = TestNetwork(2, settings: settings)
    network.link(0, 1)
    network.run(milliseconds: 200)
    network.nodes[1].isStoreStuck = true
    let before = network.sentBytes[0] ?? 0
    for _ in 0..<100 { network.write(0, 100, textBytes: 300) }
    network.run(milliseconds: 60_000)
    let sent = (network.sentBytes[0] ?? 0) - before
    #expect(sent < 256 * 1024 + 70 * 1024 + 20_000)
    #expect(network.figures(0, of: 1)?.link == .catchingUp)
    #expect(network.figures(0, of: 1)?.outOperations == 10_000)
    #expect((network.figures(0, of: 1)?.backlogBytes ?? 0) > 200_000)
    #expect(network.figures(0, of: 1)?.lanes.first.blockedSince != nil)
    network.unstick(1)
    let isDone = network.run(atMost: 90_000) { $0.isConverged }
    #expect(isDone)
  }
}
