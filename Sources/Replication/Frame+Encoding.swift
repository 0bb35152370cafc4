package import OperationLog

extension Frame {
  /// The frame's bytes. The caller keeps within the limits; `hashing` is needed to leave out commitments of texts.
  /// `compressed` is for receivers whose HELLO says that they can read it.
  package func encoded(hashing: any Hashing, compressed: Bool = false) -> [UInt8] {
    var writer = ByteWriter(reserving: 256)
    writer.byte(Self.version)
    writer.byte(kind.rawValue)
    switch self {
    case .hello(let hello): hello.encode(into: &writer)
    case .vector(let part): part.encode(into: &writer)
    case .haves(let positions), .acknowledgements(let positions): Self.encode(positions, into: &writer)
    case .wants(let ranges):
      writer.varint(UInt64(ranges.count))
      for range in ranges {
        writer.identifier(range.stream)
        writer.varint(range.from)
        writer.varint(range.to)
      }
    case .operations(let run): run.encodeForWire(into: &writer, hashing: hashing, compressed: compressed)
    case .credit(let lane, let bytes):
      writer.byte(lane)
      writer.varint(bytes)
    case .ping(let ping), .pong(let ping): ping.encode(into: &writer)
    case .relay(let message): message.encode(into: &writer)
    case .bye(let reason): writer.byte(reason.rawValue)
    case .prune(let streams):
      writer.varint(UInt64(streams.count))
      for stream in streams { writer.identifier(stream) }
    case .holds(let message): message.encode(into: &writer)
    case .join(let bytes), .welcome(let bytes), .refuse(let bytes): writer.blob(bytes)
    }
    return writer.bytes
  }

  private var kind: Kind {
    switch self {
    case .hello: .hello
    case .vector: .vector
    case .haves: .haves
    case .wants: .wants
    case .operations: .operations
    case .acknowledgements: .acknowledgements
    case .holds: .holds
    case .credit: .credit
    case .ping: .ping
    case .pong: .pong
    case .relay: .relay
    case .bye: .bye
    case .prune: .prune
    case .join: .join
    case .welcome: .welcome
    case .refuse: .refuse
    }
  }

  private static func encode(_ positions: [StreamPosition], into writer: inout ByteWriter) {
    writer.varint(UInt64(positions.count))
    for position in positions {
      writer.identifier(position.stream)
      writer.varint(position.sequence)
    }
  }
}

extension Hello {
  enum Flag {
    static let dialer: UInt8 = 1
    static let wantsHello: UInt8 = 2
    static let all: UInt8 = 3
  }

  func encode(into writer: inout ByteWriter) {
    writer.byte(protocolMin)
    writer.byte(protocolMax)
    writer.identifier(cluster)
    writer.varint(features)
    writer.identifier(node)
    writer.identifier(stream)
    writer.fixed64(nonce)
    writer.byte((isDialer ? Flag.dialer : 0) | (wantsHello ? Flag.wantsHello : 0))
    writer.byte(lane)
    writer.text(site)
    writer.text(program)
    writer.fixed64(UInt64(clamping: wall))
    writer.hash(vectorDigest)
    writer.lanePair(credits)
    writer.varint(UInt64(yours.count))
    for head in yours {
      writer.identifier(head.stream)
      writer.varint(head.sequence)
      writer.hash(head.hash)
    }
    writer.blob(certificate)
    writer.blob(extensions)
  }
}

extension VectorPart {
  func encode(into writer: inout ByteWriter) {
    writer.byte(wantsReply ? 1 : 0)
    writer.identifier(low)
    writer.identifier(high)
    held.encode(into: &writer)
  }
}

extension ByteWriter {
  mutating func lanePair(_ pair: LanePair<UInt64>) {
    varint(pair.first)
    varint(pair.bulk)
  }
}

extension Ping {
  enum Flag {
    static let stateDigest: UInt8 = 1
    static let echo: UInt8 = 2
    static let holdsDigest: UInt8 = 4
    static let all: UInt8 = 7
  }

  func encode(into writer: inout ByteWriter) {
    writer.fixed64(nonce)
    writer.fixed64(UInt64(clamping: wall))
    let hasState = !isEcho && stateDigest != .zero
    writer.byte(
      (hasState ? Flag.stateDigest : 0) | (isEcho ? Flag.echo : 0) | (holdsDigest != 0 ? Flag.holdsDigest : 0))
    if !isEcho { writer.hash(vectorDigest) }
    if hasState { writer.hash(stateDigest) }
    writer.lanePair(sent)
    writer.lanePair(granted)
    if holdsDigest != 0 { writer.fixed64(holdsDigest) }
    writer.blob(load)
  }
}

extension RelayedMessage {
  func encode(into writer: inout ByteWriter) {
    writer.identifier(origin)
    writer.identifier(destination ?? .zero)
    writer.fixed64(number)
    writer.byte(hopsLeft)
    writer.text(topic)
    writer.blob(bytes)
  }
}
