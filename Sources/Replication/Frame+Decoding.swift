package import OperationLog

extension Frame {
  /// Reads one frame; throws for anything that is not exactly one frame within the limits.
  package init(decoding bytes: [UInt8], hashing: any Hashing) throws(ByteDecodingFailure) {
    guard bytes.count <= Self.bytesMax else { throw .limitExceeded }
    var reader = ByteReader(bytes)
    let version = try reader.byte()
    guard version == Self.version else { throw .unknownVersion(version) }
    let tag = try reader.byte()
    guard let kind = Kind(rawValue: tag) else { throw .unknownTag(tag) }
    switch kind {
    case .hello: self = .hello(try Hello(from: &reader))
    case .vector: self = .vector(try VectorPart(from: &reader))
    case .haves: self = .haves(try Self.positions(from: &reader))
    case .acknowledgements: self = .acknowledgements(try Self.positions(from: &reader))
    case .wants: self = .wants(try Self.ranges(from: &reader))
    case .operations: self = .operations(try OperationRun(fromWire: &reader, hashing: hashing))
    case .holds: self = .holds(try HoldsMessage(from: &reader))
    case .credit: self = .credit(lane: try reader.lane(), bytes: try reader.varint())
    case .ping:
      let ping = try Ping(from: &reader)
      guard !ping.isEcho else { throw .notCanonical }
      self = .ping(ping)
    case .pong: self = .pong(try Ping(from: &reader))
    case .relay: self = .relay(try RelayedMessage(from: &reader))
    case .bye: self = .bye(ByeReason(rawValue: try reader.byte()))
    case .prune: self = .prune(try Self.streams(from: &reader))
    case .join: self = .join(try reader.blob(limit: Limit.joinBytes))
    case .welcome: self = .welcome(try reader.blob(limit: Limit.joinBytes))
    case .refuse: self = .refuse(try reader.blob(limit: Limit.joinBytes))
    }
    try reader.finish()
  }

  private static func positions(from reader: inout ByteReader) throws(ByteDecodingFailure) -> [StreamPosition] {
    var result: [StreamPosition] = []
    for _ in 0..<(try reader.count(limit: Limit.positions)) {
      let stream = try reader.identifier(StreamID.self)
      if let last = result.last, last.stream >= stream { throw .notCanonical }
      result.append(StreamPosition(stream: stream, sequence: try reader.sequence()))
    }
    return result
  }

  private static func ranges(from reader: inout ByteReader) throws(ByteDecodingFailure) -> [WantedRange] {
    var result: [WantedRange] = []
    for _ in 0..<(try reader.count(limit: Limit.ranges)) {
      let stream = try reader.identifier(StreamID.self)
      if let last = result.last, last.stream >= stream { throw .notCanonical }
      let from = try reader.sequence()
      let to = try reader.sequence()
      guard from <= to else { throw .notCanonical }
      result.append(WantedRange(stream: stream, from: from, to: to))
    }
    return result
  }

  private static func streams(from reader: inout ByteReader) throws(ByteDecodingFailure) -> [StreamID] {
    var result: [StreamID] = []
    for _ in 0..<(try reader.count(limit: Limit.positions)) {
      let stream = try reader.identifier(StreamID.self)
      if let last = result.last, last >= stream { throw .notCanonical }
      result.append(stream)
    }
    return result
  }
}

extension ByteReader {
  /// A place in a stream: at least 1 and below the bound that keeps arithmetic safe.
  mutating func sequence() throws(ByteDecodingFailure) -> UInt64 {
    let value = try varint()
    guard value > 0 else { throw .notCanonical }
    guard value < Dot.sequenceMax else { throw .numberTooLarge }
    return value
  }

  /// The number of a lane.
  mutating func lane() throws(ByteDecodingFailure) -> UInt8 {
    let lane = try byte()
    guard Frame.Lane.known.contains(lane) else { throw .unknownTag(lane) }
    return lane
  }

  /// A number for each lane.
  mutating func lanePair() throws(ByteDecodingFailure) -> LanePair<UInt64> {
    let first = try varint()
    return LanePair(first, try varint())
  }

  /// Milliseconds UTC in eight bytes, below 2^48.
  mutating func wall() throws(ByteDecodingFailure) -> Int64 {
    let value = try fixed64()
    guard value < Frame.Limit.wallMilliseconds else { throw .numberTooLarge }
    return Int64(value)
  }
}

extension Hello {
  init(from reader: inout ByteReader) throws(ByteDecodingFailure) {
    protocolMin = try reader.byte()
    protocolMax = try reader.byte()
    guard protocolMin <= protocolMax else { throw .notCanonical }
    cluster = try reader.identifier()
    features = try reader.varint()
    node = try reader.identifier()
    stream = try reader.identifier()
    nonce = try reader.fixed64()
    let flags = try reader.byte()
    guard flags & ~Flag.all == 0 else { throw .unknownTag(flags) }
    isDialer = flags & Flag.dialer != 0
    wantsHello = flags & Flag.wantsHello != 0
    lane = try reader.lane()
    site = try reader.text(limit: Frame.Limit.siteBytes)
    program = try reader.text(limit: Frame.Limit.programBytes)
    wall = try reader.wall()
    vectorDigest = try reader.hash()
    credits = try reader.lanePair()
    yours = []
    for _ in 0..<(try reader.count(limit: Frame.Limit.ownStreams)) {
      let stream = try reader.identifier(StreamID.self)
      if let last = yours.last, last.stream >= stream { throw .notCanonical }
      let sequence = try reader.sequence()
      yours.append(HeldHead(stream: stream, sequence: sequence, hash: try reader.hash()))
    }
    certificate = try reader.blob(limit: Frame.Limit.certificateBytes)
    extensions = try reader.blob(limit: Frame.Limit.extensionBytes)
  }
}

extension VectorPart {
  init(from reader: inout ByteReader) throws(ByteDecodingFailure) {
    let flags = try reader.byte()
    guard flags <= 1 else { throw .unknownTag(flags) }
    wantsReply = flags == 1
    low = try reader.identifier()
    high = try reader.identifier()
    guard low <= high else { throw .notCanonical }
    held = try VersionVector(from: &reader, streamsMax: Frame.Limit.positions)
    let sorted = held.sorted
    if let first = sorted.first, let last = sorted.last {
      guard first.stream >= low, last.stream <= high else { throw .notCanonical }
    }
  }
}

extension Ping {
  init(from reader: inout ByteReader) throws(ByteDecodingFailure) {
    nonce = try reader.fixed64()
    wall = try reader.wall()
    let flags = try reader.byte()
    guard flags & ~Flag.all == 0 else { throw .unknownTag(flags) }
    isEcho = flags & Flag.echo != 0
    guard !isEcho || flags & Flag.stateDigest == 0 else { throw .notCanonical }
    vectorDigest = isEcho ? .zero : try reader.hash()
    stateDigest = flags & Flag.stateDigest != 0 ? try reader.hash() : .zero
    guard flags & Flag.stateDigest == 0 || stateDigest != .zero else { throw .notCanonical }
    sent = try reader.lanePair()
    granted = try reader.lanePair()
    holdsDigest = flags & Flag.holdsDigest != 0 ? try reader.fixed64() : 0
    guard flags & Flag.holdsDigest == 0 || holdsDigest != 0 else { throw .notCanonical }
    load = try reader.blob(limit: Frame.Limit.loadBytes)
  }
}

extension RelayedMessage {
  init(from reader: inout ByteReader) throws(ByteDecodingFailure) {
    origin = try reader.identifier()
    let destination = try reader.identifier(NodeID.self)
    self.destination = destination == .zero ? nil : destination
    number = try reader.fixed64()
    hopsLeft = try reader.byte()
    topic = try reader.text(limit: Frame.Limit.topicBytes)
    bytes = try reader.blob(limit: Frame.Limit.relayBytes)
  }
}
