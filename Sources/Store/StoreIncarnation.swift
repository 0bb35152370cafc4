package import OperationLog

/// Why a node begins a new stream although it has one. Raw values are stored.
package enum IncarnationCause: UInt8, CaseIterable, Sendable {
  /// The witness saw more of the own stream than the database holds.
  case behindWitness = 1
  /// The witness saw another operation where the database has one.
  case otherHead = 2
  /// The witness belongs to a start that the database knows nothing of.
  case otherStart = 3
  /// The database says that a witness was written, and there is none.
  case witnessMissing = 4
  /// The data directory was moved or copied to another machine.
  case machineChanged = 5
  /// A backup was restored on purpose.
  case restored = 6
  /// A peer holds operations of the own stream that are not here.
  case peerKnowsMore = 7
  /// The own stream was written by another machine too.
  case writtenTwice = 8

  /// A fixed word for the status and for logs.
  package var word: String {
    switch self {
    case .behindWitness: "behind_witness"
    case .otherHead: "other_head"
    case .otherStart: "other_start"
    case .witnessMissing: "witness_missing"
    case .machineChanged: "machine_changed"
    case .restored: "restored"
    case .peerKnowsMore: "peer_knows_more"
    case .writtenTwice: "written_twice"
    }
  }
}

/// A new incarnation of the node, from the moment its need was found.
///
/// Until it has begun nothing is written. Until it is confirmed, by having synchronised with every member or by a person,
/// nothing automatic is written.
package struct StoreIncarnation: Hashable, Sendable {
  package var cause: IncarnationCause
  /// When the need was found, milliseconds UTC.
  package var since: Int64
  /// The stream it goes on from.
  package var previous: StreamID
  /// The stream it writes, or will write.
  package var stream: StreamID
  /// Sixteen random bytes that name the new stream.
  package var nonce: [UInt8]
  package var isBegun = false
  package var isConfirmed = false

  /// As the database keeps it.
  var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 64)
    writer.byte(0)
    writer.byte(cause.rawValue)
    writer.signedVarint(since)
    writer.identifier(previous)
    writer.identifier(stream)
    writer.blob(nonce)
    writer.byte((isBegun ? 1 : 0) | (isConfirmed ? 2 : 0))
    return writer.bytes
  }

  init(
    cause: IncarnationCause, since: Int64, previous: StreamID, stream: StreamID, nonce: [UInt8]
  ) {
    self.cause = cause
    self.since = since
    self.previous = previous
    self.stream = stream
    self.nonce = nonce
  }

  init(decoding bytes: [UInt8]) throws(ByteDecodingFailure) {
    var reader = ByteReader(bytes)
    let version = try reader.byte()
    guard version == 0 else { throw .unknownVersion(version) }
    let tag = try reader.byte()
    guard let cause = IncarnationCause(rawValue: tag) else { throw .unknownTag(tag) }
    self.cause = cause
    since = try reader.signedVarint()
    previous = try reader.identifier()
    stream = try reader.identifier()
    nonce = try reader.blob(limit: 16)
    let flags = try reader.byte()
    isBegun = flags & 1 != 0
    isConfirmed = flags & 2 != 0
    try reader.finish()
  }
}
