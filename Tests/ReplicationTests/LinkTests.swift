// Long because every rule of greeting, choosing and parting is shown with the same lone state machine.
import OpenSSLCrypto
import OperationLog
import Testing

@testable import Replication

@Suite("Links: greeting, choosing, parting")
struct LinkTests {
  /// A replicator of its own, for what a well-behaved network never shows.
  private struct Alone {
    var replicator: Replicator
    let store: TinyStore
    let peer: TinyStore
    let link = LinkID(number: 1)
    var now: Int64 = 1_000

    init(peerIsLower: Bool = false, settings: ReplicationSettings = ReplicationSettings()) {
      let stores = [TinyStore(name: 1), TinyStore(name: 2)].sorted { $0.node < $1.node }
      store = stores[peerIsLower ? 1 : 0]
      peer = stores[peerIsLower ? 0 : 1]
      let identity = LocalNode(
        cluster: TinyStore.cluster, node: store.node, stream: store.stream, site: "MAD", program: "0.1.0")
      replicator = Replicator(
        identity: identity, held: [], settings: settings, hashing: TinyStore.hashing, wall: WireSample.wall)
    }

    mutating func handle(_ event: ReplicationEvent, after milliseconds: Int64 = 0) -> [ReplicationEffect] {
      now += milliseconds
      return replicator.handle(event, now: now, wall: WireSample.wall + now)
    }

    mutating func receive(_ frame: Frame, on link: LinkID? = nil) -> [ReplicationEffect] {
      handle(.received(link ?? self.link, frame.encoded(hashing: TinyStore.hashing)))
    }

    /// A HELLO of the peer that is right unless changed.
    func hello(nonce: UInt64 = 5, _ change: (inout Hello) -> Void = { _ in }) -> Frame {
      var hello = Hello(
        protocolMin: 0, protocolMax: 0, cluster: TinyStore.cluster, features: 0, node: peer.node, stream: peer.stream,
        nonce: nonce, isDialer: false, wantsHello: false, site: "LYO", program: "0.2.0", wall: WireSample.wall,
        vectorDigest: TinyStore.hashing.sha256(VersionVector().bytes), yours: [])
      change(&hello)
      return .hello(hello)
    }

    mutating func connect(dialed: Bool = true, link: LinkID? = nil) -> [ReplicationEffect] {
      handle(.connected(link ?? self.link, dialed: dialed, .node(peer.node)))
    }
  }

  private func frames(_ effects: [ReplicationEffect]) -> [Frame] {
    effects.compactMap { effect in
      guard case .send(_, let bytes) = effect else { return nil }
      return try? Frame(decoding: bytes, hashing: TinyStore.hashing)  // Ours decode, or the count below is wrong.
    }
  }

  private func byes(_ effects: [ReplicationEffect]) -> [ByeReason] {
    frames(effects).compactMap { frame in
      if case .bye(let reason) = frame { reason } else { nil }
    }
  }

  @Test("Whom a peer has reached stops dialling it, and dials again once that session is over")
  func spared() {
    var alone = Alone()
    let neighbour = Neighbour(node: alone.peer.node, site: "LYO", isDialed: true)
    #expect(alone.handle(.neighboursChanged([neighbour])).contains(.dial(alone.peer.node)))
    _ = alone.connect(dialed: false)
    #expect(alone.receive(alone.hello { $0.isDialer = true }).contains(.undial(alone.peer.node)))
    #expect(!alone.handle(.ticked, after: 5_000).contains(.dial(alone.peer.node)))
    _ = alone.handle(.disconnected(alone.link))
    #expect(alone.handle(.ticked, after: 5_000).contains(.dial(alone.peer.node)))
  }

  @Test("A connection that came about before the transport heard that it is unwanted is closed without a word")
  func unwanted() {
    var alone = Alone()
    _ = alone.handle(.neighboursChanged([Neighbour(node: alone.peer.node, site: "LYO", isDialed: true)]))
    _ = alone.connect(dialed: false)
    _ = alone.receive(alone.hello { $0.isDialer = true })
    let late = LinkID(number: 2)
    #expect(alone.connect(link: late) == [.close(late)])
    #expect(frames(alone.receive(alone.hello(nonce: 6), on: late)).isEmpty)
  }

  @Test("Words on another connection are no sign of life of a session that has gone silent")
  func silentSession() {
    var alone = Alone()
    _ = alone.connect()
    _ = alone.receive(alone.hello())
    let other = LinkID(number: 2)
    var said: [ByeReason] = []
    for _ in 0..<10 {
      _ = alone.connect(dialed: false, link: other)
      said += byes(alone.receive(alone.hello(nonce: 6) { $0.isDialer = true }, on: other))
      said += byes(alone.handle(.ticked, after: 2_500))
    }
    #expect(said.contains(.silent))
  }

  @Test("Whose own connection is there already goes on with it")
  func notSpared() {
    var alone = Alone(peerIsLower: true)
    _ = alone.handle(.neighboursChanged([Neighbour(node: alone.peer.node, site: "LYO", isDialed: true)]))
    _ = alone.connect()
    let other = LinkID(number: 2)
    _ = alone.connect(dialed: false, link: other)
    #expect(!alone.receive(alone.hello { $0.isDialer = true }, on: other).contains(.undial(alone.peer.node)))
  }

  @Test("A bulk lane that is still greeting is closed when the session moves to another connection")
  func greetingBulkLane() {
    var alone = Alone(peerIsLower: true)
    _ = alone.connect()
    _ = alone.receive(alone.hello { $0.features = LocalNode.features })
    let vector = VectorPart(
      wantsReply: false, low: .zero, high: StreamID(high: .max, low: .max),
      held: VersionVector([alone.peer.stream: 5_000]))
    #expect(alone.receive(.vector(vector)).contains(.dialBulk(alone.peer.node)))
    let (bulk, other) = (LinkID(number: 2), LinkID(number: 3))
    _ = alone.handle(.bulkConnected(bulk, alone.peer.node))
    _ = alone.connect(dialed: false, link: other)
    let moved = alone.receive(
      alone.hello(nonce: 6) { hello in
        hello.features = LocalNode.features
        hello.isDialer = true
      }, on: other)
    #expect(moved.contains(.close(alone.link)), "the connection that the lower node dialled stays")
    #expect(moved.contains(.close(bulk)) && moved.contains(.undialBulk(alone.peer.node)))
  }

  @Test("Of more than sixteen streams of a peer HELLO names the one it writes and those that grew last")
  func manyIncarnations() {
    var alone = Alone()
    let names = (0..<20).map { StreamID(prefixOf: TinyStore.hashing.sha256(Array("incarnation \($0)".utf8))) }
    _ = alone.handle(.directoryChanged(Dictionary(uniqueKeysWithValues: names.map { ($0, alone.peer.node) })))
    for name in names {
      _ = alone.handle(.committed([SignedHead(stream: name, sequence: 3, hash: .zero, signature: [])]), after: 10)
    }
    _ = alone.connect()
    _ = alone.receive(alone.hello { $0.stream = names[0] })
    _ = alone.handle(.disconnected(alone.link), after: 10)
    let said = frames(alone.connect())
    guard said.count == 1, case .hello(let hello) = said[0] else { return #expect(Bool(false), "no HELLO") }
    #expect(Set(hello.yours.map(\.stream)) == Set(names.suffix(15) + [names[0]]))
  }

  @Test("A connection begins with HELLO, and nothing else is said before the other side's")
  func helloFirst() {
    var alone = Alone()
    let effects = alone.connect()
    let said = frames(effects)
    guard said.count == 1, case .hello(let hello) = said[0] else { return #expect(Bool(false), "no HELLO") }
    #expect(hello.node == alone.store.node && hello.site == "MAD" && hello.isDialer && !hello.wantsHello)
    #expect(!alone.replicator.isUp(alone.peer.node))
    let greeted = alone.receive(alone.hello())
    #expect(greeted.contains(.peerChanged(alone.peer.node, .live)))
    #expect(alone.replicator.isUp(alone.peer.node))
  }

  @Test(
    "A HELLO that must not lead to a session is answered with its reason, and the line is left alone for a minute",
    arguments: [ByeReason.wrongCluster, .wrongNode, .protocolRange])
  func refusedHello(_ reason: ByeReason) {
    var alone = Alone()
    _ = alone.handle(.neighboursChanged([Neighbour(node: alone.peer.node, site: "LYO", isDialed: true)]))
    _ = alone.connect()
    let effects = alone.receive(
      alone.hello { hello in
        switch reason {
        case .wrongCluster: hello.cluster = .zero
        case .wrongNode: hello.node = .zero
        default:
          hello.protocolMin = 7
          hello.protocolMax = 9
        }
      })
    #expect(byes(effects) == [reason] && effects.contains(.close(alone.link)))
    #expect(!alone.replicator.isUp(alone.peer.node))
    let early = alone.handle(.ticked, after: 59_000)
    let late = alone.handle(.ticked, after: 2_000)
    #expect(!early.contains(.dial(alone.peer.node)) && late.contains(.dial(alone.peer.node)))
  }

  @Test("Garbage is counted and answered with BYE, and the pause grows each time")
  func garbage() {
    var alone = Alone()
    var pauses: [Int64] = []
    for round in 0..<8 {
      let link = LinkID(number: UInt64(10 + round))
      _ = alone.connect(link: link)
      let effects = alone.handle(.received(link, [0, 6, 1, 2, 3]))
      #expect(byes(effects) == [.garbage] && effects.contains(.close(link)))
      let start = alone.now
      while !alone.handle(.ticked, after: 100).contains(.dial(alone.peer.node)), alone.now < start + 100_000 {}
      pauses.append((alone.now - start) / 1_000)
    }
    #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60])
    #expect(alone.replicator.figures(now: alone.now).first?.counters.garbage == 8)
  }

  @Test("A peer that sent garbage and dials us again meanwhile is refused without a session")
  func penalty() {
    var alone = Alone()
    _ = alone.connect(dialed: false)
    _ = alone.handle(.received(alone.link, []))
    let second = LinkID(number: 2)
    #expect(byes(alone.connect(dialed: false, link: second)) == [.garbage])
    _ = alone.handle(.ticked, after: 1_500)
    let third = LinkID(number: 3)
    let effects = alone.connect(dialed: false, link: third)
    #expect(byes(effects).isEmpty && frames(effects).count == 1)
  }

  @Test("Frames of another format version are answered with BYE(protocol), not as garbage")
  func otherVersion() {
    var alone = Alone()
    _ = alone.connect()
    let effects = alone.handle(.received(alone.link, [3, 1, 0]))
    #expect(byes(effects) == [.protocolRange])
    #expect(alone.replicator.figures(now: alone.now).first?.counters.garbage == 0)
  }

  @Test("A frame of a type this program does not know is counted and ignored; on a joining connection it is garbage")
  func unknownType() {
    var alone = Alone()
    _ = alone.connect()
    _ = alone.receive(alone.hello())
    for type in [UInt8(0), 14, 32, 64, 200] {
      #expect(alone.handle(.received(alone.link, [0, type, 1, 2, 3])).isEmpty)
    }
    let figures = alone.replicator.figures(now: alone.now).first
    #expect(figures?.counters.framesUnknown == 5 && figures?.counters.garbage == 0)
    #expect(alone.replicator.isUp(alone.peer.node))
    let huge = [0, 200] + [UInt8](repeating: 0, count: Frame.bytesMax)
    #expect(byes(alone.handle(.received(alone.link, huge))) == [.garbage])
    let joining = LinkID(number: 9)
    _ = alone.handle(.connected(joining, dialed: false, .bootstrap))
    #expect(byes(alone.handle(.received(joining, [0, 99]))) == [.garbage])
  }

  @Test(
    "Two nodes speak the highest protocol both know, and none at all when they know none in common",
    arguments: [(0...2, 0...0, 0), (0...2, 1...4, 2), (1...3, 3...3, 3), (0...1, 2...3, -1)])
  func protocols(ours: ClosedRange<Int>, theirs: ClosedRange<Int>, agreed: Int) {
    var settings = ReplicationSettings()
    settings.protocols = UInt8(ours.lowerBound)...UInt8(ours.upperBound)
    var alone = Alone(settings: settings)
    _ = alone.connect()
    let effects = alone.receive(
      alone.hello { hello in
        (hello.protocolMin, hello.protocolMax) = (UInt8(theirs.lowerBound), UInt8(theirs.upperBound))
        // A later program can do more, and says more than we read.
        hello.features = .max
        hello.extensions = [1, 2, 3]
      })
    #expect(byes(effects) == (agreed < 0 ? [.protocolRange] : []))
    #expect(alone.replicator.isUp(alone.peer.node) == (agreed >= 0))
    let figures = alone.replicator.figures(now: alone.now).first
    #expect(figures?.protocolVersion.map(Int.init) == (agreed < 0 ? nil : agreed))
    #expect(figures?.lastByeSent == (agreed < 0 ? .protocolRange : nil))
  }

  @Test("Each reason to part has a fixed word")
  func reasons() {
    let words = (1...13).map { ByeReason(rawValue: $0).description }
    #expect(
      words == [
        "duplicate", "wrong_cluster", "protocol", "shutdown", "revoked", "garbage", "wrong_node", "paused",
        "superseded",
        "silent", "credit_exceeded", "not_neighbour", "reason_13",
      ])
  }

  @Test("Frames before HELLO do nothing but ask for it; a JOIN on a node's connection is garbage")
  func order() {
    var alone = Alone()
    _ = alone.connect()
    let stream = alone.peer.stream
    _ = alone.handle(.ticked, after: 300)
    let early = alone.receive(.acknowledgements([StreamPosition(stream: stream, sequence: 3)]))
    guard case .hello(let again) = frames(early).first else { return #expect(Bool(false), "no HELLO") }
    #expect(again.wantsHello && alone.replicator.holders(of: Dot(stream: stream, sequence: 3)).isEmpty)
    #expect(byes(alone.receive(.join([1]))) == [.garbage])
  }

  @Test("A bootstrap connection may only join")
  func joining() {
    var alone = Alone()
    _ = alone.handle(.connected(alone.link, dialed: false, .bootstrap))
    #expect(alone.receive(.join([1, 2])) == [.joinAsked(alone.link, [1, 2])])
    let welcomed = alone.handle(.joinAnswered(alone.link, isAdmitted: true, [3]))
    #expect(frames(welcomed) == [.welcome([3])])
    let refused = alone.handle(.joinAnswered(alone.link, isAdmitted: false, [4]))
    #expect(frames(refused) == [.refuse([4])])
    for (number, frame) in [
      alone.hello(), .wants([]), .welcome([]), .vector(.init(wantsReply: true, low: .zero, high: .zero, held: .init())),
    ].enumerated() {
      let link = LinkID(number: UInt64(20 + number))
      _ = alone.handle(.connected(link, dialed: false, .bootstrap))
      let effects = alone.receive(frame, on: link)
      #expect(byes(effects) == [.garbage] && effects.contains(.close(link)))
    }
    #expect(alone.replicator.joiningGarbage == 4)
  }

  @Test("Who joins sends JOIN and hears the answer")
  func joiner() {
    var alone = Alone()
    _ = alone.handle(.connected(alone.link, dialed: true, .bootstrap))
    #expect(frames(alone.handle(.joinRequested(alone.link, [9]))) == [.join([9])])
    #expect(alone.receive(.welcome([1])) == [.joinAnswered(alone.link, isAdmitted: true, [1])])
    #expect(alone.receive(.refuse([2])) == [.joinAnswered(alone.link, isAdmitted: false, [2])])
  }

  @Test(
    "When both sides dial, the connection dialled by the lower node stays", arguments: [false, true], [false, true])
  func duplicate(peerIsLower: Bool, dialedFirst: Bool) {
    var alone = Alone(peerIsLower: peerIsLower)
    let (dialed, accepted) = (LinkID(number: 1), LinkID(number: 2))
    for isDialed in [dialedFirst, !dialedFirst] {
      _ = alone.connect(dialed: isDialed, link: isDialed ? dialed : accepted)
    }
    let first = alone.receive(alone.hello(nonce: 5), on: dialedFirst ? dialed : accepted)
    let second = alone.receive(alone.hello(nonce: 6), on: dialedFirst ? accepted : dialed)
    let closed = peerIsLower ? dialed : accepted
    #expect(byes(first).isEmpty && byes(second) == [.duplicate])
    #expect(second.contains(.close(closed)) && !second.contains(.close(closed == dialed ? accepted : dialed)))
    #expect(alone.replicator.isUp(alone.peer.node))
    // The dialler rests while the other connection lives, and dials when it is gone.
    let resting = alone.handle(.ticked, after: 10_000)
    #expect(!resting.contains(.dial(alone.peer.node)))
    guard peerIsLower else { return }
    _ = alone.handle(.disconnected(accepted))
    let dialing = alone.handle(.ticked, after: 3_000)
    #expect(dialing.contains(.dial(alone.peer.node)))
  }

  @Test("BYE(duplicate) without another session is not believed for long")
  func falseDuplicate() {
    var alone = Alone()
    _ = alone.connect()
    _ = alone.receive(alone.hello())
    let effects = alone.receive(.bye(.duplicate))
    #expect(effects.contains(.close(alone.link)) && !alone.replicator.isUp(alone.peer.node))
    #expect(alone.handle(.ticked, after: 3_000).contains(.dial(alone.peer.node)))
  }

  @Test(
    "Two nodes that dial each other end with one session, whatever is lost", arguments: 1...20 as ClosedRange<UInt64>)
  func simultaneousDial(_ seed: UInt64) {
    var network = TestNetwork(2, seed: seed)
    network.weather = TestNetwork.Weather(lossPercent: 30, delayMax: 30, isOrdered: false)
    network.link(0, 1, both: true)
    network.run(milliseconds: 30_000)
    network.weather = TestNetwork.Weather()
    network.run(milliseconds: 20_000)
    #expect(network.isUp(0, 1) && network.isUp(1, 0))
    #expect(network.links(0, 1).count == 1 && network.links(1, 0).count == 1)
    let before = (0..<2).map { network.figures($0, of: 1 - $0)?.counters.sessions ?? 0 }
    network.write(0, 3)
    network.run(milliseconds: 60_000)
    #expect(network.isConverged)
    #expect((0..<2).map { network.figures($0, of: 1 - $0)?.counters.sessions ?? 0 } == before)
  }

  @Test("A peer that falls silent is down after three pings, and its connection is renewed")
  func silence() {
    var network = TestNetwork(2)
    network.link(0, 1)
    network.run(milliseconds: 1_000)
    #expect(network.nodes[0].states[network.nodes[1].store.node] == .live)
    network.loses = { _, _, _ in true }
    network.run(milliseconds: 21_000)
    #expect(network.nodes[0].states[network.nodes[1].store.node] == .down)
    #expect(network.figures(0, of: 1)?.link != .live && network.figures(0, of: 1)?.inOperations == nil)
    network.loses = nil
    network.write(0, 1)
    let isDone = network.run(atMost: 20_000) { $0.isConverged }
    #expect(isDone)
  }

  @Test("A peer that began anew on the same connection is greeted again")
  func restart() {
    var alone = Alone()
    _ = alone.connect()
    _ = alone.receive(alone.hello(nonce: 5))
    let repeated = alone.receive(alone.hello(nonce: 5))
    #expect(frames(repeated).isEmpty)
    let renewed = alone.receive(alone.hello(nonce: 6))
    guard case .hello = frames(renewed).first else { return #expect(Bool(false), "no HELLO") }
    #expect(alone.replicator.isUp(alone.peer.node))
    #expect(alone.replicator.figures(now: alone.now).first?.counters.sessions == 2)
  }

  @Test("A link paused at both ends is up soon after both are resumed", arguments: [0, 1], [0, 1])
  func pauseAtBothEnds(firstPaused: Int, firstResumed: Int) {
    var network = TestNetwork(2, seed: 4)
    network.link(0, 1, both: true)
    #expect(network.run(atMost: 10_000) { $0.isUp(0, 1) && $0.isUp(1, 0) })
    network.run(milliseconds: 10_000)
    for index in [firstPaused, 1 - firstPaused] {
      network.handle(index, .paused(network.nodes[1 - index].store.node))
      // People type one after the other; meanwhile the other end dials and is refused.
      network.run(milliseconds: 3_000)
    }
    for index in [firstResumed, 1 - firstResumed] {
      network.handle(index, .resumed(network.nodes[1 - index].store.node))
      network.run(milliseconds: 1_000)
    }
    #expect(network.run(atMost: 6_000) { $0.isUp(0, 1) && $0.isUp(1, 0) })
  }

  @Test("A paused peer is told so, refused while it lasts, and dialled again afterwards")
  func pause() {
    var network = TestNetwork(2)
    network.link(0, 1)
    network.run(milliseconds: 500)
    network.handle(0, .paused(network.nodes[1].store.node))
    network.run(milliseconds: 500)
    network.write(0, 2)
    network.write(1, 2)
    network.run(milliseconds: 90_000)
    #expect(network.figures(0, of: 1)?.link == .paused && network.figures(1, of: 0)?.link != .live)
    #expect(network.figures(1, of: 0)?.lastBye == .paused)
    #expect(network.count(0, of: 1) == 0 && network.figures(0, of: 1)?.outOperations == 2)
    network.handle(0, .resumed(network.nodes[1].store.node))
    let isDone = network.run(atMost: 5_000) { $0.isConverged }
    #expect(isDone)
  }

  @Test("A revoked peer is cut off at once and never let in again")
  func revoked() {
    var alone = Alone()
    _ = alone.connect()
    _ = alone.receive(alone.hello())
    let effects = alone.handle(.revoked(alone.peer.node))
    #expect(byes(effects) == [.revoked] && effects.contains(.close(alone.link)))
    #expect(byes(alone.connect(dialed: false, link: LinkID(number: 2))) == [.revoked])
    #expect(!alone.handle(.ticked, after: 600_000).contains(.dial(alone.peer.node)))
  }

  @Test("A refused key shows as such until a session begins")
  func keyRefused() {
    var alone = Alone()
    _ = alone.handle(.neighboursChanged([Neighbour(node: alone.peer.node, site: "LYO", isDialed: true)]))
    #expect(alone.replicator.figures(now: alone.now).first?.link == .connecting)
    #expect(alone.handle(.keyRefused(alone.peer.node)) == [.peerChanged(alone.peer.node, .keyRefused)])
    #expect(alone.handle(.keyRefused(alone.peer.node)).isEmpty)
    #expect(alone.replicator.figures(now: alone.now).first?.link == .keyRefused)
    _ = alone.connect()
    _ = alone.receive(alone.hello())
    #expect(alone.replicator.figures(now: alone.now).first?.link == .live)
  }

  @Test("Stopping says goodbye to everybody, and the other side shows the link as down")
  func stop() {
    var network = TestNetwork(2)
    network.link(0, 1)
    network.run(milliseconds: 500)
    network.handle(1, .stopped)
    network.run(milliseconds: 50)
    #expect(network.figures(0, of: 1)?.link == .down && network.figures(0, of: 1)?.lastBye == .shutdown)
  }

  @Test("A peer that knows more of our own stream, or another hash there, is reported once and not asked")
  func ownStream() {
    var alone = Alone()
    _ = alone.handle(
      .committed([
        SignedHead(stream: alone.store.stream, sequence: 5, hash: .zero, signature: [])
      ]))
    _ = alone.connect()
    let ours = alone.store.stream
    let other = HeldHead(stream: ours, sequence: 5, hash: WireSample.digest)
    let effects = alone.receive(alone.hello { $0.yours = [other] })
    let position = StreamPosition(stream: ours, sequence: 5)
    #expect(effects.contains(.ownStreamDiffers(peer: alone.peer.node, position, hash: WireSample.digest)))
    let higher = StreamPosition(stream: ours, sequence: 9)
    let first = alone.receive(.acknowledgements([higher]))
    let second = alone.receive(.acknowledgements([higher]))
    #expect(first == [.ownStreamDiffers(peer: alone.peer.node, higher, hash: nil)] && second.isEmpty)
    let later = alone.handle(.ticked, after: 1_000)
    #expect(!frames(later).contains { if case .wants = $0 { true } else { false } })
  }

  @Test("Round trip and clock offset come from pings")
  func ping() {
    var alone = Alone()
    _ = alone.connect()
    let effects = alone.receive(alone.hello())
    let pings = frames(effects).compactMap { frame -> Ping? in if case .ping(let ping) = frame { ping } else { nil } }
    guard var answer = pings.first else { return #expect(Bool(false), "no PING") }
    alone.now += 40
    answer.wall = WireSample.wall + alone.now - 20 + 3_000
    var forged = answer
    forged.nonce &+= 99
    _ = alone.receive(.pong(forged))
    #expect(alone.replicator.figures(now: alone.now).first?.rttMilliseconds == nil)
    _ = alone.receive(.pong(answer))
    let figures = alone.replicator.figures(now: alone.now).first
    #expect(figures?.rttMilliseconds == 40 && figures?.clockOffsetMilliseconds == 3_000)
  }

  @Test("A ping carries how busy this office is, and a change of the state leaves it")
  func load() {
    var alone = Alone()
    let busy = LoadSummary(waitingTickets: 7, freeAgents: 0, expectedWaitSeconds: 900)
    _ = alone.handle(.loadChanged(busy))
    _ = alone.handle(.stateChanged(digest: WireSample.digest, load: []))
    _ = alone.connect()
    let pings = frames(alone.receive(alone.hello())).compactMap { frame -> Ping? in
      if case .ping(let ping) = frame { ping } else { nil }
    }
    #expect(pings.map(\.load) == [busy.bytes] && pings.first?.stateDigest == WireSample.digest)
    func told(_ summaries: [NodeID: [UInt8]]) -> [UInt8]? {
      _ = alone.handle(.summariesChanged(summaries))
      let ping = Ping(nonce: 9, wall: WireSample.wall, vectorDigest: .zero, stateDigest: .zero, load: [])
      // The answer to a ping leaves it out: our own pings tell it.
      for case .pong(let pong) in frames(alone.receive(.ping(ping))) { #expect(pong.load.isEmpty) }
      for case .ping(let ping) in frames(alone.handle(.ticked, after: 5_000)) { return ping.load }
      return nil
    }
    #expect(told([NodeID(high: 7, low: 7): [0, 1]]) == busy.bytes, "that is for another peer")
    #expect(told([alone.peer.node: [0, 5]]) == busy.bytes + [2, 0, 5])
    #expect(told([:]) == busy.bytes)
    var theirs = Ping(nonce: 1, wall: WireSample.wall, vectorDigest: .zero, stateDigest: .zero, load: [])
    theirs.load = LoadSummary(waitingTickets: 0, freeAgents: 3, expectedWaitSeconds: nil).bytes
    _ = alone.receive(.ping(theirs))
    let heard = alone.replicator.figures(now: alone.now).first.flatMap { LoadSummary($0.load) }
    #expect(heard?.freeAgents == 3 && heard?.expectedWaitSeconds == nil)
    // What was said stands until something else is said.
    theirs.load = []
    _ = alone.receive(.pong(theirs))
    #expect(alone.replicator.figures(now: alone.now).first.flatMap { LoadSummary($0.load) } == heard)
  }

  @Test("HELLO is said again until the other side's came, and the connection is given up after ten seconds")
  func helloRepeated() {
    var alone = Alone()
    _ = alone.connect()
    let repeated = frames(alone.handle(.ticked, after: 2_000))
    guard case .hello(let again) = repeated.first else { return #expect(Bool(false), "no HELLO") }
    #expect(again.wantsHello && repeated.count == 1)
    #expect(alone.handle(.ticked, after: 7_900).contains(.close(alone.link)) == false)
    #expect(alone.handle(.ticked, after: 200).contains(.close(alone.link)))
    #expect(alone.handle(.ticked, after: 2_000).contains(.dial(alone.peer.node)))
  }

  @Test(
    "A ping that tells of another vector, with nothing under way, leads to VECTOR; of an equal one, to nothing owed")
  func pingCompares() {
    var alone = Alone()
    let stream = alone.store.stream
    _ = alone.handle(.committed([SignedHead(stream: stream, sequence: 5, hash: .zero, signature: [])]))
    _ = alone.connect()
    let greeted = frames(alone.receive(alone.hello()))
    #expect(greeted.contains { if case .vector(let part) = $0 { !part.wantsReply } else { false } })
    alone.now += 1_000
    func ping(_ digest: Hash32) -> Frame {
      .ping(Ping(nonce: 1, wall: WireSample.wall, vectorDigest: digest, stateDigest: .zero, load: []))
    }
    let answer = frames(alone.receive(ping(.zero)))
    #expect(answer.contains { if case .vector(let part) = $0 { part.wantsReply } else { false } })
    #expect(answer.contains { if case .pong = $0 { true } else { false } })
    let equal = TinyStore.hashing.sha256(VersionVector([stream: 5]).bytes)
    _ = alone.receive(ping(equal))
    #expect(alone.replicator.figures(now: alone.now).first?.outOperations == 0)
    #expect(alone.replicator.holders(of: Dot(stream: stream, sequence: 5)).count == 2)
  }

  @Test("Of a run that is held in part only the rest goes to the store; a run behind a gap does not")
  func overlap() {
    var alone = Alone()
    var peer = alone.peer
    _ = peer.write(5)
    let heads = peer.write(5)
    _ = peer.write(5)
    _ = alone.handle(.directoryChanged([peer.stream: peer.node]))
    _ = alone.handle(.committed([SignedHead(stream: peer.stream, sequence: 7, hash: .zero, signature: [])]))
    _ = alone.connect()
    _ = alone.receive(alone.hello())
    guard let run = peer.run(peer.stream, from: 3, to: 10, bytesMax: 1 << 20, operationsMax: 256),
      let later = peer.run(peer.stream, from: 12, to: 15, bytesMax: 1 << 20, operationsMax: 256)
    else { return #expect(Bool(false), "no run") }
    let early = alone.receive(.operations(later))
    #expect(!early.contains { if case .ingest = $0 { true } else { false } })
    let asked = frames(early).compactMap { frame in if case .wants(let ranges) = frame { ranges } else { nil } }
    #expect(asked == [[WantedRange(stream: peer.stream, from: 8, to: 15)]])
    let effects = alone.receive(.operations(run))
    let ingested = effects.compactMap { effect in if case .ingest(let run, _, _) = effect { run } else { nil } }
    #expect(ingested.count == 1 && ingested.first?.first == 8 && ingested.first?.last == 10)
    #expect(ingested.first?.records == Array(run.records.suffix(3)) && ingested.first?.head == heads.last)
    let repeated = alone.receive(.operations(run))
    #expect(!repeated.contains { if case .ingest = $0 { true } else { false } })
  }

  @Test("What a peer held before our start is known while it is away")
  func remembered() {
    var alone = Alone()
    _ = alone.handle(.committed([SignedHead(stream: alone.store.stream, sequence: 9, hash: .zero, signature: [])]))
    _ = alone.handle(.neighboursChanged([Neighbour(node: alone.peer.node, site: "LYO", isDialed: true)]))
    #expect(alone.replicator.figures(now: alone.now).first?.outOperations == nil)
    _ = alone.handle(.peerRemembered(alone.peer.node, held: VersionVector([alone.store.stream: 4])))
    let figures = alone.replicator.figures(now: alone.now).first
    #expect(figures?.outOperations == 5 && figures?.inOperations == nil)
    #expect(alone.replicator.onlyHere.operations == 5)
  }
}

@Suite("Relayed messages")
struct RelayTests {
  @Test("A message to all crosses a chain and arrives once at each")
  func chain() {
    var network = TestNetwork(4)
    for index in 0..<3 { network.link(index, index + 1) }
    network.link(3, 0)
    network.run(milliseconds: 500)
    network.handle(0, .relayRequested(destination: nil, topic: "presence", bytes: [7]))
    network.run(milliseconds: 100)
    for index in 1..<4 {
      #expect(network.nodes[index].delivered.map(\.bytes) == [[7]])
      #expect(network.nodes[index].delivered.first?.origin == network.nodes[0].store.node)
    }
    #expect(network.nodes[0].delivered.isEmpty)
  }

  @Test("A message to one node passes through others without being delivered there")
  func destination() {
    var network = TestNetwork(3)
    network.link(0, 1)
    network.link(1, 2)
    network.run(milliseconds: 500)
    let far = network.nodes[2].store.node
    network.handle(0, .relayRequested(destination: far, topic: "next", bytes: [1]))
    network.run(milliseconds: 100)
    #expect(network.nodes[2].delivered.map(\.topic) == ["next"] && network.nodes[1].delivered.isEmpty)
  }

  @Test("A message goes no further than its hops")
  func hops() {
    var settings = ReplicationSettings()
    settings.relayHopsMax = 2
    var network = TestNetwork(4, settings: settings)
    for index in 0..<3 { network.link(index, index + 1) }
    network.run(milliseconds: 500)
    network.handle(0, .relayRequested(destination: nil, topic: "load", bytes: []))
    network.run(milliseconds: 100)
    #expect(network.nodes.map { $0.delivered.count } == [0, 1, 1, 0])
  }

  @Test("The memory of messages is bounded and forgets the oldest")
  func memory() {
    var memory = RelayMemory(limit: 3)
    func message(_ number: UInt64) -> RelayedMessage {
      RelayedMessage(origin: .zero, destination: nil, number: number, hopsLeft: 1, topic: "", bytes: [])
    }
    let first = (1...3).map { memory.insert(message($0)) }
    let again = (1...3).map { memory.insert(message($0)) }
    let more = memory.insert(message(4))
    let oldest = memory.insert(message(1))
    #expect(first == [true, true, true] && again == [false, false, false] && more && oldest)
  }
}
