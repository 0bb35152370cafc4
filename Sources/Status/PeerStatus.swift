/// What this node knows about one neighbour. Nil means "not known".
package struct PeerStatus: Sendable, Equatable, Decodable {
  /// Code of the peer's site (`MAD`).
  package var site: String
  package var link: PeerLink
  /// Operations the peer has not acknowledged.
  package var outOperations: Int64?
  /// Age of the oldest of them; nil when there is none or it is not known.
  package var oldestOutSeconds: Int64?
  /// Operations the peer says it has and we lack.
  package var inOperations: Int64?
  /// How far our copy of the peer's own work is behind, in time.
  package var lagSeconds: Double?
  /// Encoded size of what waits for the peer.
  package var backlogBytes: Int64?
  package var rttSeconds: Double?
  /// Since the last frame received from the peer; nil when there was none since the node started.
  package var lastContactSeconds: Int64?
  /// The peer's wall clock minus ours, corrected by half the round trip.
  package var clockOffsetSeconds: Double?
  package var version: String?
  package var protocolVersion: Int?

  /// The site's name for people (`Madrid`).
  package var name: String?
  /// Open conflicts between a change of ours and one of the peer's.
  package var conflictsOpen: Int64?
  /// How the peer's state digest compares with ours.
  package var digest: DigestComparison?
  /// Operations from this peer that failed chain or signature since the node started.
  package var refusedOperations: Int64?
  /// Rates, credits and stalls.
  package var flow: PeerFlow?
  /// Set while a person has stopped the link.
  package var pause: PauseStatus?
  /// Frames from this peer that were refused since the node started, by reason (`garbage`, `gap`, `overflow`, …).
  package var refusedFrames: [String: Int64]?
  /// How long ago the last of them came.
  package var lastRefusedFrameSeconds: Int64?
  /// True while the load the peer reports cannot be true: no custody is moved there by rules.
  package var isLoadImplausible: Bool?
  /// Why the peer parted last (`wrong_cluster`, `protocol_range`, …); nil once a session began since.
  package var partedBecause: String?

  package init(
    site: String, name: String? = nil, link: PeerLink, outOperations: Int64? = nil, oldestOutSeconds: Int64? = nil,
    inOperations: Int64? = nil, lagSeconds: Double? = nil, backlogBytes: Int64? = nil, rttSeconds: Double? = nil,
    lastContactSeconds: Int64? = nil, clockOffsetSeconds: Double? = nil, version: String? = nil,
    protocolVersion: Int? = nil, conflictsOpen: Int64? = nil, digest: DigestComparison? = nil,
    refusedOperations: Int64? = nil, flow: PeerFlow? = nil, pause: PauseStatus? = nil,
    refusedFrames: [String: Int64]? = nil, lastRefusedFrameSeconds: Int64? = nil, isLoadImplausible: Bool? = nil,
    partedBecause: String? = nil
  ) {
    self.site = site
    self.name = name
    self.link = link
    self.outOperations = outOperations
    self.oldestOutSeconds = oldestOutSeconds
    self.inOperations = inOperations
    self.lagSeconds = lagSeconds
    self.backlogBytes = backlogBytes
    self.rttSeconds = rttSeconds
    self.lastContactSeconds = lastContactSeconds
    self.clockOffsetSeconds = clockOffsetSeconds
    self.version = version
    self.protocolVersion = protocolVersion
    self.conflictsOpen = conflictsOpen
    self.digest = digest
    self.refusedOperations = refusedOperations
    self.flow = flow
    self.pause = pause
    self.refusedFrames = refusedFrames
    self.lastRefusedFrameSeconds = lastRefusedFrameSeconds
    self.isLoadImplausible = isLoadImplausible
    self.partedBecause = partedBecause
  }

  /// When the peer will have everything at the present rate, in seconds; 0 when nothing waits, nil when it cannot be said.
  package var outSecondsLeft: Double? { Self.secondsLeft(outOperations, flow?.outPerSecond, link) }

  /// When we will have everything of the peer at the present rate, in seconds.
  package var inSecondsLeft: Double? { Self.secondsLeft(inOperations, flow?.inPerSecond, link) }

  private static func secondsLeft(_ count: Int64?, _ rate: Double?, _ link: PeerLink) -> Double? {
    guard let count else { return nil }
    if count == 0 { return 0 }
    guard link.isConnected, let rate, rate.isFinite, rate > 0 else { return nil }
    return Double(count) / rate
  }

  /// Code and name as a sentence uses them: `MAD Madrid`.
  var title: String { name.map { "\(site) \($0)" } ?? site }

  private enum CodingKeys: String, CodingKey {
    case site, link
    case outOperations = "out_operations"
    case oldestOutSeconds = "oldest_out_seconds"
    case inOperations = "in_operations"
    case lagSeconds = "lag_seconds"
    case backlogBytes = "backlog_bytes"
    case rttSeconds = "rtt_seconds"
    case lastContactSeconds = "last_contact_seconds"
    case clockOffsetSeconds = "clock_offset_seconds"
    case version
    case protocolVersion = "protocol"
    case name
    case conflictsOpen = "conflicts_open"
    case digest
    case refusedOperations = "refused_operations"
    case flow, pause
    case refusedFrames = "refused_frames"
    case lastRefusedFrameSeconds = "last_refused_frame_seconds"
    case isLoadImplausible = "is_load_implausible"
    case partedBecause = "parted_because"
  }
}

/// The state of the connection to a peer; the raw value is the one in JSON and metrics.
package enum PeerLink: String, Sendable, Codable, CaseIterable {
  case live
  /// Connected, with more to send or receive than live traffic explains.
  case catchingUp = "catching_up"
  /// Dialling for the first time since the node started or the link was resumed.
  case connecting
  case down
  /// Stopped by `relevo peer pause`.
  case paused
  /// The handshake failed on keys: not a network fault (`HANDSHAKE_FAILED_*` of the socket monitor).
  case keyRefused = "key_refused"

  /// One character that says the same as the word: it survives a terminal without colour.
  package var symbol: String {
    switch self {
    case .live: "*"
    case .catchingUp: "+"
    case .connecting: "~"
    case .down: "x"
    case .paused: "="
    case .keyRefused: "!"
    }
  }

  /// How the link colours its cell and where it sorts, worst highest.
  var severity: Int {
    switch self {
    case .live: 0
    case .catchingUp: 1
    case .paused: 2
    case .connecting: 3
    case .down: 4
    case .keyRefused: 5
    }
  }

  /// Whether frames pass at present.
  package var isConnected: Bool { self == .live || self == .catchingUp }
}

/// What comparing two state digests says (replication promise 1).
package enum DigestComparison: String, Sendable, Codable, CaseIterable {
  case equal
  /// Equal operations and equal fold version, yet different digests: must never happen.
  case different
  /// Different operations or fold versions: nothing can be said.
  case notComparable = "not_comparable"
}
