import OperationLog
import Replication
import SiteEngine

/// What the network asks of the machine at the end of a wire.
protocol NetworkEndpoint: AnyObject {
  /// Takes what the links report.
  func hear(_ event: LinkEvent)
  /// False while the process does not run.
  var isListening: Bool { get }
  var name: NodeID { get }
}

/// The wires between nodes: connections that come up, break and are dialled again, and frames with their weather.
///
/// Nodes are numbers here. Confined to the thread of its simulation.
final class SimulatedNetwork: @unchecked Sendable {
  private struct Direction {
    /// When the wire has carried what was sent before.
    var isBusyUntil: Int64 = 0
    /// When the latest frame in order arrives.
    var lastArrival: Int64 = 0
  }

  private final class Connection {
    let number: UInt64
    /// Dialler, then the one that was dialled; with the numbers their links have.
    let ends: [(node: Int, link: LinkID)]
    let line: Line
    var directions = [Direction(), Direction()]
    var isOpen = [true, true]

    init(number: UInt64, ends: [(node: Int, link: LinkID)], line: Line) {
      self.number = number
      self.ends = ends
      self.line = line
    }
  }

  /// One direction between two nodes.
  private struct Way: Hashable {
    let from: Int
    let to: Int
  }

  /// What a node goes on dialling: a neighbour's first connection, or its second, for bulk.
  private struct Line: Hashable {
    let from: Int
    let to: Int
    let isBulk: Bool
  }

  private struct Dialling {
    /// Raised whenever dialling begins or ends, so that an earlier attempt does nothing.
    var number = 0
    var isOn = false
    var attempts = 0
  }

  /// Frames that wait for a thin wire longer than this are dropped, as beyond a high-water mark.
  static let queueMillisecondsMax: Int64 = 60_000
  /// A connection on which nothing passes in one direction breaks after this.
  static let heartbeatMilliseconds: Int64 = 12_000

  private let time: VirtualTime
  private let trace: Trace
  private var dice: Dice
  private var endpoints: [any NetworkEndpoint] = []
  /// The first endpoint of each name.
  private var numbers: [NodeID: Int] = [:]
  private var connections: [LinkID: Connection] = [:]
  private var dialling: [Line: Dialling] = [:]
  /// The dialler's end of the connection a line had last.
  private var latestDialled: [Line: LinkID] = [:]
  private var weather: [Way: LinkWeather] = [:]
  /// Since when a direction is cut; open ones are not listed.
  private var cutSince: [Way: Int64] = [:]
  private var lastLink: UInt64 = 0
  private(set) var counters = NetworkCounters()
  /// Each frame is a line of the trace.
  var tracesFrames = false
  /// Gives a frame that a forger put in the place of this one, nil for most.
  var forger: ((_ from: Int, _ frame: [UInt8]) -> [UInt8]?)?

  init(_ time: VirtualTime, _ trace: Trace, seed: UInt64) {
    self.time = time
    self.trace = trace
    dice = Dice(seed: seed, "network")
  }

  /// Adds the next node; gives its number.
  func add(_ endpoint: any NetworkEndpoint) -> Int {
    endpoints.append(endpoint)
    if numbers[endpoint.name] == nil { numbers[endpoint.name] = endpoints.count - 1 }
    return endpoints.count - 1
  }

  // MARK: Weather

  func setWeather(_ change: LinkWeather, from: Int, to: Int) { weather[Way(from: from, to: to)] = change }

  func weather(from: Int, to: Int) -> LinkWeather {
    weather.isEmpty ? LinkWeather() : weather[Way(from: from, to: to)] ?? LinkWeather()
  }

  func isCut(from: Int, to: Int) -> Bool { !cutSince.isEmpty && cutSince[Way(from: from, to: to)] != nil }

  /// Lets nothing pass in one direction, or lets it pass again.
  func setCut(_ isCut: Bool, from: Int, to: Int) {
    guard isCut != self.isCut(from: from, to: to) else { return }
    let cutFor = time.now - (cutSince[Way(from: from, to: to)] ?? time.now)
    cutSince[Way(from: from, to: to)] = isCut ? time.now : nil
    guard isCut else { return redial(from, to, cutFor: cutFor) }
    let since = time.now
    time.after(Self.heartbeatMilliseconds + dice.number(0...4_000)) { [weak self] in
      guard let self, self.cutSince[Way(from: from, to: to)] == since else { return }
      for connection in self.openConnections(between: from, to) { self.end(connection) }
    }
  }

  /// Nobody tries while a line is cut, so that weeks pass quickly; the next attempt comes after a pause that had grown meanwhile.
  private func redial(_ one: Int, _ other: Int, cutFor: Int64) {
    for (from, to) in [(one, other), (other, one)] {
      let line = Line(from: from, to: to, isBulk: false)
      guard dialling[line]?.isOn == true else { continue }
      dialling[line]?.attempts = 0
      beginDialling(line, after: dice.number(0...min(max(cutFor, 500), 15_000)))
    }
  }

  private func openConnections(between one: Int, _ other: Int) -> [Connection] {
    connections.values.filter { connection in
      let nodes = connection.ends.map(\.node)
      return connection.isOpen[0] && (nodes == [one, other] || nodes == [other, one])
    }.sorted { $0.number < $1.number }
  }

  // MARK: What nodes ask for

  func dial(_ from: Int, to name: NodeID, isBulk: Bool) {
    guard let to = numbers[name], to != from else { return }
    let line = Line(from: from, to: to, isBulk: isBulk)
    dialling[line] = Dialling(number: dialling[line]?.number ?? 0, isOn: true)
    beginDialling(line, after: dice.number(0...20))
  }

  /// As the node's own transport: a connection that is there is closed.
  func undial(_ from: Int, to name: NodeID, isBulk: Bool) {
    guard let to = numbers[name] else { return }
    let line = Line(from: from, to: to, isBulk: isBulk)
    stopDialling(line)
    if let link = latestDialled[line], connections[link] != nil { close(link, at: from) }
  }

  private func stopDialling(_ line: Line) {
    dialling[line]?.isOn = false
    dialling[line]?.number += 1
  }

  private func beginDialling(_ line: Line, after delay: Int64) {
    dialling[line]?.number += 1
    let number = dialling[line]?.number
    time.after(delay) { [weak self] in self?.attempt(line, number) }
  }

  private func attempt(_ line: Line, _ number: Int?) {
    guard let state = dialling[line], state.isOn, state.number == number, endpoints[line.from].isListening else {
      return
    }
    // A socket has one connection, and dials again only when that is gone.
    if let link = latestDialled[line], connections[link] != nil { return }
    if isCut(from: line.from, to: line.to) || isCut(from: line.to, to: line.from) { return }
    if endpoints[line.to].isListening { return connect(line) }
    dialling[line]?.attempts += 1
    let pause = min(Int64(500) << Int64(min(state.attempts, 5)), 15_000)
    beginDialling(line, after: pause + dice.number(0...pause / 2))
  }

  private func connect(_ line: Line) {
    lastLink += 2
    counters.connections += 1
    let (dialler, dialled) = (LinkID(number: lastLink), LinkID(number: lastLink + 1))
    let connection = Connection(number: lastLink, ends: [(line.from, dialler), (line.to, dialled)], line: line)
    for end in connection.ends { connections[end.link] = connection }
    latestDialled[line] = dialler
    trace.note(time.now, "node \(line.from) reaches node \(line.to)\(line.isBulk ? " for bulk" : "")")
    trace.mix(Int(lastLink))
    let (from, to) = (endpoints[line.from], endpoints[line.to])
    from.hear(line.isBulk ? .bulkConnected(dialler, to.name) : .connected(dialler, dialed: true, .node(to.name)))
    to.hear(.connected(dialled, dialed: false, .node(from.name)))
  }

  /// The node closes its end: the other side hears of it, and a dialled one is not dialled again.
  func close(_ link: LinkID, at node: Int) {
    guard let connection = connections[link], let place = connection.ends.firstIndex(where: { $0.link == link }) else {
      return
    }
    if place == 0 { stopDialling(connection.line) }
    connection.isOpen[place] = false
    connections[link] = nil
    tellEnded(connection, 1 - place, after: dice.number(1...50))
  }

  /// The process ends: its connections break, and it dials nobody.
  func leave(_ node: Int) {
    for line in dialling.keys where line.from == node { stopDialling(line) }
    let own = Set(connections.values.filter { $0.ends.contains { $0.node == node } }.map(\.number)).sorted()
    for number in own {
      guard let connection = connections[LinkID(number: number)] ?? connections[LinkID(number: number + 1)] else {
        continue
      }
      let place = connection.ends[0].node == node ? 0 : 1
      connection.isOpen[place] = false
      connections[connection.ends[place].link] = nil
      // A process that dies is mostly noticed at once, a machine only when it stays silent.
      tellEnded(connection, 1 - place, after: dice.isOne(in: 3) ? Self.heartbeatMilliseconds : dice.number(1...100))
    }
  }

  private func end(_ connection: Connection) {
    for place in 0...1 { tellEnded(connection, place, after: dice.number(0...1_000)) }
  }

  private func tellEnded(_ connection: Connection, _ place: Int, after delay: Int64) {
    time.after(delay) { [weak self] in
      guard let self, connection.isOpen[place] else { return }
      connection.isOpen[place] = false
      let (node, link) = connection.ends[place]
      self.connections[link] = nil
      self.endpoints[node].hear(.disconnected(link))
      // The transport goes on dialling by itself.
      if place == 0, self.dialling[connection.line]?.isOn == true {
        self.beginDialling(connection.line, after: self.dice.number(300...1_000))
      }
    }
  }

  // MARK: Frames

  func send(_ frame: [UInt8], on link: LinkID) {
    guard let connection = connections[link], let place = connection.ends.firstIndex(where: { $0.link == link }) else {
      return
    }
    let (from, to) = (connection.ends[place].node, connection.ends[1 - place].node)
    counters.frames += 1
    counters.bytes += UInt64(frame.count)
    if tracesFrames { trace.note(time.now, "\(from) → \(to) link \(link.number): \(FrameSummary(frame))") }
    let weather = weather(from: from, to: to)
    if isCut(from: from, to: to) || dice.happens(weather.loss) {
      counters.lost += 1
      return
    }
    var leaves = time.now
    if let rate = weather.bytesPerSecond {
      leaves = max(leaves, connection.directions[place].isBusyUntil)
      guard leaves - time.now < Self.queueMillisecondsMax else {
        counters.lost += 1
        return
      }
      leaves += Int64(frame.count) * 1_000 / max(1, rate)
      connection.directions[place].isBusyUntil = leaves
    }
    var arrival = leaves + dice.number(weather.delay)
    if dice.happens(weather.reordering) {
      arrival += dice.number(0...200)
    } else {
      arrival = max(arrival, connection.directions[place].lastArrival)
      connection.directions[place].lastArrival = arrival
    }
    let forged = forger?(from, frame)
    if forged != nil { counters.forged += 1 }
    deliver(altered(forged ?? frame, weather), connection, to: 1 - place, at: arrival)
    if dice.happens(weather.duplication) {
      deliver(frame, connection, to: 1 - place, at: arrival + dice.number(0...300))
    }
  }

  private func altered(_ frame: [UInt8], _ weather: LinkWeather) -> [UInt8] {
    guard weather.corruption > 0, dice.happens(weather.corruption), !frame.isEmpty else { return frame }
    counters.corrupted += 1
    var frame = frame
    if dice.isOne(in: 4) {
      frame.removeLast(Int.random(in: 1...frame.count, using: &dice))
      return frame
    }
    for _ in 0..<Int.random(in: 1...4, using: &dice) {
      let place = Int.random(in: frame.indices, using: &dice)
      frame[place] ^= UInt8(1) << UInt8.random(in: 0...7, using: &dice)
    }
    return frame
  }

  private func deliver(_ frame: [UInt8], _ connection: Connection, to place: Int, at arrival: Int64) {
    time.after(arrival - time.now) { [weak self] in
      guard let self, connection.isOpen[place] else { return }
      let (node, link) = connection.ends[place]
      let from = connection.ends[1 - place].node
      // What was on its way when the line was cut is lost too.
      if self.isCut(from: from, to: node) {
        self.counters.lost += 1
        return
      }
      self.trace.mix(UInt64(bitPattern: self.time.now) ^ UInt64(node) << 48)
      self.trace.mix(frame)
      self.endpoints[node].hear(.received(link, frame))
    }
  }
}

/// One node's end of the network, for its engine.
final class SimulatedLinks: PeerLinks {
  private let network: SimulatedNetwork
  private let node: Int

  init(_ network: SimulatedNetwork, node: Int) {
    self.network = network
    self.node = node
  }

  func send(_ frame: [UInt8], on link: LinkID) { network.send(frame, on: link) }
  func close(_ link: LinkID) { network.close(link, at: node) }
  func dial(_ node: NodeID) { network.dial(self.node, to: node, isBulk: false) }
  func undial(_ node: NodeID) { network.undial(self.node, to: node, isBulk: false) }
  func dialBulk(_ node: NodeID) { network.dial(self.node, to: node, isBulk: true) }
  func undialBulk(_ node: NodeID) { network.undial(self.node, to: node, isBulk: true) }
}
