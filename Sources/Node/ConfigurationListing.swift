import Foundation

/// The texts that `relevo config` prints: what applies, a commented example, and the verdict of a check.
package enum ConfigurationListing {
  /// The effective configuration as YAML that can be read back; `origins` adds to each line where its value comes from.
  package static func show(_ values: [ConfigurationValue], origins: Bool) -> String {
    var lines: [(text: String, origin: String)] = []
    var open: [String] = []
    for value in values where !(value.path == "replication.neighbours" && value.text.isEmpty) {
      let parts = value.path.split(separator: ".").map(String.init)
      let isItem = parts.count == 4 && parts[1] == "neighbours"
      let sections = isItem ? Array(parts[..<2]) : parts.dropLast()
      for depth in sections.indices where depth >= open.count || open[...depth] != sections[...depth] {
        lines.append((indent(depth) + "\(sections[depth]):", ""))
      }
      open = sections
      let name = parts[parts.count - 1]
      let lead = isItem ? (name == "site" ? "    - " : "      ") : indent(sections.count)
      lines.append(("\(lead)\(name): \(quoted(value.text))", value.place.description))
    }
    guard origins else { return lines.map { $0.text + "\n" }.joined() }
    let width = lines.map(\.text.count).max() ?? 0
    return lines.map { line in
      guard !line.origin.isEmpty else { return line.text + "\n" }
      return line.text + String(repeating: " ", count: width - line.text.count + 2) + "# \(line.origin)\n"
    }.joined()
  }

  /// The same as JSON: an array of `{"key", "value", "origin"}`, in the order of the key table.
  package static func showJSON(_ values: [ConfigurationValue]) throws -> String {
    try json(values.map { ["key": $0.path, "value": $0.text, "origin": $0.place.description] })
  }

  /// A complete, commented file that passes its own check.
  package static func example() -> String {
    var text = """
      # Relevo: the configuration of one node. Check it with: relevo config check --config FILE
      # Each key can also come from the environment, which wins over this file: http.port from RELEVO_HTTP_PORT, etc.
      # A commented key shows what could stand there. An unknown key is an error, so that a slip is noticed.

      """
    var open: [String] = []
    for key in ConfigurationKey.all {
      for depth in key.sections.indices where depth >= open.count || open[...depth] != key.sections[...depth] {
        let path = key.sections[...depth].joined(separator: ".")
        let isActive = ConfigurationKey.all.contains { $0.path.hasPrefix("\(path).") && $0.isActiveInExample }
        text += depth == 0 ? "\n" : ""
        text += comment(ConfigurationKey.sectionExplanations[path] ?? [], depth: depth)
        text += indent(depth) + (isActive ? "" : "# ") + "\(key.sections[depth]):\n"
      }
      open = key.sections
      text += key.sections.isEmpty ? "\n" : ""
      text += comment(key.explanation, depth: key.sections.count)
      text += exampleLines(key)
    }
    return text
  }

  /// What `config check` says about a configuration without problems, in one line.
  package static func verdict(file: String, _ configuration: NodeConfiguration) -> String {
    let neighbours = configuration.replication.neighbours.map(\.site)
    let links = neighbours.isEmpty ? "no neighbours" : "neighbours \(neighbours.joined(separator: ", "))"
    return "\(file): right. Site \(configuration.site), \(configuration.http.publicURL), \(links)."
  }

  /// Problems as JSON: an array of `{"place", "key", "message", "did_you_mean"}`; unknown parts are left out.
  package static func problemsJSON(_ problems: [ConfigurationProblem]) throws -> String {
    try json(
      problems.map { problem in
        var object = ["place": problem.place.description, "message": problem.message]
        object["key"] = problem.key
        object["did_you_mean"] = problem.suggestion
        return object
      })
  }

  private static func exampleLines(_ key: ConfigurationKey) -> String {
    let lead = indent(key.sections.count) + (key.isActiveInExample ? "" : "# ")
    guard case .neighbours = key.shape else { return "\(lead)\(key.name): \(key.example)\n" }
    let items = key.example.split(separator: "\n").map { line in
      let parts = line.split(separator: "=", maxSplits: 1)
      return "\(lead)  - site: \(parts[0])\n\(lead)    address: \(parts[1])\n"
    }
    return "\(lead)\(key.name):\n" + items.joined()
  }

  private static func comment(_ lines: [String], depth: Int) -> String {
    lines.map { "\(indent(depth))# \($0)\n" }.joined()
  }

  private static func indent(_ depth: Int) -> String {
    String(repeating: "  ", count: depth)
  }

  /// Plain where YAML reads plain text back unchanged, else in double quotes with JSON's escapes, which YAML shares.
  private static func quoted(_ text: String) -> String {
    let isPlain =
      text.utf8.first.map { isWordByte($0) || $0 == UInt8(ascii: "/") } == true
      && text.utf8.last != UInt8(ascii: ":")
      && text.utf8.allSatisfy { isWordByte($0) || "/:._*[]@%+-".utf8.contains($0) }
    if isPlain { return text }
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": escaped += "\\\(scalar)"
      case "\0"..<" ", "\u{7F}": escaped += "\\u" + String(format: "%04X", scalar.value)
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return "\"\(escaped)\""
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }

  private static func json(_ rows: [[String: String]]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(rows), as: UTF8.self) + "\n"
  }
}
