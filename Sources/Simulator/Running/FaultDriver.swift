import Helpdesk
import OpenSSLCrypto
import OperationLog
import Replication
import Store

/// Brings faults about, and their ends.
///
/// Confined to the thread of its simulation.
final class FaultDriver {
  private let cluster: SimulatedCluster
  private let ledger: Ledger
  private let kinds: [FaultKind]
  private var dice: [FaultKind: Dice] = [:]
  private let factor: Int
  private var isOver = false
  /// Lets people be busy while somebody reads nothing.
  var onFreeze: (() -> Void)?
  private(set) var counts: [FaultKind: Int] = [:]
  private var images: [(node: Int, image: DiskImage, vector: VersionVector)] = []

  init(_ cluster: SimulatedCluster, _ ledger: Ledger, kinds: Set<FaultKind>, rate: Int = 1) {
    factor = rate
    self.cluster = cluster
    self.ledger = ledger
    self.kinds = kinds.sorted()
    for kind in kinds { dice[kind] = Dice(seed: cluster.shape.seed, "fault " + kind.rawValue) }
    cluster.onLostPower = { [weak self] node in self?.startAgain(node, .commit) }
  }

  /// Gives some nodes an older program; to be called before they start.
  func choosePrograms() {
    guard kinds.contains(.versions) else { return }
    for node in cluster.nodes where roll(.versions, 1...3) == 1 { node.isOld = true }
  }

  /// What holds from the beginning: weather and clocks.
  func begin() {
    for kind in kinds {
      switch kind {
      case .loss, .duplication, .reordering, .delay, .corruption: changeWeather(kind)
      case .skew:
        for node in cluster.nodes where roll(kind, 1...2) == 1 { node.clockOffset = roll(kind, -tenYears...tenYears) }
      case .forgery: cluster.network.forger = { [weak self] from, frame in self?.forged(from, frame) }
      default: continue
      }
    }
  }

  private let tenYears: Int64 = 10 * 365 * 24 * 3_600_000

  /// How many of 10,000 steps bring each kind about.
  private func rate(_ kind: FaultKind) -> Int {
    switch kind {
    case .partition: 60
    case .oneway: 40
    case .loss, .duplication, .reordering, .delay: 20
    case .corruption: 10
    case .forgery: 0
    case .thin: 20
    case .frozen: 40
    case .kill: 25
    case .power: 25
    case .commit: 40
    case .disk: 15
    case .full: 15
    case .skew: 10
    case .jump: 20
    case .absence: 5
    case .versions: 10
    case .restore, .clone: 8
    }
  }

  private func roll(_ kind: FaultKind, _ range: ClosedRange<Int64>) -> Int64 {
    var own = dice[kind] ?? Dice(seed: 0)
    defer { dice[kind] = own }
    return own.number(range)
  }

  private func node(_ kind: FaultKind) -> SimulatedNode {
    cluster.nodes[Int(roll(kind, 0...Int64(cluster.nodes.count - 1)))]
  }

  /// Lets a step's faults happen.
  func step() {
    if kinds.contains(.restore), roll(.restore, 0...49) == 0 { backUp() }
    for kind in kinds where roll(kind, 0...9_999) < Int64(rate(kind) * factor) {
      counts[kind, default: 0] += 1
      cluster.trace.note(cluster.now, "fault: \(kind.rawValue)")
      happen(kind)
    }
  }

  private func happen(_ kind: FaultKind) {
    switch kind {
    case .partition, .oneway: cut(kind)
    case .loss, .duplication, .reordering, .delay, .corruption: changeWeather(kind)
    case .thin: thin()
    case .frozen: freeze()
    case .kill: stop(node(kind), .kill, kind)
    case .power:
      stop(
        node(kind),
        .powerCut(roll(kind, 0...2) == 0 ? .everything : roll(kind, 0...1) == 0 ? .allButPrefix : .randomSubset), kind)
    case .commit: cutInCommit()
    case .disk: failDisk()
    case .full: fill()
    case .skew: node(kind).clockOffset = roll(kind, -tenYears...tenYears)
    case .jump: node(kind).clockOffset += roll(kind, -3_600_000...3_600_000)
    case .absence: absent()
    case .versions: upgrade(node(kind))
    case .restore: restore()
    case .clone: copy()
    case .forgery: break
    }
  }

  /// Does something later unless the faults are over by then.
  private func later(_ delay: Int64, _ action: @escaping () -> Void) {
    cluster.time.after(delay) { [weak self] in
      if self?.isOver == false { action() }
    }
  }

  // MARK: Wires

  private func cut(_ kind: FaultKind) {
    let count = cluster.nodes.count
    guard count > 1 else { return }
    let aside = Set(cluster.nodes.indices.filter { _ in roll(kind, 0...2) == 0 })
    let network = cluster.network
    var ways: [(Int, Int)] = []
    for from in cluster.nodes.indices {
      for to in cluster.nodes.indices where aside.contains(from) != aside.contains(to) {
        if kind == .oneway, aside.contains(to) { continue }
        ways.append((from, to))
      }
    }
    for (from, to) in ways { network.setCut(true, from: from, to: to) }
    later(roll(kind, 500...40_000)) { for (from, to) in ways { network.setCut(false, from: from, to: to) } }
  }

  private func changeWeather(_ kind: FaultKind) {
    let network = cluster.network
    for from in cluster.nodes.indices {
      for to in cluster.nodes.indices where from != to && roll(kind, 0...1) == 0 {
        var weather = network.weather(from: from, to: to)
        switch kind {
        case .loss: weather.loss = Int(roll(kind, 0...1_500))
        case .duplication: weather.duplication = Int(roll(kind, 0...1_000))
        case .reordering: weather.reordering = Int(roll(kind, 0...3_000))
        case .corruption: weather.corruption = Int(roll(kind, 0...40))
        default:
          let least = roll(kind, 1...300)
          weather.delay = least...least + roll(kind, 0...300)
        }
        network.setWeather(weather, from: from, to: to)
      }
    }
  }

  private func thin() {
    let from = node(.thin).number
    let to = node(.thin).number
    guard from != to else { return }
    let network = cluster.network
    var weather = network.weather(from: from, to: to)
    weather.bytesPerSecond = roll(.thin, 1_000...8_000)
    network.setWeather(weather, from: from, to: to)
    later(roll(.thin, 5_000...60_000)) {
      var weather = network.weather(from: from, to: to)
      weather.bytesPerSecond = nil
      network.setWeather(weather, from: from, to: to)
    }
  }

  /// Alters the last operation of a run now and then, and follows the chain anew; only the signature cannot be made.
  private func forged(_ from: Int, _ bytes: [UInt8]) -> [UInt8]? {
    guard !isOver, roll(.forgery, 0...299) == 0 else { return nil }
    let hashing = SHA256Hashing()
    // Bytes that are no frame of operations are left alone.
    guard let frame = try? Frame(decoding: bytes, hashing: hashing), case .operations(var run) = frame,
      let chain = ledger.chain(before: run, hashing: hashing), !run.records.isEmpty
    else { return nil }
    let last = run.records.count - 1
    if let text = run.records[last].text, !text.isEmpty, roll(.forgery, 0...2) == 0 {
      run.records[last].text = Array(text.dropLast()) + [UInt8(ascii: "!")]
      return Frame.operations(run).encoded(hashing: hashing)
    }
    // What an old program could not read is left alone.
    guard var header = try? OperationHeader(decoding: run.records[last].header) else { return nil }
    header.lamport += 1
    run.records[last].header = header.encoded()
    var forged = chain
    for record in run.records { forged.append(record.header, hashing: hashing) }
    run.head.hash = forged.hash
    return Frame.operations(run).encoded(hashing: hashing)
  }

  // MARK: Processes

  private func freeze() {
    let node = node(.frozen)
    guard node.isUp, !node.isFrozen else { return }
    let boot = node.boot
    node.setFrozen(true)
    // Many long texts cost much time, so they are for few freezes unless faults are to happen often.
    let isBusy = roll(.frozen, 0...(factor > 1 ? 2 : 9)) == 0
    if isBusy { onFreeze?() }
    later(roll(.frozen, (isBusy ? 8_000 : 500)...30_000)) { [ledger] in
      guard node.boot == boot else { return }
      ledger.checkMemory()
      node.setFrozen(false)
    }
  }

  private func stop(_ node: SimulatedNode, _ end: SimulatedNode.End, _ kind: FaultKind) {
    guard node.isUp else { return }
    node.end(end)
    startAgain(node, kind)
  }

  private func startAgain(_ node: SimulatedNode, _ kind: FaultKind) {
    if isOver { return start(node) }
    // Whatever kind it was, the pause is drawn from a generator that exists.
    let kind = dice[kind] == nil ? kinds[0] : kind
    later(roll(kind, 100...20_000)) { [weak self] in self?.start(node) }
  }

  private func start(_ node: SimulatedNode) {
    guard !node.isUp, !node.isRetired else { return }
    do {
      try node.start()
    } catch {
      ledger.report(.noLostWrite, "\(node.code) cannot be started again: \(error)")
    }
  }

  private func upgrade(_ node: SimulatedNode) {
    guard node.isUp, node.isOld else { return }
    node.end(.stop)
    node.isOld = false
    startAgain(node, .versions)
  }

  /// One node is off, or cut off, while weeks pass for everybody.
  private func absent() {
    let node = node(.absence)
    let weeks = roll(.absence, 1...12)
    if roll(.absence, 0...1) == 0 { stop(node, .stop, .absence) }
    later(roll(.absence, 100...5_000)) { [cluster] in cluster.lateness += weeks * 7 * 24 * 3_600_000 }
  }

  // MARK: Disks

  private func cutInCommit() {
    let node = node(.commit)
    guard node.isUp else { return }
    let losses: [DiskLoss] = [.everything, .allButPrefix, .randomSubset]
    node.disk.cutPower(afterChanges: Int(roll(.commit, 0...24)), losses[Int(roll(.commit, 0...2))])
  }

  private func failDisk() {
    let node = node(.disk)
    guard node.isUp else { return }
    let after = Int(roll(.disk, 0...20))
    switch roll(.disk, 0...1) {
    case 0: node.disk.failWrites(after: after, times: Int(roll(.disk, 1...3)))
    default: node.disk.failSyncs(after: after / 4, times: 1)
    }
  }

  private func fill() {
    let node = node(.full)
    guard node.isUp else { return }
    node.disk.setCapacity(bytes: node.disk.bytesUsed + Int(roll(.full, 0...60_000)))
    later(roll(.full, 1_000...20_000)) { node.disk.setCapacity(bytes: nil) }
  }

  /// Keeps an image of some node's disk; the oldest of five is restored first.
  private func backUp() {
    let node = node(.restore)
    guard node.isUp, node.number == node.original else { return }
    if images.count >= 5 { images.removeFirst() }
    images.append((node.number, node.disk.snapshot(), node.vector))
  }

  private func restore() {
    let node = node(.restore)
    guard let (number, image, vector) = images.first(where: { $0.node == node.number }) ?? images.first else { return }
    let target = cluster.nodes[number]
    guard target.isUp else { return }
    target.end(.kill)
    // What only that disk held is gone with it; everything that another office holds must come back.
    ledger.noteRestored(target)
    target.takeBack(to: image, holding: vector)
    startAgain(target, .restore)
  }

  /// A node's disk goes to work on a second machine until a person notices; the machine may be the very image of the first.
  private func copy() {
    let node = node(.clone)
    guard let stream = node.store?.home.stream, node.number == node.original,
      !cluster.nodes.contains(where: { $0.original == node.number && $0 !== node && !$0.isRetired })
    else { return }
    ledger.noteCopied(node.name, stream)
    let copy = cluster.addCopy(of: node)
    if roll(.clone, 0...1) == 0 { copy.machine = 2 }
    start(copy)
    later(roll(.clone, 3_000...60_000)) { [weak self] in self?.retire(copy) }
  }

  private func retire(_ copy: SimulatedNode) {
    ledger.noteRetired(copy)
    copy.end(.stop)
    copy.isRetired = true
  }

  // MARK: The end

  /// Ends all faults: wires are whole, disks have room, every node runs the newest program.
  func heal() {
    isOver = true
    cluster.network.forger = nil
    let network = cluster.network
    for node in cluster.nodes {
      for other in cluster.nodes where node !== other {
        network.setWeather(LinkWeather(), from: node.number, to: other.number)
        network.setCut(false, from: node.number, to: other.number)
      }
      if node.number != node.original, !node.isRetired {
        retire(node)
        continue
      }
      if node.isRetired { continue }
      node.disk.heal()
      node.setFrozen(false)
      if node.isOld {
        node.end(.stop)
        node.isOld = false
      }
      start(node)
    }
  }
}
