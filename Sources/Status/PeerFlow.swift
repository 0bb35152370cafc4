import Texts

/// How fast work goes over one link at present, and what bounds it. Nil means "not known".
package struct PeerFlow: Sendable, Equatable, Decodable {
  /// Operations a second that were sent to the peer, over the last half minute.
  package var outPerSecond: Double?
  /// Operations a second that came from the peer, over the last half minute.
  package var inPerSecond: Double?
  /// Bytes of ticket operations the peer still lets us send before it asks for a pause.
  package var creditOutBytes: Int64?
  /// Bytes of ticket operations we still let the peer send.
  package var creditInBytes: Int64?
  /// How long something has waited on a working link without one acknowledgement; nil or 0 while work moves.
  package var stalledSeconds: Int64?
  /// What went to the peer and came from it since the node started; bytes of frames, before encryption.
  package var sent: PeerTraffic?
  package var received: PeerTraffic?

  package init(
    outPerSecond: Double? = nil, inPerSecond: Double? = nil, creditOutBytes: Int64? = nil,
    creditInBytes: Int64? = nil, stalledSeconds: Int64? = nil, sent: PeerTraffic? = nil,
    received: PeerTraffic? = nil
  ) {
    self.sent = sent
    self.received = received
    self.outPerSecond = outPerSecond
    self.inPerSecond = inPerSecond
    self.creditOutBytes = creditOutBytes
    self.creditInBytes = creditInBytes
    self.stalledSeconds = stalledSeconds
  }

  private enum CodingKeys: String, CodingKey {
    case outPerSecond = "out_per_second"
    case inPerSecond = "in_per_second"
    case creditOutBytes = "credit_out_bytes"
    case creditInBytes = "credit_in_bytes"
    case stalledSeconds = "stalled_seconds"
    case sent, received
  }
}

/// How much passed one way since the node started.
package struct PeerTraffic: Sendable, Equatable, Decodable {
  package var operations: Int64
  package var bytes: Int64

  package init(operations: Int64, bytes: Int64) {
    self.operations = operations
    self.bytes = bytes
  }
}

/// Who stopped a link and since when.
package struct PauseStatus: Sendable, Equatable, Decodable {
  /// Name of the person; nil when it was done at a node's command line, or is not known.
  package var by: String?
  /// Code of the site at whose command line it was done, when no person is named.
  package var console: String?
  package var since: UTCMoment?

  package init(by: String? = nil, console: String? = nil, since: UTCMoment? = nil) {
    self.by = by
    self.console = console
    self.since = since
  }

  /// Who, in the reader's language; nil when nobody knows.
  func who(_ format: ReaderFormat) -> String? {
    by ?? console.map { format.text("status.text.console", ["site": $0]) }
  }
}

/// What a site without a direct link is known to hold of what we hold, from the statements others relay to us.
package struct HoldingStatus: Sendable, Equatable, Decodable {
  /// Code of the site.
  package var site: String
  package var name: String?
  /// Operations held here that the site has not said it holds.
  package var lacksOperations: Int64?
  /// How long the oldest of them has waited.
  package var oldestSeconds: Int64?

  package init(site: String, name: String? = nil, lacksOperations: Int64? = nil, oldestSeconds: Int64? = nil) {
    self.site = site
    self.name = name
    self.lacksOperations = lacksOperations
    self.oldestSeconds = oldestSeconds
  }

  var title: String { name.map { "\(site) \($0)" } ?? site }

  private enum CodingKeys: String, CodingKey {
    case site, name
    case lacksOperations = "lacks_operations"
    case oldestSeconds = "oldest_seconds"
  }
}

/// Whether this node is who it was: its stream, its witness, and its door.
package struct IdentityStatus: Sendable, Equatable, Decodable {
  /// When this node began a new stream because its past was in doubt; nil while it writes its first one.
  package var newIncarnationSince: UTCMoment?
  /// Why: `restored`, `witness_ahead`, `witness_differs`, `witness_missing`, `machine_changed`, `peer_knows_more`,
  /// `written_twice`.
  package var newIncarnationReason: String?
  /// False while the new stream has not synchronised with every member yet, so that no automatic operation is written.
  package var isSettled: Bool?
  /// Whether the witness file beside the database could be written at the last commit.
  package var isWitnessWritten: Bool?
  /// What came of dialling ourselves as a stranger: true when the key was refused, as it must be.
  package var isStrangerRefused: Bool?

  package init(
    newIncarnationSince: UTCMoment? = nil, newIncarnationReason: String? = nil, isSettled: Bool? = nil,
    isWitnessWritten: Bool? = nil, isStrangerRefused: Bool? = nil
  ) {
    self.newIncarnationSince = newIncarnationSince
    self.newIncarnationReason = newIncarnationReason
    self.isSettled = isSettled
    self.isWitnessWritten = isWitnessWritten
    self.isStrangerRefused = isStrangerRefused
  }

  private enum CodingKeys: String, CodingKey {
    case newIncarnationSince = "new_incarnation_since"
    case newIncarnationReason = "new_incarnation_reason"
    case isSettled = "is_settled"
    case isWitnessWritten = "is_witness_written"
    case isStrangerRefused = "is_stranger_refused"
  }
}
