import Mustache

/// One peer in the status table.
///
/// Texts are finished; "?" means unknown and is never 0.
package struct OpsPeer: MustacheParent, Sendable {
  /// The peer's site.
  package var site: SiteChip

  /// `live`, `slow`, `down` or `unknown`; chooses the shape.
  package var linkCode: String

  /// The link in words.
  package var link: String

  /// Operations the peer has not acknowledged.
  package var out: String

  /// Age of the oldest of them.
  package var oldest: String

  /// Operations known to exist there that are not here.
  package var incoming: String

  /// How far behind we are.
  package var lag: String

  /// Bytes that wait here for the peer.
  package var backlog: String

  /// Round-trip time.
  package var roundTrip: String

  /// When the peer was last heard.
  package var lastContact: String

  /// Clock offset.
  package var clock: String

  /// Version and protocol.
  package var version: String

  /// Undecided conflicts with that site.
  package var conflicts: String

  /// Operations sent a second, until nothing waits, and bytes that may still be sent.
  package var outRate: String
  package var outLeft: String
  package var outCredit: String

  /// The same for what comes from the peer.
  package var inRate: String
  package var inLeft: String
  package var inCredit: String

  /// How long nothing has moved though something waits.
  package var stalled: String

  /// How the peer's state digest compares, in words.
  package var digest: String

  /// Such as "paused by Ana, today 14:05"; nil while nobody has stopped the link.
  package var pause: String?

  /// Every value the template shows; those with a default may be left out.
  package init(
    site: SiteChip, linkCode: String, link: String, out: String, oldest: String, incoming: String, lag: String,
    backlog: String, roundTrip: String, lastContact: String, clock: String, version: String, conflicts: String,
    outRate: String = "?", outLeft: String = "?", outCredit: String = "?", inRate: String = "?", inLeft: String = "?",
    inCredit: String = "?", stalled: String = "?", digest: String = "?", pause: String? = nil
  ) {
    self.site = site
    self.linkCode = linkCode
    self.link = link
    self.out = out
    self.oldest = oldest
    self.incoming = incoming
    self.lag = lag
    self.backlog = backlog
    self.roundTrip = roundTrip
    self.lastContact = lastContact
    self.clock = clock
    self.version = version
    self.conflicts = conflicts
    self.outRate = outRate
    self.outLeft = outLeft
    self.outCredit = outCredit
    self.inRate = inRate
    self.inLeft = inLeft
    self.inCredit = inCredit
    self.stalled = stalled
    self.digest = digest
    self.pause = pause
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "site": site
    case "linkCode": linkCode
    case "link": link
    case "out": out
    case "oldest": oldest
    case "incoming": incoming
    case "lag": lag
    case "backlog": backlog
    case "roundTrip": roundTrip
    case "lastContact": lastContact
    case "clock": clock
    case "version": version
    case "conflicts": conflicts
    case "outRate": outRate
    case "outLeft": outLeft
    case "outCredit": outCredit
    case "inRate": inRate
    case "inLeft": inLeft
    case "inCredit": inCredit
    case "stalled": stalled
    case "digest": digest
    case "pause": shown(pause)
    default: nil
    }
  }
}
