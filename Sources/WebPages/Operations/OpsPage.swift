import Mustache

/// `/ops`: the state of this node and its links.
///
/// Fragment: `state`.
package struct OpsPage: Page {
  package static let template = "ops"

  /// The node that answers.
  package var site: SiteChip

  /// `ok`, `warning`, `critical` or `unknown`; chooses the shape of the headline.
  package var code: String

  /// The level in words.
  package var level: String

  /// One sentence: what the state is and what it means for work.
  package var headline: String

  /// Such as "branch · 1.4.2, protocol 1 · up 12 days".
  package var identity: String

  /// When this state was observed.
  package var moment: Moment

  /// Worst first; empty when all is well.
  package var findings: [OpsFinding]

  /// Worst first.
  package var peers: [OpsPeer]

  /// Such as "214 changes since 14:05 exist only here."
  package var onlyHere: String?

  /// The picture of sites and links.
  package var picture: SitePicture

  /// One sentence for each site that is reached by way of others: what it is known to hold.
  package var holdings: [String]

  /// Database, journal, free disk, last backup, digest.
  package var store: [Fact]

  /// Every value the template shows; those with a default may be left out.
  package init(
    site: SiteChip, code: String, level: String, headline: String, identity: String, moment: Moment,
    findings: [OpsFinding] = [], peers: [OpsPeer] = [], onlyHere: String? = nil, picture: SitePicture,
    holdings: [String] = [], store: [Fact] = []
  ) {
    self.site = site
    self.code = code
    self.level = level
    self.headline = headline
    self.identity = identity
    self.moment = moment
    self.findings = findings
    self.peers = peers
    self.onlyHere = onlyHere
    self.picture = picture
    self.holdings = holdings
    self.store = store
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "site": site
    case "code": code
    case "level": level
    case "headline": headline
    case "identity": identity
    case "moment": moment
    case "findings": findings
    case "peers": peers
    case "onlyHere": shown(onlyHere)
    case "picture": picture
    case "holdings": holdings
    case "hasPeers": !peers.isEmpty
    case "store": store
    default: nil
    }
  }
}
