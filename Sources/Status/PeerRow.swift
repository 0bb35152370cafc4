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
  /// Operations a second: `120/s`.
  package let outRate: String
  package let inRate: String
  /// Until nothing waits, at the present rate; `-` when nothing does.
  package let outLeft: String
  package let inLeft: String
  /// What may still be sent before the reader has to allow more.
  package let creditOut: String
  package let creditIn: String
  /// How long nothing moves though something waits; `-` while it does.
  package let stalled: String
  /// How the peer's state digest compares, in words.
  package let digestText: String
  /// `paused by Ana today 14:05`; nil while nobody has stopped the link.
  package let pauseText: String?

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
    outRate = Self.rate(peer.flow?.outPerSecond, peer.link, format)
    inRate = Self.rate(peer.flow?.inPerSecond, peer.link, format)
    outLeft = peer.outOperations == 0 ? "-" : Self.seconds(peer.outSecondsLeft, format)
    inLeft = peer.inOperations == 0 ? "-" : Self.seconds(peer.inSecondsLeft, format)
    creditOut = Self.credit(peer.flow?.creditOutBytes, peer.link, format)
    creditIn = Self.credit(peer.flow?.creditInBytes, peer.link, format)
    stalled =
      peer.link.isConnected && peer.flow != nil
      ? peer.flow?.stalledSeconds.flatMap { $0 > 0 ? CompactDuration.fine(seconds: $0) : nil } ?? "-"
      : peer.link.isConnected ? "?" : "-"
    digestText = peer.digest.map { format.text("status.digest.\($0.rawValue)") } ?? "?"
    pauseText = Self.pause(peer, format)
  }

  private static func pause(_ peer: PeerStatus, _ format: ReaderFormat) -> String? {
    guard peer.link == .paused else { return nil }
    guard let by = peer.pause?.who(format) else { return format.text("status.link_state.paused") }
    let since = peer.pause?.since.map { format.moment($0.milliseconds) } ?? "?"
    return format.text("status.text.paused_by", ["by": by, "since": since])
  }

  /// `0/s`, `0.4/s`, `120/s`; `-` where nothing can move.
  private static func rate(_ value: Double?, _ link: PeerLink, _ format: ReaderFormat) -> String {
    guard link.isConnected else { return "-" }
    guard let tenths = scaled(value, by: 10) else { return "?" }
    if tenths <= 0 { return "0/s" }
    return (tenths < 100 ? format.tenths(tenths) : format.number(tenths / 10)) + "/s"
  }

  private static func credit(_ bytes: Int64?, _ link: PeerLink, _ format: ReaderFormat) -> String {
    guard link.isConnected else { return "-" }
    return bytes.map { format.bytes($0) } ?? "?"
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
