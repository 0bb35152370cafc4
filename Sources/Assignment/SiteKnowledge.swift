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
    for candidate in sites where candidate.site == site { found = found.map { better($0, candidate) } ?? candidate }
    return found
  }

  private static func better(_ first: SiteKnowledge, _ second: SiteKnowledge) -> SiteKnowledge {
    if first.ageMilliseconds != second.ageMilliseconds {
      return first.ageMilliseconds < second.ageMilliseconds ? first : second
    }
    return first.isReachable ? first : second
  }
}
