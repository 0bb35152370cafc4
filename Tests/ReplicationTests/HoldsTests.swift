import OpenSSLCrypto
import OperationLog
import Testing

@testable import Replication

@Suite("What distant offices hold")
struct HoldsTests {
  private func chain(_ count: Int, settings: ReplicationSettings = ReplicationSettings()) -> TestNetwork {
    var network = TestNetwork(count, settings: settings)
    for index in 0..<count - 1 { network.link(index, index + 1) }
    network.run(milliseconds: 500)
    return network
  }

  private func distant(_ network: TestNetwork, _ near: Int, _ far: Int) -> DistantFigures? {
    network.nodes[near].replicator.distantFigures.first { $0.node == network.nodes[far].store.node }
  }

  @Test("At one end of a chain it is known that the other end holds what was written")
  func acrossAChain() {
    var network = chain(5)
    network.write(0, 3)
    network.run(milliseconds: 40_000)
    let dot = Dot(stream: network.nodes[0].store.stream, sequence: 3)
    #expect(network.nodes[0].replicator.holders(of: dot) == network.nodes.map(\.store.node))
    let figures = distant(network, 0, 4)
    #expect(figures?.outOperations == 0 && figures?.vectorDigest == network.nodes[0].replicator.vectorDigestForTests)
    // A later change is stated as an addition: short, however much is held.
    network.write(0, 1)
    network.run(milliseconds: 40_000)
    #expect(distant(network, 0, 4)?.held[dot.stream] == 4)
  }

  @Test("Nothing is stated where everybody hears everybody, nor to two")
  func mesh() {
    var network = TestNetwork(4)
    for first in 0..<4 { for second in first + 1..<4 { network.link(first, second) } }
    network.run(milliseconds: 1_000)
    for index in 0..<4 { network.write(index, 2) }
    network.run(milliseconds: 60_000)
    #expect((0..<4).allSatisfy { network.frames($0, .holds) == 0 })
  }

  @Test("Statements of a day of work are few, and a quiet cluster says nothing")
  func bounded() {
    var network = chain(4)
    for _ in 0..<600 {
      network.write(0, 1)
      network.run(milliseconds: 500)
    }
    network.run(milliseconds: 60_000)
    // Five minutes, four holders, one statement in 15 s each, over three lines.
    let frames = (0..<4).reduce(0) { $0 + network.frames($1, .holds) }
    #expect(frames < 4 * 3 * (360 / 15 + 4), "\(frames) frames")
    let before = (0..<4).reduce(0) { $0 + network.frames($1, .holds) }
    network.run(milliseconds: 600_000)
    #expect((0..<4).reduce(0) { $0 + network.frames($1, .holds) } - before <= 4)
  }

  @Test("Who was away learns the statements it missed")
  func catchesUp() {
    var network = chain(4)
    network.cutLine(0, 1)
    network.write(3, 5)
    network.run(milliseconds: 60_000)
    network.healLine(0, 1)
    network.run(milliseconds: 60_000)
    let dot = Dot(stream: network.nodes[3].store.stream, sequence: 5)
    #expect(network.nodes[0].replicator.holders(of: dot).contains(network.nodes[2].store.node))
    #expect(distant(network, 0, 2) != nil && distant(network, 0, 3)?.held[dot.stream] == 5)
  }

  @Test("An old statement, one of a stranger and one with another's signature change nothing")
  func forged() throws {
    var network = chain(3)
    network.write(0, 3)
    network.run(milliseconds: 40_000)
    let far = network.nodes[2].store
    let held = try #require(distant(network, 0, 2)?.held)
    let link = network.links(0, 1)[0]
    func statement(_ number: UInt64, signer: TestSigner, sequence: UInt64) -> HoldsStatement {
      HoldsStatement(
        number: number, wall: 1, base: number, vectorDigest: .zero, held: VersionVector([far.stream: sequence]),
        cluster: TinyStore.cluster, signer: signer)
    }
    func inject(_ statement: HoldsStatement) {
      network.inject(0, link, Frame.holds(.statement(statement)).encoded(hashing: TinyStore.hashing))
    }
    inject(statement(5, signer: far.signer, sequence: 900))
    #expect(distant(network, 0, 2)?.held == held)
    inject(statement(.max, signer: TestSigner(200), sequence: 900))
    #expect(network.nodes[0].replicator.distantFigures.count == 1)
    #expect(network.figures(0, of: 1)?.counters.holdsDropped == 1 && network.isUp(0, 1))
    var false1 = statement(.max, signer: far.signer, sequence: 900)
    false1.held = VersionVector([far.stream: 901])
    inject(false1)
    #expect(distant(network, 0, 2)?.held == held)
    #expect(network.figures(0, of: 1)?.counters.holdsRefused == 1 && !network.isUp(0, 1))
  }

  @Test("A full statement replaces what was known, an addition adds to its own base only, and the book is bounded")
  func book() {
    var book = HoldsBook(entriesMax: 6)
    let node: NodeID = counting(from: 1)
    let (first, second): (StreamID, StreamID) = (counting(from: 0x20), counting(from: 0x40))
    func statement(_ number: UInt64, base: UInt64, _ held: [StreamID: UInt64]) -> HoldsStatement {
      HoldsStatement(
        number: number, wall: 0, base: base, vectorDigest: .zero, held: VersionVector(held), cluster: .zero,
        signer: TestSigner(1))
    }
    #expect(book.take(statement(12, base: 10, [first: 5]), of: node) == .withoutBase)
    #expect(book.take(statement(12, base: 10, [first: 5]), of: node) == .old)
    #expect(book.take(statement(10, base: 10, [first: 3, second: 4]), of: node) == .news)
    #expect(book.take(statement(12, base: 10, [first: 5]), of: node) == .news)
    #expect(book.known[node]?.held == VersionVector([first: 5, second: 4]))
    #expect(book.take(statement(11, base: 10, [first: 9]), of: node) == .old)
    let asked = book.lacking(from: [KnownStatement(node: node, base: 10, number: 10)])
    #expect(asked.map(\.number) == [12])
    #expect(book.lacking(from: []).map(\.number) == [10, 12])
    #expect(book.lacking(from: [KnownStatement(node: node, base: 10, number: 12)]).isEmpty)
    // After a restore the holder has less.
    #expect(book.take(statement(20, base: 20, [first: 1]), of: node) == .news)
    #expect(book.known[node]?.held == VersionVector([first: 1]))
    let many = Dictionary(uniqueKeysWithValues: (0..<7).map { (counting(from: UInt8($0) * 16) as StreamID, UInt64(1)) })
    #expect(book.take(statement(30, base: 30, many), of: node) == .full)
    #expect(book.known[node]?.full.number == 20)
  }

  @Test("A peer that floods is heard only as often as it may speak", arguments: [true, false])
  func flood(isRelay: Bool) {
    var network = chain(3)
    let link = network.links(0, 1)[0]
    let origin = network.nodes[2].store.node
    for number in 0..<2_000 {
      let frame: Frame =
        isRelay
        ? .relay(
          RelayedMessage(
            origin: origin, destination: nil, number: UInt64(number) + 1, hopsLeft: 3, topic: "x", bytes: [1]))
        : .holds(.summary([]))
      network.inject(0, link, frame.encoded(hashing: TinyStore.hashing))
    }
    let counters = network.figures(0, of: 1)?.counters
    if isRelay {
      #expect(network.nodes[0].delivered.count <= 1_000 && (counters?.relaysDropped ?? 0) >= 1_000)
    } else {
      #expect((counters?.holdsDropped ?? 0) >= 1_600)
    }
    #expect(network.isUp(0, 1))
  }
}

extension Replicator {
  /// The digest without keeping it.
  var vectorDigestForTests: Hash32 {
    var copy = self
    return copy.vectorDigest()
  }
}
