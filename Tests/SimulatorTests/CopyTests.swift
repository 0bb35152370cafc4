import Helpdesk
import OperationLog
import Store
import Testing

@testable import Simulator

/// What is demanded of a copy's work once a person has stopped the copy.
@Suite("A copy that is stopped for good")
struct CopyTests {
  /// Three offices and a copy of the second that has begun a stream of its own, with one ticket in it that nobody else holds.
  private struct Scene {
    let cluster = SimulatedCluster(ClusterShape(seed: 283, nodeCount: 3, topology: .mesh))
    let ledger: Ledger
    let copy: SimulatedNode

    init() throws {
      ledger = Ledger(cluster)
      let ledger = ledger
      cluster.onCommitted = { ledger.committed($0, $1) }
      cluster.onStarted = { ledger.started($0, $1) }
      try cluster.found()
      let cluster = cluster
      try #require(cluster.run(atMost: 120_000) { cluster.isConverged })
      let node = cluster.nodes[1]
      ledger.noteCopied(node.name, try #require(node.store?.home.stream))
      copy = cluster.addCopy(of: node)
      copy.machine = 2
      cut(true)
      try copy.start()
      let copy = copy
      let shared = node.store?.home.stream
      try #require(cluster.run(atMost: 120_000) { copy.store?.home.stream != shared })
      try openTicket("Nobody hears of this one")
    }

    func cut(_ isCut: Bool) {
      for other in cluster.nodes where other !== copy {
        cluster.network.setCut(isCut, from: copy.number, to: other.number)
        cluster.network.setCut(isCut, from: other.number, to: copy.number)
      }
    }

    func openTicket(_ subject: String) throws {
      let body = CommandBody.openTicket(OpenTicket(subject: subject, description: ""))
      let command = Command(actor: .person(SimulatedCluster.person("eva")), body: body)
      ledger.acknowledge(try cluster.perform(command, at: copy), opened: true)
    }

    func retire() {
      ledger.noteRetired(copy)
      copy.end(.stop)
      copy.isRetired = true
    }
  }

  @Test("What it told nobody went with its disk, also when the machine was off by then", arguments: [true, false])
  func unheard(isOff: Bool) throws {
    let scene = try Scene()
    defer { scene.cluster.end() }
    if isOff { scene.copy.end(.powerCut(.everything)) }
    scene.retire()
    try scene.ledger.checkEnd(scene.cluster.nodes[0])
    #expect(scene.ledger.violation == nil)
  }

  @Test("What another office holds of it must be everywhere")
  func heard() throws {
    let scene = try Scene()
    defer { scene.cluster.end() }
    let stream = try #require(scene.copy.store?.home.stream)
    scene.cut(false)
    let last = scene.cluster.nodes[2]
    // Only one office hears of it.
    scene.cluster.network.setCut(true, from: scene.copy.number, to: 0)
    for other in 0...1 {
      scene.cluster.network.setCut(true, from: last.number, to: other)
      scene.cluster.network.setCut(true, from: other, to: last.number)
    }
    let copy = scene.copy
    try #require(scene.cluster.run(atMost: 120_000) { last.vector[stream] == copy.vector[stream] })
    scene.retire()
    try scene.ledger.checkEnd(last)
    #expect(scene.ledger.violation == nil)
    try scene.ledger.checkEnd(scene.cluster.nodes[0])
    #expect(scene.ledger.violation?.promise == .noLostWrite)
  }
}
