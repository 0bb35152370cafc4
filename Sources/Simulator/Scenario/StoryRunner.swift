import Foundation
import GRDB
import Helpdesk
import OperationLog
import Replication
import SiteEngine
import Store

/// Plays a story on a simulated cluster.
///
/// After each deed a little time passes, so that whoever is connected hears of it. An expectation first waits until
/// all nodes are equal, as long as every line is whole and every node runs; otherwise it lets a few seconds pass. All
/// promises are checked while the story goes on and once more at its end. Confined to one thread.
package struct StoryRunner {
  /// How long nodes may take to become equal, milliseconds of virtual time.
  static let healingMillisecondsMax: Int64 = 1_800_000
  /// A wait longer than this is taken as an absence: clocks move on, and only a minute of it is played.
  private static let playedMillisecondsMax: Int64 = 86_400_000

  let story: Story
  let cluster: SimulatedCluster
  let ledger: Ledger
  /// Tickets by the names that the story gave them.
  var tickets: [String: EntityID] = [:]
  /// The ticket spoken of last.
  var latest: EntityID?
  private var images: [String: DiskImage] = [:]

  /// Plays the story; the seed decides delays, identifiers and what a crash leaves. Throws `StoryProblem` where
  /// something turns out otherwise than the story says.
  package static func run(_ source: String, seed: UInt64 = 1) throws {
    var runner = StoryRunner(try StoryParser.parse(source), seed: seed)
    defer { for node in runner.cluster.nodes { node.end(.kill) } }
    try runner.play()
  }

  private init(_ story: Story, seed: UInt64) {
    self.story = story
    cluster = SimulatedCluster(
      ClusterShape(seed: seed, nodeCount: story.offices.count, topology: story.topology))
    ledger = Ledger(cluster)
    let ledger = ledger
    cluster.onCommitted = { ledger.committed($0, $1) }
    cluster.onStarted = { ledger.started($0, $1) }
  }

  private mutating func play() throws {
    let beginning = StoryPlace(line: 1, column: 1)
    try translating(beginning) { try $0.cluster.found() }
    try settle(beginning)
    for sentence in story.sentences {
      try translating(sentence.place) { try $0.carryOut(sentence.step, sentence.place) }
      try checkLedger(sentence.place)
    }
    let end = story.sentences.last?.place ?? beginning
    try translating(end) { runner in
      if runner.isWhole { try runner.settle(end) }
      try runner.checkPromises(end)
    }
  }

  /// Whatever a store throws is a problem of the sentence.
  private mutating func translating(_ place: StoryPlace, _ body: (inout StoryRunner) throws -> Void) throws {
    do {
      try body(&self)
    } catch let problem as StoryProblem {
      throw problem
    } catch {
      throw StoryProblem(place, "This could not be done: \(error)")
    }
  }

  // MARK: Sentences

  private mutating func carryOut(_ step: Story.Step, _ place: StoryPlace) throws {
    switch step {
    case .given(let number): try give(number, place)
    case .cut(let line): setCut(true, line)
    case .heal(let line?): setCut(false, line)
    case .heal(nil): try healAll(place)
    case .act(let act): try carryOut(act, place)
    case .end(let site, let ending): end(node(site), ending)
    case .start(let site): if !node(site).isUp { try node(site).start() }
    case .freeze(let site, let isFrozen): node(site).setFrozen(isFrozen)
    case .backUp(let site): images[site] = node(site).disk.snapshot()
    case .restore(let site): try restore(site, place)
    case .move(let site):
      let node = node(site)
      node.end(.stop)
      node.machine &+= 1
      try node.start()
    case .clock(let site, let offset): node(site).clockOffset = offset
    case .older(let site): try replaceProgram(node(site), isOld: true)
    case .upgrade(let site): try replaceProgram(node(site), isOld: false)
    case .disk(let site, let trouble): set(trouble, node(site))
    case .wait(let milliseconds): wait(milliseconds)
    case .expect(let expectation): try check(expectation, place)
    }
    if case .wait = step { return }
    cluster.run(milliseconds: 300)
  }

  func node(_ site: String) -> SimulatedNode {
    // The parser lets only the story's offices pass.
    cluster.nodes[story.offices.firstIndex(of: site) ?? 0]
  }

  private func setCut(_ isCut: Bool, _ line: Story.Line) {
    let from = node(line.from).number
    let others = line.to.map { [node($0).number] } ?? cluster.nodes.map(\.number).filter { $0 != from }
    for to in others {
      cluster.network.setCut(isCut, from: from, to: to)
      if !line.isOneWay { cluster.network.setCut(isCut, from: to, to: from) }
    }
  }

  private func end(_ node: SimulatedNode, _ ending: Story.Ending) {
    switch ending {
    case .stop: node.end(.stop)
    case .kill: node.end(.kill)
    case .crash(let loss): node.end(.powerCut(loss))
    case .crashAfter(let changes, let loss): node.disk.cutPower(afterChanges: changes, loss)
    }
  }

  private func restore(_ site: String, _ place: StoryPlace) throws {
    guard let image = images[site] else {
      throw StoryProblem(place, "There is no backup of \(site): say `back up \(site)` first.")
    }
    let node = node(site)
    // What only that disk held is gone with it; everything that another office holds must come back.
    ledger.noteRestored(node)
    node.end(.kill)
    node.disk.restore(image)
    try node.start()
  }

  private func replaceProgram(_ node: SimulatedNode, isOld: Bool) throws {
    node.end(.stop)
    node.isOld = isOld
    try node.start()
  }

  private func set(_ trouble: Story.DiskTrouble, _ node: SimulatedNode) {
    switch trouble {
    case .full: node.disk.setCapacity(bytes: node.disk.bytesUsed)
    case .failingSync: node.disk.failSyncs()
    case .none: node.disk.heal()
    }
  }

  private func wait(_ milliseconds: Int64) {
    guard milliseconds > Self.playedMillisecondsMax else { return cluster.run(milliseconds: milliseconds) }
    cluster.lateness += milliseconds - 60_000
    cluster.run(milliseconds: 60_000)
  }

  private func healAll(_ place: StoryPlace) throws {
    for node in cluster.nodes {
      for other in cluster.nodes where other !== node {
        cluster.network.setCut(false, from: node.number, to: other.number)
      }
      node.disk.heal()
      node.setFrozen(false)
      if !node.isUp { try node.start() }
    }
    try settle(place)
  }

  // MARK: Equality

  /// Every line is whole and every node runs.
  private var isWhole: Bool {
    cluster.nodes.allSatisfy { node in
      node.isUp && !node.isFrozen
        && cluster.nodes.allSatisfy { !cluster.network.isCut(from: node.number, to: $0.number) }
    }
  }

  /// Waits until all nodes are equal, where they can be.
  func settle(_ place: StoryPlace) throws {
    guard isWhole else { return cluster.run(milliseconds: 5_000) }
    let cluster = cluster
    // Nodes with an older program fold less: they hold the same, and their states are not comparable.
    let isMixed = cluster.nodes.contains { $0.isOld } && cluster.nodes.contains { !$0.isOld }
    let equal = cluster.run(atMost: Self.healingMillisecondsMax) {
      isMixed ? cluster.nodes.allSatisfy { $0.vector == cluster.nodes[0].vector } : cluster.isConverged
    }
    guard equal else {
      let states = cluster.nodes.map { node in
        let count = node.vector.sorted.reduce(UInt64(0)) { $0 &+ $1.sequence }
        return "\(node.code) holds \(count) operations with digest \(String(node.digest.description.prefix(8)))"
      }
      throw StoryProblem(place, "The nodes do not become equal: \(states.joined(separator: ", ")).")
    }
  }

  // MARK: Promises

  private func checkLedger(_ place: StoryPlace) throws {
    if let violation = ledger.violation { throw StoryProblem(place, "A promise is broken: \(violation)") }
  }

  /// Checks the promises on every node that runs.
  func checkPromises(_ place: StoryPlace) throws {
    if isWhole {
      _ = cluster.run(atMost: 60_000) { [cluster] in
        cluster.nodes.allSatisfy { $0.engine?.onlyHere().operations == 0 }
      }
    }
    let isMixed = cluster.nodes.contains { $0.isOld }
    for node in cluster.nodes where node.isUp && !node.isFrozen {
      var audit = LogAudit(node, ledger)
      try audit.run()
      if isWhole, !isMixed { try ledger.checkEnd(node) }
    }
    ledger.checkAcknowledgements()
    ledger.checkMemory()
    try checkLedger(place)
  }
}
