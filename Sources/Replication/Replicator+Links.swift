import OperationLog

/// Connections: greeting, the choice between two of them, parting, penalties.
extension Replicator {
  /// Joining connections that may be open at once, and how long each may take.
  private static let joiningLinksMax = 8
  private static let joiningMilliseconds: Int64 = 60_000
  /// Connections of one node that may be open at once.
  private static let linksPerNodeMax = 4
  /// How often a peer may begin anew on one connection: each time it is told all we hold.
  private static let restartsMax = 8

  mutating func connect(_ id: LinkID, dialed: Bool, _ authentication: PeerAuthentication) {
    if links[id] != nil { disconnect(id) }
    guard case .node(let node) = authentication else { return connectJoining(id, dialed: dialed) }
    guard node != identity.node else { return emit(.close(id)) }
    ensurePeer(node)
    if dialed, case .parked = peers[node]?.dialer {
      // It came about before the transport heard that nobody is to be dialled.
      return emit(.close(id))
    }
    let olderLinks = links.values.filter { $0.node == node && (!dialed || $0.isDialed) && $0.lane == Frame.Lane.first }
      .sorted { $0.id < $1.id }
    if dialed {
      // A neighbour is dialled by one socket a lane, so an older dialled connection is gone.
      for link in olderLinks { disconnect(link.id) }
    } else if olderLinks.count >= Self.linksPerNodeMax,
      let oldest = olderLinks.first(where: { $0.id != peers[node]?.link })
    {
      drop(oldest.id, bye: .superseded)
    }
    if dialed { peers[node]?.dialer = .free }
    add(Link(id: id, node: node, isDialed: dialed, nonce: nextNumber(), connectedAt: now, helloAt: now))
    if let reason = refusal(of: node) {
      let pause = (peers[node]?.penaltyUntil ?? now) - now
      return drop(id, bye: reason, redialAfter: max(pause, settings.penaltyMilliseconds))
    }
    sayHello(on: id, wantsHello: false)
  }

  private mutating func connectJoining(_ id: LinkID, dialed: Bool) {
    let joining = links.values.filter { $0.node == nil }.map(\.id).sorted()
    if joining.count >= Self.joiningLinksMax, let oldest = joining.first { drop(oldest, bye: .superseded) }
    add(Link(id: id, node: nil, isDialed: dialed, nonce: nextNumber(), connectedAt: now, helloAt: now))
  }

  mutating func add(_ link: Link) {
    links[link.id] = link
    greeting.insert(link.id)
  }

  mutating func remove(_ id: LinkID) {
    links[id] = nil
    greeting.remove(id)
  }

  /// Why the node is not talked to now; nil when it is.
  private func refusal(of node: NodeID) -> ByeReason? {
    guard let peer = peers[node] else { return nil }
    if peer.isRevoked { return .revoked }
    if peer.isPaused { return .paused }
    if let until = peer.penaltyUntil, now < until { return .garbage }
    return nil
  }

  mutating func sayHello(on id: LinkID, wantsHello: Bool) {
    guard let link = links[id], let node = link.node else { return }
    let digest = held.digest(hashing: hashing)
    links[id]?.helloVector = held.vector
    links[id]?.helloDigest = digest
    links[id]?.helloAt = now
    let hello = Hello(
      protocolMin: settings.protocols.lowerBound, protocolMax: settings.protocols.upperBound,
      cluster: identity.cluster, features: settings.features, node: identity.node, stream: identity.stream,
      nonce: link.nonce, lane: link.lane, isDialer: link.isDialed, wantsHello: wantsHello, site: identity.site,
      program: identity.program, wall: wall, vectorDigest: digest, credits: firstCredits(of: node),
      yours: heldHeads(of: node))
    links[id]?.helloCredits = hello.credits
    send(.hello(hello), on: id)
  }

  /// What is held of a node's streams, in order: of many the one it last said it writes, and those that grew last.
  private func heldHeads(of node: NodeID) -> [HeldHead] {
    let current = peers[node]?.hello?.stream
    let newest = directory.filter { $0.value == node && held.hash(of: $0.key) != nil }.keys.sorted { left, right in
      let (leftAt, rightAt) = (held.grownAt(left) ?? .min, held.grownAt(right) ?? .min)
      return (left == current ? 0 : 1, rightAt, left) < (right == current ? 0 : 1, leftAt, right)
    }
    return newest.prefix(Frame.Limit.ownStreams).sorted().compactMap { stream in
      held.hash(of: stream).map { HeldHead(stream: stream, sequence: held.vector[stream], hash: $0) }
    }
  }

  /// The other side's HELLO: the session begins, begins again, or must not be.
  mutating func greet(_ hello: Hello, on id: LinkID) {
    guard let link = links[id], let node = link.node else { return }
    let pause = settings.penaltyMillisecondsMax
    if let reason = refusal(of: node) { return drop(id, bye: reason) }
    guard hello.node == node else { return drop(id, bye: .wrongNode, redialAfter: pause) }
    guard hello.cluster == identity.cluster else { return drop(id, bye: .wrongCluster, redialAfter: pause) }
    guard settings.protocols.overlaps(hello.protocolMin...hello.protocolMax) else {
      return drop(id, bye: .protocolRange, redialAfter: pause)
    }
    if !link.isDialed {
      // One connection is one lane's for as long as it lasts.
      if link.peerNonce != nil, link.lane != hello.lane { return punish(id) }
      links[id]?.lane = hello.lane
    }
    if links[id]?.lane == Frame.Lane.bulk { return attachBulk(id, of: node, hello) }
    let isRepeated = link.peerNonce == hello.nonce
    let isRestarted = link.peerNonce != nil && !isRepeated
    links[id]?.peerNonce = hello.nonce
    if isRestarted {
      links[id]?.restarts += 1
      if link.restarts >= Self.restartsMax { return punish(id) }
    }
    // A peer that began anew on the same connection has lost our HELLO too.
    if hello.wantsHello || isRestarted { sayHello(on: id, wantsHello: false) }
    if isRepeated { return }
    guard let current = peers[node]?.link, current != id, let other = links[current] else {
      return beginSession(node, on: id, hello)
    }
    // Of two connections the one dialled by the lower node stays; of two in one direction the newer.
    let keepsDialed = identity.node < node
    if other.isDialed == link.isDialed || link.isDialed == keepsDialed {
      let isDuplicate = other.isDialed != link.isDialed
      beginSession(node, on: id, hello)
      drop(current, bye: isDuplicate ? .duplicate : .superseded)
    } else {
      drop(id, bye: .duplicate)
    }
  }

  private mutating func beginSession(_ node: NodeID, on id: LinkID, _ hello: Hello) {
    guard let link = links[id] else { return }
    let wasUp = peers[node]?.isEstablished == true
    if wasUp {
      releaseWants(of: node)
      hangUpBulk(of: node)
    }
    peers[node]?.beginSession(on: id, hello: hello, now: now, wall: wall)
    greeting.remove(id)
    noteLive(node)
    let protocolVersion = min(hello.protocolMax, settings.protocols.upperBound)
    peers[node]?.protocolVersion = protocolVersion
    beginAccounts(of: node, hello, announced: link.helloCredits)
    planHolds()
    peers[node]?.counters.sessions &+= 1
    if case .parked = peers[node]?.dialer { peers[node]?.dialer = .parked(until: nil) }
    if !link.isDialed { spareDialling(of: node) }
    if !wasUp { emit(.peerChanged(node, .live)) }
    for head in hello.yours where head.stream == identity.stream {
      noteOwnStream(StreamPosition(stream: head.stream, sequence: head.sequence), hash: head.hash, of: node)
    }
    if hello.vectorDigest == link.helloDigest {
      peers[node]?.becomeEqual(to: link.helloVector, now: now)
      for missing in link.helloVector.lacking(from: held.vector) {
        peers[node]?.serve(missing.stream, from: missing.from, to: missing.to, now: now)
      }
    } else {
      sendVector(to: node, wantsReply: false)
    }
    // One side is enough for a start, so that greeting an equal node stays cheap.
    if link.isDialed { ping(node) } else { peers[node]?.pingedAt = now }
  }

  /// The peer has reached us: while that session lives, nothing is gained by reaching it too, and a second greeting would cost as
  /// much as the first. Not where our own connection is there already, for then the one that the lower node dialled stays.
  private mutating func spareDialling(of node: NodeID) {
    guard peers[node]?.dialer == .free,
      !links.values.contains(where: { $0.node == node && $0.isDialed && $0.lane == Frame.Lane.first })
    else { return }
    peers[node]?.dialer = .parked(until: nil)
    emit(.undial(node))
  }

  /// The peer's session ends and nothing takes its place.
  private mutating func endSession(_ node: NodeID) {
    releaseWants(of: node)
    hangUpBulk(of: node)
    peers[node]?.endSession()
    noteLive(node)
    planHolds()
    if case .parked(until: nil) = peers[node]?.dialer {
      let until = now + redialDelay(of: node)
      peers[node]?.dialer = .parked(until: until)
    }
    emit(.peerChanged(node, peers[node]?.isPaused == true ? .paused : .down))
  }

  /// The lower node tries first, so that both sides do not go on colliding.
  private func redialDelay(of node: NodeID) -> Int64 {
    identity.node < node ? settings.redialMilliseconds : 4 * settings.redialMilliseconds
  }

  /// The transport says that the connection is gone.
  mutating func disconnect(_ id: LinkID) {
    guard let link = links[id] else { return }
    remove(id)
    guard let node = link.node else { return }
    if peers[node]?.bulkLink == id { loseBulk(of: node) }
    if peers[node]?.link == id { endSession(node) }
  }

  /// Ends a connection from our side. A dialled one is dialled again after `redialAfter`, or, when that is nil, when the
  /// session on the other connection ends.
  mutating func drop(_ id: LinkID, bye reason: ByeReason? = nil, redialAfter: Int64? = nil) {
    guard let link = links[id] else { return }
    if let reason { send(.bye(reason), on: id) }
    remove(id)
    emit(.close(id))
    guard let node = link.node else { return }
    if link.lane == Frame.Lane.bulk {
      if link.isDialed { peers[node]?.isBulkDialed = false }
      if peers[node]?.bulkLink == id { loseBulk(of: node) }
      return
    }
    if let reason, reason != .duplicate, reason != .superseded { peers[node]?.lastByeSent = reason }
    if peers[node]?.link == id { endSession(node) }
    guard link.isDialed else { return }
    if let redialAfter {
      peers[node]?.dialer = .parked(until: now + redialAfter)
    } else if peers[node]?.isEstablished == true {
      peers[node]?.dialer = .parked(until: nil)
    } else {
      let until = now + redialDelay(of: node)
      peers[node]?.dialer = .parked(until: until)
    }
  }

  /// The other side parts.
  mutating func part(_ reason: ByeReason, on id: LinkID) {
    guard let link = links[id] else { return }
    if let node = link.node, link.lane == Frame.Lane.first, reason != .duplicate, reason != .superseded {
      peers[node]?.lastBye = reason
    }
    switch reason {
    case .duplicate, .superseded: drop(id)
    case .silent, .creditExceeded: drop(id, redialAfter: settings.penaltyMilliseconds)
    case .shutdown: drop(id, redialAfter: settings.penaltyMilliseconds)
    case .garbage: drop(id, redialAfter: settings.penaltyMillisecondsMax / 6)
    // Nobody tells us when it is resumed there: asked as often as a silent link is pinged.
    case .paused: drop(id, redialAfter: settings.pingMilliseconds)
    default: drop(id, redialAfter: settings.penaltyMillisecondsMax)
    }
  }

  /// What came is no frame, or not allowed here: counted, and the pause grows each time.
  mutating func punish(_ id: LinkID) {
    guard let link = links[id] else { return }
    guard let node = link.node else {
      joiningGarbage &+= 1
      return drop(id, bye: .garbage)
    }
    peers[node]?.counters.garbage &+= 1
    if let last = peers[node]?.garbageAt, now - last > settings.forgiveMilliseconds { peers[node]?.penaltyLevel = 0 }
    peers[node]?.garbageAt = now
    let level = min(peers[node]?.penaltyLevel ?? 0, 16)
    let pause = min(settings.penaltyMilliseconds << level, settings.penaltyMillisecondsMax)
    peers[node]?.penaltyLevel = level + 1
    peers[node]?.penaltyUntil = now + pause
    drop(id, bye: .garbage, redialAfter: pause)
  }

  mutating func refuseKey(of node: NodeID) {
    ensurePeer(node)
    guard peers[node]?.isEstablished == false, peers[node]?.isKeyRefused == false else { return }
    peers[node]?.isKeyRefused = true
    emit(.peerChanged(node, .keyRefused))
  }

  mutating func changeNeighbours(_ neighbours: [Neighbour]) {
    watch.areNeighboursKnown = true
    let named = Set(neighbours.map(\.node))
    for node in order where !named.contains(node) && peers[node]?.isNeighbour == true {
      peers[node]?.isNeighbour = false
      for link in links.values.filter({ $0.node == node && $0.isDialed }).map(\.id).sorted() {
        drop(link, bye: .notNeighbour, redialAfter: 0)
      }
      peers[node]?.dialer = .none
    }
    for neighbour in neighbours.sorted(by: { $0.node < $1.node }) where neighbour.node != identity.node {
      ensurePeer(neighbour.node, site: neighbour.site)
      peers[neighbour.node]?.isNeighbour = true
      if peers[neighbour.node]?.hello == nil { peers[neighbour.node]?.site = neighbour.site }
      guard neighbour.isDialed, peers[neighbour.node]?.dialer == PeerSession.Dialer.none else { continue }
      guard peers[neighbour.node]?.isPaused == false, peers[neighbour.node]?.isRevoked == false else { continue }
      peers[neighbour.node]?.dialer = .free
      emit(.dial(neighbour.node))
    }
  }

  mutating func pause(_ node: NodeID) {
    ensurePeer(node)
    guard peers[node]?.isPaused == false else { return }
    peers[node]?.isPaused = true
    emit(.peerChanged(node, .paused))
    dropAll(of: node, bye: .paused)
  }

  mutating func resume(_ node: NodeID) {
    guard peers[node]?.isPaused == true else { return }
    peers[node]?.isPaused = false
    // A person wants the link now: a pause that began before, such as after the peer's own BYE, counts no more.
    if case .parked = peers[node]?.dialer { peers[node]?.dialer = .parked(until: now) }
    emit(.peerChanged(node, .connecting))
    redialWhenDue(node)
  }

  mutating func revoke(_ node: NodeID) {
    ensurePeer(node)
    peers[node]?.isRevoked = true
    dropAll(of: node, bye: .revoked)
  }

  private mutating func dropAll(of node: NodeID, bye reason: ByeReason) {
    for link in links.values.filter({ $0.node == node }).map(\.id).sorted() {
      drop(link, bye: reason, redialAfter: 0)
    }
    // Without a connection too, the transport shall stop dialling; a dialled link said so by its close.
    if case .free = peers[node]?.dialer {
      peers[node]?.dialer = .parked(until: now)
      emit(.undial(node))
    }
  }

  mutating func stop() {
    for link in links.keys.sorted() { drop(link, bye: .shutdown, redialAfter: settings.penaltyMillisecondsMax) }
  }

  /// Dials a parked neighbour again when its time has come.
  mutating func redialWhenDue(_ node: NodeID) {
    guard let peer = peers[node], !peer.isPaused, !peer.isRevoked else { return }
    guard case .parked(until: let until?) = peer.dialer, now >= until else { return }
    if peer.isEstablished {
      peers[node]?.dialer = .parked(until: nil)
    } else {
      peers[node]?.dialer = .free
      emit(.dial(node))
    }
  }

  /// Repeats HELLO and gives up connections on which nothing comes about.
  mutating func tickLinks() {
    for id in greeting.sorted() {
      guard let link = links[id] else { continue }
      guard let node = link.node else {
        if now - link.connectedAt >= Self.joiningMilliseconds { drop(id) }
        continue
      }
      guard peers[node]?.link != id, peers[node]?.bulkLink != id else { continue }
      if now - link.connectedAt >= settings.greetingMillisecondsMax {
        drop(id, bye: .silent, redialAfter: settings.penaltyMilliseconds)
      } else if now - link.helloAt >= settings.helloRepeatMilliseconds {
        sayHello(on: id, wantsHello: true)
      }
    }
  }

  /// When `tickLinks` has something to do.
  var linksWakeup: Int64? {
    greeting.compactMap { id -> Int64? in
      guard let link = links[id] else { return nil }
      guard link.node != nil else { return link.connectedAt + Self.joiningMilliseconds }
      return min(link.connectedAt + settings.greetingMillisecondsMax, link.helloAt + settings.helloRepeatMilliseconds)
    }.min()
  }

  mutating func answerJoin(_ link: LinkID, _ isAdmitted: Bool, _ bytes: [UInt8]) {
    guard let state = links[link], state.node == nil, !state.isDialed else { return }
    send(isAdmitted ? .welcome(bytes) : .refuse(bytes), on: link)
  }
}
