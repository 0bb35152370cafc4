package import OperationLog

/// What the deciding node knows of one site, and how old that is. Sites that are not listed are never considered.
package struct SiteKnowledge: Hashable, Sendable {
  package var site: EntityID
  /// The node that serves it.
  package var node: NodeID
  /// True for the sites the deciding node serves itself.
  package var isHere: Bool
  /// True when the link is up now; a site that is here is always reachable.
  package var isReachable: Bool
  /// Milliseconds since its load was last told; 0 here.
  package var ageMilliseconds: Int64

  package init(
    site: EntityID, node: NodeID, isHere: Bool = false, isReachable: Bool = true, ageMilliseconds: Int64 = 0
  ) {
    self.site = site
    self.node = node
    self.isHere = isHere
    self.isReachable = isHere || isReachable
    self.ageMilliseconds = isHere ? 0 : max(0, ageMilliseconds)
  }

  /// Of a site listed twice the fresher knowledge counts, and of equally fresh the one that is reachable.
  static func index(_ sites: [SiteKnowledge]) -> [EntityID: SiteKnowledge] {
    Dictionary(sites.map { ($0.site, $0) }, uniquingKeysWith: better)
  }

  /// As `index` for one site of a list.
  static func best(of site: EntityID, in sites: [SiteKnowledge]) -> SiteKnowledge? {
    var found: SiteKnowledge?
    for candidate in sites where candidate.site.isSame(as: site) {
      found = found.map { better($0, candidate) } ?? candidate
    }
    return found
  }

  private static func better(_ first: SiteKnowledge, _ second: SiteKnowledge) -> SiteKnowledge {
    if first.ageMilliseconds != second.ageMilliseconds {
      return first.ageMilliseconds < second.ageMilliseconds ? first : second
    }
    return first.isReachable ? first : second
  }
}

extension EntityID {
  /// Equality without a call into another module, for the loops over a thousand sites and their agents.
  @inline(__always)
  func isSame(as other: EntityID) -> Bool { low == other.low && high == other.high }
}

/// Finds what is known of a site: of few sites by looking, of many by a table.
struct SiteLookup {
  /// Looking through so many is cheaper than hashing.
  private static let lookedThroughMax = 64

  private let sites: [SiteKnowledge]
  private let table: [EntityID: SiteKnowledge]?
  private var last: SiteKnowledge?

  init(_ sites: [SiteKnowledge]) {
    self.sites = sites
    table = sites.count > Self.lookedThroughMax ? SiteKnowledge.index(sites) : nil
  }

  /// Agents are mostly listed site by site, so the last answer is tried first.
  mutating func knowledge(of site: EntityID) -> SiteKnowledge? {
    if let last, last.site.isSame(as: site) { return last }
    guard let found = table == nil ? SiteKnowledge.best(of: site, in: sites) : table?[site] else { return nil }
    last = found
    return found
  }
}
