package import OperationLog

/// One message between two nodes (docs/wire.md). Its numbers are fixed here and never follow the names of cases.
package enum Frame: Hashable, Sendable {
  /// First on every connection, in both directions.
  case hello(Hello)
  /// What the sender holds of a range of streams, in full.
  case vector(VectorPart)
  /// The sender holds this; the receiver answers with an ACK or a WANT.
  case haves([StreamPosition])
  /// The sender lacks these operations and asks the receiver for them.
  case wants([WantedRange])
  /// Operations, as a push or as the answer to a WANT.
  case operations(OperationRun)
  /// The sender holds this durably.
  case acknowledgements([StreamPosition])
  /// What a node that may be far away durably holds, signed by it and passed on by others.
  case holds(HoldsMessage)
  /// How many bytes of run content may have been sent on the lane since the session began; a total, so the latest counts.
  case credit(lane: UInt8, bytes: UInt64)
  /// Asks for a PONG.
  case ping(Ping)
  /// Answers a PING.
  case pong(Ping)
  /// Soft state that may cross a third site.
  case relay(RelayedMessage)
  /// Last on a connection.
  case bye(ByeReason)
  /// The sender gets these streams from another peer first: announce them, push them no more.
  case prune([StreamID])
  /// A node that is not admitted yet asks to be.
  case join([UInt8])
  /// The answer to JOIN: admitted.
  case welcome([UInt8])
  /// The answer to JOIN: not admitted.
  case refuse([UInt8])

  /// The frame format's version: the first byte of every frame.
  package static let version: UInt8 = 0
  /// Longest frame that is sent or accepted.
  package static let bytesMax = 1 << 20

  /// Limits of what is accepted from outside.
  enum Limit {
    static let siteBytes = 16
    static let programBytes = 64
    static let certificateBytes = 1024
    static let extensionBytes = 4096
    static let ownStreams = 16
    static let positions = 16_384
    static let ranges = 4096
    static let records = 8192
    static let loadBytes = 1024
    static let topicBytes = 64
    static let relayBytes = 64 * 1024
    static let joinBytes = 256 * 1024
    static let signatureBytes = 64
    static let holdsEntries = 3_000
    static let holdsSummary = 1_024
    static let wallMilliseconds: UInt64 = 1 << 48
  }

  /// The connections between two nodes: one for control, acknowledgements and ticket operations, one for bulk.
  package enum Lane {
    package static let first: UInt8 = 1
    package static let bulk: UInt8 = 2
    static let known: ClosedRange<UInt8> = 1...2
  }

  /// True for a frame of this format whose type this program does not know; within a protocol such frames are ignored.
  static func isOfUnknownType(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 2 && bytes.count <= bytesMax && bytes[0] == version && Kind(rawValue: bytes[1]) == nil
  }

  /// The second byte of every frame. 32…63 are kept for blobs, 64…95 for snapshots.
  enum Kind: UInt8, CaseIterable {
    case hello = 1
    case vector = 2
    case haves = 3
    case wants = 4
    case operations = 5
    case acknowledgements = 6
    case holds = 7
    case credit = 8
    case ping = 9
    case pong = 10
    case relay = 11
    case bye = 12
    case prune = 13
    case join = 16
    case welcome = 17
    case refuse = 18
  }
}

/// Who speaks and what they hold: the first frame on every connection.
package struct Hello: Hashable, Sendable {
  /// Lowest and highest protocol the sender speaks.
  package var protocolMin: UInt8
  package var protocolMax: UInt8
  package var cluster: ClusterID
  /// Bits of what the sender can do beyond its protocol; unknown bits are ignored.
  package var features: UInt64
  package var node: NodeID
  /// The sender's current stream.
  package var stream: StreamID
  /// Tells this session of the sender from an earlier one on the same connection.
  package var nonce: UInt64
  /// Which lane the connection is: `Frame.Lane`.
  package var lane: UInt8 = Frame.Lane.first
  /// The sender dialled this connection.
  package var isDialer: Bool
  /// The sender has not had the receiver's HELLO yet and asks for it.
  package var wantsHello: Bool
  /// Site code, e.g. "MAD"; at most 16 bytes.
  package var site: String
  /// Program version, e.g. "0.1.0"; at most 64 bytes.
  package var program: String
  /// The sender's wall clock, milliseconds UTC.
  package var wall: Int64
  /// SHA-256 of the sender's version vector.
  package var vectorDigest: Hash32
  /// What the receiver may send at the beginning of the session, bytes of run content on lanes 1 and 2.
  package var credits = LanePair<UInt64>(0, 0)
  /// What the sender holds of the receiver's own streams, in stream order, at most 16.
  package var yours: [HeldHead]
  /// Place for the certificate of the sender's current CURVE key; empty in this version.
  package var certificate: [UInt8] = []
  /// Place for what later versions add; ignored.
  package var extensions: [UInt8] = []
}

/// How far a stream is held, and the chain hash there.
package struct HeldHead: Hashable, Sendable {
  package var stream: StreamID
  package var sequence: UInt64
  package var hash: Hash32

  package init(stream: StreamID, sequence: UInt64, hash: Hash32) {
    self.stream = stream
    self.sequence = sequence
    self.hash = hash
  }
}

/// How far a stream is held.
package struct StreamPosition: Hashable, Sendable {
  package var stream: StreamID
  package var sequence: UInt64

  package init(stream: StreamID, sequence: UInt64) {
    self.stream = stream
    self.sequence = sequence
  }
}

/// Operations of a stream that are asked for, both ends included.
package struct WantedRange: Hashable, Sendable {
  package var stream: StreamID
  package var from: UInt64
  package var to: UInt64

  package init(stream: StreamID, from: UInt64, to: UInt64) {
    self.stream = stream
    self.from = from
    self.to = to
  }
}

/// What a node holds of the streams from `low` to `high`; a stream between them that is not listed is not held at all.
package struct VectorPart: Hashable, Sendable {
  package var wantsReply: Bool
  package var low: StreamID
  package var high: StreamID
  package var held: VersionVector
}

/// A sign of life with what compares two nodes at a glance; a PONG returns the nonce of the PING it answers.
package struct Ping: Hashable, Sendable {
  package var nonce: UInt64
  /// The sender's wall clock, milliseconds UTC.
  package var wall: Int64
  /// Zero when `isEcho`.
  package var vectorDigest: Hash32
  /// Digest of the folded state; zero when the sender has none to show.
  package var stateDigest: Hash32
  /// In a PONG: both digests are those of the PING it answers, and are left out.
  package var isEcho = false
  /// Bytes of run content the sender has sent, and what it grants the receiver, since the session began.
  package var sent = LanePair<UInt64>(0, 0)
  package var granted = LanePair<UInt64>(0, 0)
  /// Of the HOLDS statements the sender knows; zero when it knows none.
  package var holdsDigest: UInt64 = 0
  /// What the sender's engine says of its load, at most 1 KiB: a `LoadSummary`; opaque here. Empty where nothing is said, as in
  /// every PONG: what was said before stands.
  package var load: [UInt8]
}

/// One value for each of the two lanes.
package struct LanePair<Value: Sendable>: Sendable {
  package var first: Value
  package var bulk: Value

  package init(_ first: Value, _ bulk: Value) {
    self.first = first
    self.bulk = bulk
  }

  /// By the number on the wire; whatever is not the bulk lane is the first.
  package subscript(lane: UInt8) -> Value {
    get { lane == Frame.Lane.bulk ? bulk : first }
    set { if lane == Frame.Lane.bulk { bulk = newValue } else { first = newValue } }
  }
}

extension LanePair: Equatable where Value: Equatable {}
extension LanePair: Hashable where Value: Hashable {}

/// Soft state on its way through the cluster: may be lost, is delivered at most once.
package struct RelayedMessage: Hashable, Sendable {
  package var origin: NodeID
  /// Nil for every node.
  package var destination: NodeID?
  /// Names the message among its origin's.
  package var number: UInt64
  /// How many links it may still cross.
  package var hopsLeft: UInt8
  /// What it is about, at most 64 bytes.
  package var topic: String
  /// At most 64 KiB; opaque here.
  package var bytes: [UInt8]
}

/// Why a connection ends; numbers of later versions pass through.
package struct ByeReason: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The other connection between the two nodes stays.
  package static let duplicate = ByeReason(rawValue: 1)
  package static let wrongCluster = ByeReason(rawValue: 2)
  /// No common protocol.
  package static let protocolRange = ByeReason(rawValue: 3)
  package static let shutdown = ByeReason(rawValue: 4)
  package static let revoked = ByeReason(rawValue: 5)
  /// Bytes that are no frame, or a frame where it is not allowed.
  package static let garbage = ByeReason(rawValue: 6)
  /// HELLO names another node than the key belongs to.
  package static let wrongNode = ByeReason(rawValue: 7)
  /// The link was paused by a person.
  package static let paused = ByeReason(rawValue: 8)
  /// A newer connection in the same direction takes its place.
  package static let superseded = ByeReason(rawValue: 9)
  /// Nothing was heard for three pings, or no HELLO came.
  package static let silent = ByeReason(rawValue: 10)
  /// More was sent than was granted.
  package static let creditExceeded = ByeReason(rawValue: 11)
  /// The configuration names the node no longer as a neighbour.
  package static let notNeighbour = ByeReason(rawValue: 12)

  /// A fixed word for logs and metrics.
  package var description: String {
    switch self {
    case .duplicate: "duplicate"
    case .wrongCluster: "wrong_cluster"
    case .protocolRange: "protocol"
    case .shutdown: "shutdown"
    case .revoked: "revoked"
    case .garbage: "garbage"
    case .wrongNode: "wrong_node"
    case .paused: "paused"
    case .superseded: "superseded"
    case .silent: "silent"
    case .creditExceeded: "credit_exceeded"
    case .notNeighbour: "not_neighbour"
    default: "reason_\(rawValue)"
    }
  }
}
