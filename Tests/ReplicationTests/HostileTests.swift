import OpenSSLCrypto
import OperationLog
import Testing

@testable import Replication

@Suite("What an admitted node could send to harm its neighbour")
struct HostileTests {
  /// A replicator with one peer that says whatever a test wants.
  private struct Target {
    var replicator: Replicator
    let store: TinyStore
    let peer: TinyStore
    var link = LinkID(number: 1)
    var now: Int64 = 1_000

    init(settings: ReplicationSettings = ReplicationSettings()) {
      (store, peer) = (TinyStore(name: 1), TinyStore(name: 2))
      let identity = LocalNode(
        cluster: TinyStore.cluster, node: store.node, stream: store.stream, site: "MAD", program: "0.1.0")
      replicator = Replicator(
        identity: identity, held: [], settings: settings, hashing: TinyStore.hashing, signer: store.signer,
        verifier: store.signer, wall: WireSample.wall)
      greet()
    }

    mutating func handle(_ event: ReplicationEvent, after milliseconds: Int64 = 0) -> [ReplicationEffect] {
      now += milliseconds
      return replicator.handle(event, now: now, wall: WireSample.wall + now)
    }

    mutating func receive(_ frame: Frame, after milliseconds: Int64 = 0) -> [ReplicationEffect] {
      handle(.received(link, frame.encoded(hashing: TinyStore.hashing)), after: milliseconds)
    }

    /// The peer dials and says who it is.
    mutating func greet() {
      _ = handle(.connected(link, dialed: false, .node(peer.node)))
      let hello = Hello(
        protocolMin: 0, protocolMax: 0, cluster: TinyStore.cluster, features: 0, node: peer.node, stream: peer.stream,
        nonce: link.number, isDialer: true, wantsHello: false, site: "LYO", program: "0.1.0", wall: WireSample.wall,
        vectorDigest: TinyStore.hashing.sha256(VersionVector().bytes), yours: [])
      _ = receive(.hello(hello))
    }

    func ping() -> Frame {
      .ping(
        Ping(
          nonce: 7, wall: WireSample.wall, vectorDigest: TinyStore.hashing.sha256(VersionVector().bytes),
          stateDigest: .zero, load: []))
    }
  }

  private func frames(_ effects: [ReplicationEffect]) -> [Frame] {
    effects.compactMap { effect in
      guard case .send(_, let bytes) = effect else { return nil }
      return try? Frame(decoding: bytes, hashing: TinyStore.hashing)  // Ours decode, or what is expected is missing.
    }
  }

  private func differs(_ effects: [ReplicationEffect]) -> Bool {
    effects.contains { if case .ownStreamDiffers = $0 { true } else { false } }
  }

  private func name(_ number: Int) -> StreamID {
    StreamID(prefixOf: TinyStore.hashing.sha256(Array("made up \(number)".utf8)))
  }

  private func run(of stream: StreamID, first: UInt64 = 1, signer: TestSigner) -> OperationRun {
    let record = OperationRecord(header: [1, 2, 3])
    let head = SignedHead(
      cluster: TinyStore.cluster, stream: stream, sequence: first, hash: WireSample.digest, signer: signer)
    return OperationRun(stream: stream, first: first, records: [record], head: head)
  }

  @Test("Who claims to hold more of our stream and never shows it stops us once, not again")
  func unprovenClaims() {
    var target = Target()
    let old = target.store.stream
    let claim = Frame.acknowledgements([StreamPosition(stream: old, sequence: 1_000)])
    #expect(differs(target.receive(claim)), "it may be true, so writing stops at once")
    let fresh = name(0)
    _ = target.handle(.recoveryBegun(fresh))
    var effects: [ReplicationEffect] = []
    for _ in 0..<6 {
      effects += target.receive(target.ping(), after: 4_000)
      effects += target.handle(.ticked, after: 2_000)
    }
    #expect(effects.contains(.ownStreamRecovered(fresh)))
    #expect(frames(effects).contains(.bye(.garbage)), "it costs the peer its session")
    #expect(target.replicator.figures(now: target.now).first?.counters.garbage == 1)
    _ = target.handle(.streamBegun(fresh), after: 60_000)
    target.link = LinkID(number: 2)
    target.greet()
    // The same again about the new stream: its word alone is not enough.
    let again = StreamPosition(stream: fresh, sequence: 1_000)
    let answer = target.receive(.acknowledgements([again]))
    #expect(!differs(answer))
    #expect(frames(answer).contains(.wants([WantedRange(stream: fresh, from: 1, to: 1_000)])))
    #expect(frames(target.receive(.acknowledgements([again]))).isEmpty, "it is asked now and then")
    #expect(!differs(target.receive(.operations(run(of: fresh, first: 5, signer: target.peer.signer)))))
    // Operations that we signed are a proof, whoever shows them.
    #expect(differs(target.receive(.operations(run(of: fresh, first: 5, signer: target.store.signer)))))
  }

  @Test("Streams that a peer makes up are remembered of it up to a bound, whatever becomes of its runs")
  func madeUpStreams() {
    var settings = ReplicationSettings()
    settings.streamsMax = 50
    settings.ingestBytesMax = 1 << 30
    var target = Target(settings: settings)
    for number in 0..<400 {
      let stream = name(number)
      for effect in target.receive(.operations(run(of: stream, signer: target.peer.signer))) {
        guard case .ingest(_, _, let ticket) = effect else { continue }
        _ = target.handle(.ingested(ticket, .refused(.unknownStream(stream))))
      }
    }
    let session = target.replicator.peers[target.peer.node]
    #expect(session?.lacking.count ?? 0 <= 50 && session?.holds.streamCount ?? 0 <= 50)
    #expect(target.replicator.freshFrom.count <= 50 && target.replicator.lines.isEmpty)
    #expect(target.replicator.waitingForDirectory.count <= 50 && target.replicator.considered.count <= 50)
  }

  private func tickets(_ effects: [ReplicationEffect]) -> [IngestTicket] {
    effects.compactMap { if case .ingest(_, _, let ticket) = $0 { ticket } else { nil } }
  }

  private func asks(for stream: StreamID, _ effects: [ReplicationEffect]) -> Bool {
    frames(effects).contains { frame in
      guard case .wants(let ranges) = frame else { return false }
      return ranges.contains { $0.stream == stream && $0.from == 1 }
    }
  }

  @Test("A branch that came before the stream it leaves is asked for again, though its second run failed after that")
  func earlyBranch() {
    var target = Target()
    let branch = name(1)
    let first = tickets(target.receive(.operations(run(of: branch, first: 1, signer: target.peer.signer))))
    let second = tickets(target.receive(.operations(run(of: branch, first: 2, signer: target.peer.signer))))
    #expect(first.count == 1 && second.count == 1)
    for ticket in first { _ = target.handle(.ingested(ticket, .refused(.gap(expected: 1, got: 1)))) }
    for ticket in second { _ = target.handle(.ingested(ticket, .refused(.unknownStream(branch)))) }
    #expect(asks(for: branch, target.handle(.ticked, after: 1_000)))
  }

  @Test("What was stored in the commit that ended its stream is held as the branch it belongs to, not beyond the end")
  func storedBeyondTheEnd() {
    var target = Target()
    let stream = name(1)
    func head(_ sequence: UInt64) -> SignedHead {
      SignedHead(stream: stream, sequence: sequence, hash: WireSample.digest, signature: [])
    }
    _ = target.handle(.committed([head(4)]))
    let came = tickets(target.receive(.operations(run(of: stream, first: 5, signer: target.peer.signer))))
    #expect(came.count == 1)
    // Another run of the same commit proved that the stream was written twice.
    _ = target.handle(.streamsEnded([head(4)]))
    for ticket in came { _ = target.handle(.ingested(ticket, .stored([head(5)]))) }
    #expect(target.replicator.held.vector[stream] == 4)
  }

  @Test("A stream of a node that is not in the directory is asked for again after a minute, though nobody speaks of it")
  func unknownStreamAgain() {
    var target = Target()
    let stream = name(1)
    for ticket in tickets(target.receive(.operations(run(of: stream, signer: target.peer.signer)))) {
      _ = target.handle(.ingested(ticket, .refused(.unknownStream(stream))))
    }
    // The peer goes on holding more than we do.
    let ping = Frame.ping(
      Ping(nonce: 7, wall: WireSample.wall, vectorDigest: WireSample.digest, stateDigest: .zero, load: []))
    for _ in 0..<11 { #expect(!asks(for: stream, target.receive(ping, after: 5_000))) }
    #expect(asks(for: stream, target.receive(ping, after: 6_000) + target.handle(.ticked)))
  }

  @Test("A peer that begins anew on one connection again and again is told all we hold a few times, then parted with")
  func restarts() {
    var target = Target()
    var answers: [Frame] = []
    for number in 0..<20 {
      let hello = Hello(
        protocolMin: 0, protocolMax: 0, cluster: TinyStore.cluster, features: 0, node: target.peer.node,
        stream: target.peer.stream, nonce: 100 + UInt64(number), isDialer: true, wantsHello: false, site: "LYO",
        program: "0.1.0", wall: WireSample.wall, vectorDigest: WireSample.digest, yours: [])
      answers += frames(target.receive(.hello(hello)))
    }
    #expect(answers.count { if case .vector = $0 { true } else { false } } == 8)
    #expect(answers.count { $0 == .bye(.garbage) } == 1)
  }

  @Test("False runs of very many streams cost the peer its session, and leave nothing behind")
  func forger() {
    var target = Target()
    var byes: [Frame] = []
    for number in 0..<300 {
      let stream = name(number)
      for effect in target.receive(.operations(run(of: stream, signer: target.peer.signer))) {
        guard case .ingest(_, _, let ticket) = effect else { continue }
        byes += frames(target.handle(.ingested(ticket, .refused(.malformed)))).filter { $0 == .bye(.garbage) }
      }
    }
    #expect(byes.count == 1)
    #expect(target.replicator.peers[target.peer.node]?.distrusted.isEmpty == true)
    #expect(target.replicator.freshFrom.isEmpty)
  }
}
