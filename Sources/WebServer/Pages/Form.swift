import Foundation
import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog

/// The fields of a posted form (URL-encoded or multipart, as scripts send them); the first of each name.
struct Form: Sendable {
  /// In the order they came.
  let fields: [(name: String, value: String)]

  /// Reads a body whose size the front door has bounded; throws 400 for what is no form.
  init(_ request: Request) async throws {
    let buffer = try await request.body.collect(upTo: FrontDoor.bodyBytesMax)
    let type = request.headers[.contentType] ?? ""
    let bytes = [UInt8](buffer.readableBytesView)
    if type.lowercased().hasPrefix("multipart/form-data"), let boundary = Self.boundary(type) {
      fields = try Self.multipart(bytes, boundary: boundary)
    } else {
      fields = try Self.urlEncoded(bytes)
    }
  }

  subscript(name: String) -> String { fields.first { $0.name == name }?.value ?? "" }

  /// Nil when the field is absent or empty.
  func text(_ name: String) -> String? {
    let value = self[name]
    return value.isEmpty ? nil : value
  }

  /// The version the form was rendered with; nil when it carries none of ours.
  var rendered: ObservedVector? { EntityTag.version(self["rendered"]) }

  /// The idempotency key of the form, at most 200 bytes.
  var key: String? { text("key").flatMap { $0.utf8.count <= Limit.keyBytes ? $0 : nil } }

  private static func urlEncoded(_ bytes: [UInt8]) throws(Problem) -> [(name: String, value: String)] {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw formUnreadable }
    var fields: [(name: String, value: String)] = []
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decoded(parts[0]), let value = parts.count > 1 ? decoded(parts[1]) : "" else {
        throw formUnreadable
      }
      fields.append((name, value))
    }
    return fields
  }

  private static func decoded(_ text: Substring) -> String? {
    text.replacing("+", with: " ").removingPercentEncoding.map(normalisedLines)
  }

  /// Browsers send line ends as CR LF.
  private static func normalisedLines(_ text: String) -> String { text.replacing("\r\n", with: "\n") }

  private static let formUnreadable = Problem(.badRequest, "form_unreadable")

  // MARK: multipart/form-data (RFC 7578), without files

  private static func boundary(_ type: String) -> String? {
    guard let range = type.range(of: "boundary=") else { return nil }
    let text = type[range.upperBound...].prefix { $0 != ";" }
    return text.trimmingCharacters(in: CharacterSet(charactersIn: "\" "))
  }

  private static func multipart(
    _ bytes: [UInt8], boundary: String
  ) throws(Problem) -> [(name: String, value: String)] {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw formUnreadable }
    var fields: [(name: String, value: String)] = []
    for part in text.components(separatedBy: "--" + boundary).dropFirst() {
      if part.hasPrefix("--") { break }
      guard let gap = part.range(of: "\r\n\r\n") else { throw formUnreadable }
      let head = part[..<gap.lowerBound]
      guard let start = head.range(of: "name=\"") else { throw formUnreadable }
      let name = head[start.upperBound...].prefix { $0 != "\"" }
      var value = String(part[gap.upperBound...])
      if value.hasSuffix("\r\n") { value.removeLast() }
      fields.append((String(name), normalisedLines(value)))
    }
    return fields
  }
}
