package import OperationLog

extension Frame {
  /// The frame's bytes. The caller keeps within the limits; `hashing` is needed to leave out commitments of texts.
  package func encoded(hashing: any Hashing) -> [UInt8] {
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
    case .operations(let run): run.encodeForWire(into: &writer, hashing: hashing)
    case .credit(let lane, let bytes):
      writer.byte(lane)
      writer.varint(bytes)
    case .ping(let ping), .pong(let ping): ping.encode(into: &writer)
    case .relay(let message): message.encode(into: &writer)
    case .bye(let reason): writer.byte(reason.rawValue)
    case .prune(let streams):
      writer.varint(UInt64(streams.count))
      for stream in streams { writer.identifier(stream) }
    case .holds(let bytes), .join(let bytes), .welcome(let bytes), .refuse(let bytes): writer.blob(bytes)
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
    writer.fixed64(features)
    writer.identifier(node)
    writer.identifier(stream)
    writer.fixed64(nonce)
    writer.byte((isDialer ? Flag.dialer : 0) | (wantsHello ? Flag.wantsHello : 0))
    writer.text(site)
    writer.text(program)
    writer.fixed64(UInt64(clamping: wall))
    writer.hash(vectorDigest)
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

extension Ping {
  func encode(into writer: inout ByteWriter) {
    writer.fixed64(nonce)
    writer.fixed64(UInt64(clamping: wall))
    writer.hash(vectorDigest)
    writer.hash(stateDigest)
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
