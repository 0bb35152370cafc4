import Glibc

/// Where a node listens or is dialled: `tcp://host:port`, the host a name, an IPv4 address or an IPv6 one in brackets.
package struct TransportEndpoint: Hashable, Sendable, CustomStringConvertible {
  /// Without brackets; `*` where a node listens on every address.
  package let host: String
  /// 0 only where a node listens and the system shall choose.
  package let port: UInt16

  /// Reads the text form, as in the configuration.
  package init(_ text: String) throws(EndpointError) {
    guard text.hasPrefix("tcp://") else { throw EndpointError(text: text, problem: .scheme) }
    let rest = text.dropFirst("tcp://".count)
    guard let colon = rest.lastIndex(of: ":") else { throw EndpointError(text: text, problem: .port) }
    let digits = rest[rest.index(after: colon)...]
    guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = UInt16(digits) else {
      throw EndpointError(text: text, problem: .port)
    }
    var host = rest[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard Self.isNumeric(String(host), family: AF_INET6) else { throw EndpointError(text: text, problem: .host) }
    } else {
      let isPlain = host.utf8.allSatisfy { character in
        (48...57).contains(character) || (65...90).contains(character) || (97...122).contains(character)
          || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains(character)
      }
      guard host == "*" || (!host.isEmpty && host.utf8.count <= 253 && isPlain) else {
        throw EndpointError(text: text, problem: .host)
      }
    }
    self.init(host: String(host), port: port)
  }

  /// Takes the parts as they are, for addresses that were resolved or listened on.
  init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Whether the host needs no name server.
  var isNumeric: Bool {
    host == "*" || Self.isNumeric(host, family: AF_INET) || Self.isNumeric(host, family: AF_INET6)
  }

  /// Whether sockets must be told to speak IPv6.
  var isIPv6: Bool { host.utf8.contains(UInt8(ascii: ":")) }

  /// Where this machine reaches a listener of its own: loopback for one that listens on every address.
  var dialledLocally: TransportEndpoint {
    switch host {
    case "*", "0.0.0.0": TransportEndpoint(host: "127.0.0.1", port: port)
    case "::": TransportEndpoint(host: "::1", port: port)
    default: self
    }
  }

  /// The text form again.
  package var description: String { isIPv6 ? "tcp://[\(host)]:\(port)" : "tcp://\(host):\(port)" }

  private static func isNumeric(_ host: String, family: Int32) -> Bool {
    var address = in6_addr()
    return inet_pton(family, host, &address) == 1
  }
}

/// Why a text is no endpoint.
package struct EndpointError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The part that is wrong.
  package enum Problem: Hashable, Sendable {
    case scheme
    case host
    case port
  }

  /// What was given.
  package let text: String
  package let problem: Problem

  /// What is wrong and what a right one looks like.
  package var description: String {
    let wrong =
      switch problem {
      case .scheme: "does not begin with tcp://"
      case .host: "has no usable host: a name, an IPv4 address or an IPv6 address in brackets"
      case .port: "has no port between 0 and 65535 after a colon"
      }
    return "\"\(text)\" \(wrong). Write it like tcp://madrid.example.org:7400 or tcp://[2001:db8::7]:7400."
  }
}
