import Logging

/// The checks of single values. Each returns nil when the text is right, else what is wrong and what to write.
enum ConfigurationValues {
  /// A site code: 2 to 8 capital letters and digits, a letter first.
  static func siteCode(_ text: String) -> ConfigurationComplaint? {
    let bytes = Array(text.utf8)
    let isRight =
      (2...8).contains(bytes.count) && isCapital(bytes[0]) && bytes.allSatisfy { isCapital($0) || isDigit($0) }
    if isRight { return nil }
    let upper = text.uppercased()
    return ConfigurationComplaint(
      "'\(text)' is not a site code: 2 to 8 capital letters and digits, a letter first, such as LYO",
      suggestion: upper != text && siteCode(upper) == nil ? upper : nil)
  }

  /// A path that means the same wherever the service is started.
  static func absolutePath(_ text: String) -> ConfigurationComplaint? {
    guard text.hasPrefix("/") else {
      return ConfigurationComplaint(
        "'\(text)' does not begin with /. Write the whole path: the service starts in another directory than your shell"
      )
    }
    guard !text.utf8.contains(0) else { return ConfigurationComplaint("a path cannot hold a zero byte") }
    return nil
  }

  /// A host name, an IPv4 or an IPv6 address, without scheme or port.
  static func host(_ text: String) -> ConfigurationComplaint? {
    let isAddress = text.utf8.contains(UInt8(ascii: ":"))
    let isRight = isAddress ? isIPv6(text) : isHostName(text)
    if isRight { return nil }
    return ConfigurationComplaint(
      "'\(text)' is not a host: write a name or an address alone, "
        + "such as 127.0.0.1 or help.example.org; the port has a key of its own"
    )
  }

  /// A TCP port.
  static func port(_ text: String) -> ConfigurationComplaint? {
    if portNumber(text) != nil { return nil }
    return ConfigurationComplaint("'\(text)' is not a port: write a whole number from 1 to 65535")
  }

  /// The port as a number, 1 to 65535, written in decimal digits without sign or leading zero.
  static func portNumber(_ text: String) -> Int? {
    guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy(isDigit), !text.hasPrefix("0") else { return nil }
    guard let number = Int(text), (1...65_535).contains(number) else { return nil }
    return number
  }

  /// Seconds between two measurements of the balance.
  static func balanceInterval(_ text: String) -> ConfigurationComplaint? {
    if balanceIntervalSeconds(text) != nil { return nil }
    let range = NodeConfiguration.Balance.intervalSecondsRange
    return ConfigurationComplaint(
      "'\(text)' is no such time: write whole seconds from \(range.lowerBound) to \(range.upperBound)")
  }

  /// The seconds as a number, written in decimal digits without sign or leading zero.
  static func balanceIntervalSeconds(_ text: String) -> Int? {
    guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy(isDigit), !text.hasPrefix("0"),
      let number = Int(text), NodeConfiguration.Balance.intervalSecondsRange.contains(number)
    else { return nil }
    return number
  }

  /// The address people type: scheme, host and perhaps a port; a slash at the end is allowed and dropped.
  static func publicURL(_ text: String) -> ConfigurationComplaint? {
    let complaint = ConfigurationComplaint(
      "'\(text)' is not an address of a whole site: write http:// or https://, a host "
        + "and perhaps a port, without a path, such as https://help.example.org"
    )
    guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else { return complaint }
    let authority = withoutSlash(String(text.dropFirst(scheme.count)))
    if let parts = hostAndPort(authority) { return parts.host == "*" ? complaint : nil }
    return isHostName(authority) || isBracketedIPv6(authority) ? nil : complaint
  }

  /// The public address without a slash at its end.
  static func withoutSlash(_ text: String) -> String {
    text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  /// A ZeroMQ endpoint to listen on; `*` stands for every address of the machine.
  static func bindEndpoint(_ text: String) -> ConfigurationComplaint? {
    endpoint(text) == nil ? endpointComplaint(text) : nil
  }

  /// A ZeroMQ endpoint that another machine can call, so not `*` nor `0.0.0.0`.
  static func callableEndpoint(_ text: String) -> ConfigurationComplaint? {
    guard let parts = endpoint(text) else { return endpointComplaint(text) }
    guard !isWildcard(parts.host) else {
      return ConfigurationComplaint(
        "'\(text)' means every address of a machine, which nobody can call. "
          + "Write the host by which the other office is reached"
      )
    }
    return nil
  }

  /// Host and port of `tcp://host:port`, or nil where the text is something else.
  static func endpoint(_ text: String) -> (host: String, port: Int)? {
    guard text.hasPrefix("tcp://") else { return nil }
    return hostAndPort(String(text.dropFirst(6)))
  }

  /// Whether a host stands for all addresses of the machine.
  static func isWildcard(_ host: String) -> Bool {
    ["*", "0.0.0.0", "::", "[::]"].contains(host)
  }

  /// One of swift-log's seven levels.
  static func logLevel(_ text: String) -> ConfigurationComplaint? {
    choice(text, among: Logger.Level.allCases.map(\.rawValue))
  }

  /// One of the two forms of a log line.
  static func logFormat(_ text: String) -> ConfigurationComplaint? {
    choice(text, among: NodeConfiguration.Log.Format.allCases.map(\.rawValue))
  }

  private static func choice(_ text: String, among choices: [String]) -> ConfigurationComplaint? {
    if choices.contains(text) { return nil }
    return ConfigurationComplaint(
      "'\(text)' is none of \(choices.joined(separator: ", "))",
      suggestion: ConfigurationSpelling.nearest(to: text, among: choices))
  }

  private static func endpointComplaint(_ text: String) -> ConfigurationComplaint {
    let isOnlyMissingScheme = hostAndPort(text) != nil
    return ConfigurationComplaint(
      "'\(text)' is not an endpoint: write tcp://host:port, such as tcp://10.0.0.5:9420",
      suggestion: isOnlyMissingScheme ? "tcp://\(text)" : nil)
  }

  private static func hostAndPort(_ text: String) -> (host: String, port: Int)? {
    guard let colon = text.lastIndex(of: ":"), let port = portNumber(String(text[text.index(after: colon)...])) else {
      return nil
    }
    let host = String(text[..<colon])
    return host == "*" || isHostName(host) || isBracketedIPv6(host) ? (host, port) : nil
  }

  private static func isBracketedIPv6(_ text: String) -> Bool {
    text.hasPrefix("[") && text.hasSuffix("]") && isIPv6(String(text.dropFirst().dropLast()))
  }

  private static func isHostName(_ text: String) -> Bool {
    let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return text.utf8.count <= 253
      && labels.allSatisfy { label in
        (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
          && label.allSatisfy { isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
      }
  }

  private static func isIPv6(_ text: String) -> Bool {
    let colon = UInt8(ascii: ":")
    let groups = text.utf8.split(separator: colon, omittingEmptySubsequences: false)
    return (3...8).contains(groups.count)
      && text.utf8.allSatisfy { isDigit($0) || isHexLetter($0) || $0 == colon || $0 == UInt8(ascii: ".") }
  }

  private static func isCapital(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isLetter(_ byte: UInt8) -> Bool {
    isCapital(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }

  private static func isHexLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
  }
}

/// What a value's check found wrong, before it is known where the value stands.
struct ConfigurationComplaint: Equatable {
  /// What is wrong and what to write instead, without a full stop at the end.
  let message: String
  /// The spelling that was probably meant.
  let suggestion: String?

  init(_ message: String, suggestion: String? = nil) {
    self.message = message
    self.suggestion = suggestion
  }
}
