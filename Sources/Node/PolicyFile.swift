import Foundation
import Yams

/// The rules of assignment as a YAML file: a flat list of names and values, as the API calls them.
///
/// ```
/// # Move sooner, and at most twice.
/// hysteresis_per_mille: 100
/// hops_max: 2
/// prefers_usual_agent: false
/// ```
package enum PolicyFile {
  /// More is no list of rules.
  private static let bytesMax = 64 * 1024

  /// Something in the file that cannot be understood, with its place.
  package struct Problem: Error, CustomStringConvertible {
    package let description: String
  }

  /// The body of a request with these rules. Which names exist and which values they take, the node says.
  package static func body(_ text: String, file: String) throws -> [UInt8] {
    guard text.utf8.count <= bytesMax else {
      throw Problem(description: "\(file): it is too large for a list of rules.")
    }
    let root: Yams.Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw Problem(description: "\(file): this is not YAML: \(error)")
    }
    guard let root else { throw Problem(description: "\(file): it holds no rules. Write lines such as ‘hops_max: 2’.") }
    guard let mapping = root.mapping else { throw problem("a list of names and values is needed", root, file) }
    var members: [String] = []
    var seen: Set<String> = []
    for (key, value) in mapping {
      guard let name = key.scalar?.string, seen.insert(name).inserted else {
        throw problem("each name stands once", key, file)
      }
      members.append("\(quoted(name)):\(try json(value, name, file))")
    }
    return Array("{\(members.joined(separator: ","))}".utf8)
  }

  private static func json(_ node: Yams.Node, _ name: String, _ file: String) throws -> String {
    if let number = node.int { return String(number) }
    if let flag = node.bool { return flag ? "true" : "false" }
    throw problem("‘\(name)’ takes a whole number, true or false", node, file)
  }

  private static func problem(_ text: String, _ node: Yams.Node, _ file: String) -> Problem {
    let place = node.mark.map { ":\($0.line):\($0.column)" } ?? ""
    return Problem(description: "\(file)\(place): \(text).")
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      case "\u{0}"..."\u{1f}": " "
      default: String(scalar)
      }
    }
    return "\"\(escaped.joined())\""
  }
}
