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

  /// Every value the template shows; those with a default may be left out.
  package init(
    site: SiteChip, linkCode: String, link: String, out: String, oldest: String, incoming: String, lag: String,
    backlog: String, roundTrip: String, lastContact: String, clock: String, version: String, conflicts: String
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
    default: nil
    }
  }
}
