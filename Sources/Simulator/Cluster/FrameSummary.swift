import OpenSSLCrypto
import OperationLog
import Replication

/// A frame in a few words, for a trace that a person reads.
struct FrameSummary: CustomStringConvertible {
  let description: String

  init(_ bytes: [UInt8]) {
    do {
      description = Self.words(try Frame(decoding: bytes, hashing: SHA256Hashing()))
    } catch {
      description = "\(bytes.count) bytes that are no frame"
    }
  }

  private static func words(_ frame: Frame) -> String {
    switch frame {
    case .hello(let hello): "HELLO \(short(hello.node)), stream \(short(hello.stream)), lane \(hello.lane)"
    case .vector(let part): "VECTOR \(list(part.held.sorted.map { ($0.stream, "\($0.sequence)") }))"
    case .haves(let positions): "IHAVE \(list(positions.map { ($0.stream, "\($0.sequence)") }))"
    case .acknowledgements(let positions): "ACK \(list(positions.map { ($0.stream, "\($0.sequence)") }))"
    case .wants(let ranges): "WANT \(list(ranges.map { ($0.stream, "\($0.from)-\($0.to)") }))"
    case .operations(let run): "OPERATIONS \(list([(run.stream, "\(run.first)-\(run.last)")]))"
    case .prune(let streams): "PRUNE \(list(streams.map { ($0, "") }))"
    case .ping(let ping): "PING sent \(ping.sent.first), granted \(ping.granted.first)"
    case .pong(let ping): "PONG sent \(ping.sent.first), granted \(ping.granted.first)"
    case .credit(let lane, let bytes): "CREDIT \(bytes) on lane \(lane)"
    case .bye(let reason): "BYE \(reason)"
    case .relay(let message): "RELAY \(message.topic)"
    case .holds: "HOLDS"
    case .join, .welcome, .refuse: "a frame of joining"
    }
  }

  private static func short(_ name: some CustomStringConvertible) -> String { String(name.description.prefix(4)) }

  private static func list(_ streams: [(StreamID, String)]) -> String {
    streams.map { "\(short($0)):\($1)" }.joined(separator: " ")
  }
}
