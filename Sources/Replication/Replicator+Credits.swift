import OperationLog

/// Flow control: what a peer may send is granted in bytes of run content a lane, and granted anew once it is stored.
extension Replicator {
  /// The least that a peer is granted on the first lane, so that any run fits.
  private static let windowBytesMin = 256 * 1024

  /// What each peer may have on its way to our store, on a lane.
  func window(of lane: UInt8) -> Int { Self.window(of: lane, among: live.count, settings) }

  /// As above with so many live peers, so that nothing else of the state machine is looked at.
  private static func window(of lane: UInt8, among peers: Int, _ settings: ReplicationSettings) -> Int {
    if lane == Frame.Lane.bulk { return settings.bulkBytesMax }
    let share = settings.ingestBytesOfAllMax / max(1, peers)
    return min(settings.ingestBytesMax, max(windowBytesMin, share))
  }

  /// What HELLO grants; of an earlier session something may still wait for the store.
  func firstCredits(of node: NodeID) -> LanePair<UInt64> {
    let waiting = peers[node]?.ingestBytes ?? 0
    let first = max(0, Self.window(of: Frame.Lane.first, among: live.count, settings) - waiting)
    return LanePair(UInt64(first), UInt64(settings.bulkBytesMax))
  }

  /// The accounts of a new session, as both HELLOs say.
  mutating func beginAccounts(of node: NodeID, _ hello: Hello, announced: LanePair<UInt64>) {
    let givesCredit = peers[node]?.agrees(to: .credits, settings.features) ?? false
    for lane in Frame.Lane.known {
      peers[node]?.lanes[lane].begin(
        granted: givesCredit ? hello.credits[lane] : nil, announced: givesCredit ? announced[lane] : .max / 2)
    }
  }

  /// Grants what was stored meanwhile, when it is worth a frame.
  mutating func grantCredit(_ node: NodeID) {
    guard peers[node]?.isEstablished == true, peers[node]?.agrees(to: .credits, settings.features) == true else {
      return
    }
    for lane in Frame.Lane.known {
      let window = Self.window(of: lane, among: live.count, settings)
      guard let total = peers[node]?.lanes[lane].grant(window: window) else { continue }
      send(.credit(lane: lane, bytes: total), to: node)
    }
  }

  /// What a ping says of the accounts, and grants on that occasion.
  mutating func accountTotals(of node: NodeID) -> (sent: LanePair<UInt64>, granted: LanePair<UInt64>) {
    guard peers[node]?.agrees(to: .credits, settings.features) == true else {
      return (LanePair(0, 0), LanePair(0, 0))
    }
    var sent = LanePair<UInt64>(0, 0)
    var granted = LanePair<UInt64>(0, 0)
    for lane in Frame.Lane.known {
      let window = Self.window(of: lane, among: live.count, settings)
      _ = peers[node]?.lanes[lane].grant(window: window, always: true)
      sent[lane] = peers[node]?.lanes[lane].sent ?? 0
      granted[lane] = peers[node]?.lanes[lane].announced ?? 0
    }
    return (sent, granted)
  }

  /// Takes the accounts of the peer's ping.
  mutating func takeTotals(_ ping: Ping, from node: NodeID) {
    guard peers[node]?.agrees(to: .credits, settings.features) == true else { return }
    for lane in Frame.Lane.known {
      peers[node]?.lanes[lane].noteTold(ping.sent[lane])
      peers[node]?.lanes[lane].noteGranted(ping.granted[lane])
    }
  }

  /// More came than was granted, so it is dropped, and asked for again later. A little of that may come of frames that were
  /// told as lost; a mebibyte in a session costs the connection.
  mutating func refuseOverrun(_ bytes: Int, of node: NodeID) {
    peers[node]?.counters.runsDropped &+= 1
    peers[node]?.droppedBytes += bytes
    guard let peer = peers[node], peer.agrees(to: .credits, settings.features), let link = peer.link,
      peer.droppedBytes > settings.ingestBytesMax
    else { return }
    peers[node]?.counters.creditOverruns &+= 1
    drop(link, bye: .creditExceeded, redialAfter: settings.penaltyMilliseconds)
  }
}
