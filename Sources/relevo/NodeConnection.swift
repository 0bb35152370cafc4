import Foundation
import Node
import Texts

/// The running node, as commands ask it: answers decoded, refusals told to the person at the terminal.
struct NodeConnection {
  private let client: ControlClient

  /// Reads the configuration to learn where the node's socket is.
  init(_ options: ConfigurationOptions, person: String? = nil) throws {
    let directory = try options.load().dataDirectory
    client = ControlClient(dataDirectory: directory, person: person, language: Terminal.language.rawValue)
  }

  /// Asks, and returns the answer of a successful request; otherwise says why and ends the command with code 1.
  func ask(
    _ method: String, _ target: String, _ body: [String: JSONField]? = nil, headers: [(String, String)] = [],
    timeoutSeconds: Double = 30
  ) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = try body.map { [UInt8](try encoder.encode($0)) }
    return try ask(method, target, json: json, headers: headers, timeoutSeconds: timeoutSeconds)
  }

  /// The same with a body already encoded.
  func ask(
    _ method: String, _ target: String, json: [UInt8]?, headers: [(String, String)] = [], timeoutSeconds: Double
  ) throws -> Data {
    do {
      let answer = try client.send(method, target, json: json, headers: headers, timeoutSeconds: timeoutSeconds)
      guard (200...299).contains(answer.status) else { throw CommandFailure(Self.sentence(answer)) }
      return Data(answer.body)
    } catch let failure as ControlFailure {
      throw CommandFailure(failure.description)
    }
  }

  /// Reads an answer. Throws when it has another form, which only another version's node can cause.
  static func decode<Answer: Decodable>(_ type: Answer.Type, _ data: Data) throws -> Answer {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      return try decoder.decode(type, from: data)
    } catch {
      throw CommandFailure(
        "The node's answer has a form this command does not know. Do 'relevo --version' and the node's version agree?")
    }
  }

  /// Part of a path or a query, with everything but letters, digits and `-._~` escaped (RFC 3986).
  static func escaped(_ text: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if plain.contains(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private struct Problem: Decodable {
    struct Fault: Decodable {
      var pointer: String?
      var detail: String?
    }
    var title: String?
    var detail: String?
    var errors: [Fault]?
  }

  /// A problem document (RFC 9457) as sentences; of any other answer, what its status says.
  private static func sentence(_ answer: ControlClient.Answer) -> String {
    // What is not a problem document is told by its status below.
    guard let problem = try? JSONDecoder().decode(Problem.self, from: Data(answer.body)),
      let first = problem.detail ?? problem.title
    else {
      return "The node answered with status \(answer.status) and said no more; its log may tell why."
    }
    let more = (problem.errors ?? []).compactMap { fault -> String? in
      guard let detail = fault.detail, detail != first else { return nil }
      return detail
    }
    return ([first] + more).joined(separator: "\n")
  }
}

/// A value of a request's body.
enum JSONField: Encodable, Sendable {
  case text(String)
  case flag(Bool)
  case number(Int)
  case texts([String])
  case null

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let text): try container.encode(text)
    case .flag(let flag): try container.encode(flag)
    case .number(let number): try container.encode(number)
    case .texts(let texts): try container.encode(texts)
    case .null: try container.encodeNil()
    }
  }
}
