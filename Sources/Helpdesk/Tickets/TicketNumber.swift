package import OperationLog

/// `SITE-n`, given by the node that opened the ticket without asking anyone; a later incarnation writes `SITE.7QX2-n`.
package struct TicketNumber: Hashable, Sendable, CustomStringConvertible {
  package let site: String
  /// Four base-32 characters of the stream for later incarnations, nil for a site's first.
  package let incarnation: String?
  package let count: Int64

  package init(site: String, incarnation: String?, count: Int64) {
    self.site = site
    self.incarnation = incarnation
    self.count = count
  }

  /// Reads what people type, in either case; nil when it is no number.
  package init?(_ text: String) {
    let upper = text.uppercased()
    guard let dash = upper.lastIndex(of: "-"), let count = Int64(upper[upper.index(after: dash)...]), count > 0 else {
      return nil
    }
    let front = upper[..<dash].split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(front.count), SiteCode.isValid(String(front[0])) else { return nil }
    if front.count == 2, front[1].utf8.count != 4 { return nil }
    self.init(site: String(front[0]), incarnation: front.count == 2 ? String(front[1]) : nil, count: count)
  }

  package var description: String {
    if let incarnation { "\(site).\(incarnation)-\(count)" } else { "\(site)-\(count)" }
  }

  /// The four characters that set a later incarnation's numbers apart (Crockford's base 32).
  package static func incarnation(of stream: StreamID) -> String {
    let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    var text: [UInt8] = []
    for shift in [59, 54, 49, 44] { text.append(digits[Int(stream.high >> UInt64(shift) & 31)]) }
    return String(decoding: text, as: UTF8.self)
  }
}

/// The short upper-case code of an office.
package enum SiteCode {
  /// Two to eight characters A–Z and 0–9, a letter first.
  package static func isValid(_ code: String) -> Bool {
    let bytes = Array(code.utf8)
    guard (2...8).contains(bytes.count), let first = bytes.first, (65...90).contains(first) else { return false }
    return bytes.allSatisfy { (65...90).contains($0) || (48...57).contains($0) }
  }
}
