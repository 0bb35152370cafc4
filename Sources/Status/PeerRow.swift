package import Texts

/// One peer as the table shows it, on the terminal and on the page: finished texts, `?` for what is not known and `-`
/// for what does not apply (no round trip on a link that is down, no oldest change when none waits).
package struct PeerRow: Sendable, Equatable {
  package let site: String
  /// The site's name for people; nil when not known.
  package let name: String?
  package let link: PeerLink
  /// Symbol and word: `x down`.
  package let linkText: String
  package let out: String
  package let oldest: String
  /// What we lack of the peer's; `in` is a word of the language.
  package let incoming: String
  package let lag: String
  package let backlog: String
  package let roundTrip: String
  package let lastContact: String
  package let clock: String
  /// Program and protocol: `1.4.2/1`.
  package let version: String
  package let conflicts: String

  package init(_ peer: PeerStatus, format: ReaderFormat) {
    site = peer.site
    name = peer.name
    link = peer.link
    linkText = peer.link.symbol + " " + format.text("status.link_state.\(peer.link.rawValue)")
    out = Self.count(peer.outOperations, format)
    oldest = peer.outOperations == 0 ? "-" : peer.oldestOutSeconds.map { CompactDuration.fine(seconds: $0) } ?? "?"
    incoming = Self.count(peer.inOperations, format)
    lag = Self.seconds(peer.lagSeconds, format)
    backlog = peer.backlogBytes.map { format.bytes($0) } ?? "?"
    roundTrip = peer.link.isConnected ? Self.milliseconds(peer.rttSeconds) : "-"
    lastContact = Self.contact(peer.lastContactSeconds, format)
    clock = Self.offset(peer.clockOffsetSeconds, format)
    version = peer.version.map { "\($0)/\(peer.protocolVersion.map(String.init) ?? "?")" } ?? "?"
    conflicts = Self.count(peer.conflictsOpen, format)
  }

  private static func count(_ value: Int64?, _ format: ReaderFormat) -> String {
    value.map { format.number($0) } ?? "?"
  }

  /// `0.4s` below ten seconds, `18m02s` above.
  private static func seconds(_ value: Double?, _ format: ReaderFormat) -> String {
    guard let tenths = scaled(value, by: 10) else { return "?" }
    if tenths <= 0 { return "0s" }
    return tenths < 100 ? format.tenths(tenths) + "s" : CompactDuration.fine(seconds: tenths / 10)
  }

  private static func milliseconds(_ value: Double?) -> String {
    guard let milliseconds = scaled(value, by: 1000) else { return "?" }
    if milliseconds < 1 { return "<1ms" }
    return milliseconds < 10_000 ? "\(milliseconds)ms" : CompactDuration.fine(seconds: milliseconds / 1000)
  }

  private static func contact(_ value: Int64?, _ format: ReaderFormat) -> String {
    guard let value else { return "?" }
    let age = CompactDuration.coarse(seconds: value)
    return value < 60 ? age : format.text("status.text.ago", ["age": age])
  }

  /// `+3ms`, `-2.5s`, `+12m`.
  private static func offset(_ value: Double?, _ format: ReaderFormat) -> String {
    guard let value, let milliseconds = scaled(abs(value), by: 1000) else { return "?" }
    let sign = milliseconds == 0 ? "" : value < 0 ? "-" : "+"
    if milliseconds < 1000 { return "\(sign)\(milliseconds)ms" }
    if milliseconds < 60_000 { return sign + format.tenths(milliseconds / 100) + "s" }
    return sign + CompactDuration.coarse(seconds: milliseconds / 1000)
  }

  /// Nil for nil and for what is no number; rounds down, so that 10.99 is not shown as 11 before its time.
  private static func scaled(_ value: Double?, by factor: Double) -> Int64? {
    value.flatMap { Int64(exactly: ($0 * factor + 0.000_001).rounded(.down)) }
  }
}
