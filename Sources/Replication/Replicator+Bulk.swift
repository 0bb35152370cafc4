import OperationLog

/// The second connection between two nodes, for bulk: dialled by whoever dialled the first, when there is much to catch up
/// with, and hung up when it is idle. It carries runs and nothing else; without it everything goes on the first lane.
extension Replicator {
  /// Asks the transport for the bulk lane once it is worth a connection.
  mutating func dialBulkWhenWanted(_ node: NodeID) {
    // Asked of every peer after every event, so that the session is not taken out of its place for it.
    guard peers[node]?.isBulkWanted == true, peers[node]?.isBulkDialed == false, peers[node]?.bulkLink == nil,
      let link = peers[node]?.link, links[link]?.isDialed == true,
      peers[node]?.agrees(to: .bulkLane, settings.features) == true
    else { return }
    peers[node]?.isBulkDialed = true
    peers[node]?.isBulkWanted = false
    peers[node]?.bulkUsedAt = now
    emit(.dialBulk(node))
  }

  /// The transport has it.
  mutating func connectBulk(_ id: LinkID, _ node: NodeID) {
    if links[id] != nil { disconnect(id) }
    guard peers[node]?.isEstablished == true, peers[node]?.isBulkDialed == true else { return emit(.close(id)) }
    for older in links.values.filter({ $0.node == node && $0.isDialed && $0.lane == Frame.Lane.bulk }).map(\.id)
      .sorted()
    {
      disconnect(older)
    }
    add(
      Link(
        id: id, node: node, isDialed: true, lane: Frame.Lane.bulk, nonce: nextNumber(), connectedAt: now, helloAt: now))
    sayHello(on: id, wantsHello: false)
  }

  /// The other side's HELLO on it: it belongs to the session from now on.
  mutating func attachBulk(_ id: LinkID, of node: NodeID, _ hello: Hello) {
    guard peers[node]?.isEstablished == true, peers[node]?.agrees(to: .bulkLane, settings.features) == true else {
      return drop(id, bye: .superseded)
    }
    if hello.wantsHello { sayHello(on: id, wantsHello: false) }
    links[id]?.peerNonce = hello.nonce
    greeting.remove(id)
    guard let current = peers[node]?.bulkLink, current != id else {
      peers[node]?.bulkLink = id
      peers[node]?.bulkUsedAt = now
      return
    }
    drop(current, bye: .superseded)
    peers[node]?.bulkLink = id
    peers[node]?.bulkUsedAt = now
  }

  /// What was on its way on it may be lost: it is announced on the first lane, and asked for again.
  mutating func loseBulk(of node: NodeID) {
    peers[node]?.bulkLink = nil
    let streams = (peers[node]?.inFlight ?? [:]).filter { $0.value.last?.lane == Frame.Lane.bulk }.keys.sorted()
    for stream in streams {
      peers[node]?.forgetSent(stream, from: 1)
      peers[node]?.stopServing(stream)
    }
    announce(streams, to: node)
  }

  /// Ends it together with the session.
  mutating func hangUpBulk(of node: NodeID) {
    if let bulk = peers[node]?.bulkLink {
      peers[node]?.bulkLink = nil
      remove(bulk)
      emit(.close(bulk))
    } else if peers[node]?.isBulkDialed == true {
      // One that is still greeting is closed, or the other side would go on sending where nobody listens.
      for link in links.values.filter({ $0.node == node && $0.lane == Frame.Lane.bulk }).map(\.id).sorted() {
        remove(link)
        emit(.close(link))
      }
      emit(.undialBulk(node))
    }
    peers[node]?.isBulkDialed = false
    peers[node]?.isBulkWanted = false
  }

  /// Hangs it up when nothing was sent on it for a while; only the side that dialled it does.
  mutating func tickBulk(_ node: NodeID) {
    guard let peer = peers[node], peer.isBulkDialed, now - peer.bulkUsedAt >= settings.bulkIdleMilliseconds else {
      return
    }
    if let bulk = peer.bulkLink { drop(bulk, bye: .shutdown) } else { hangUpBulk(of: node) }
  }
}
