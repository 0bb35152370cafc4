package import OperationLog

/// The load of a few sites in as few bytes as a slow line deserves: what a node is told of its best candidates.
///
/// Soft state like all load: a summary that names an unknown site, or two sites at once, is left out.
package enum SiteSummaries {
  /// More sites are not told.
  package static let sitesMax = 16

  /// One site: the first four bytes of its identifier's digest, tickets ahead, agents, free agents, expected wait in
  /// seconds plus one (0 for unknown), age of all this in seconds.
  package static func bytes(of outlooks: [SiteOutlook], policy: AssignmentPolicy, now: Int64) -> [UInt8] {
    var writer = ByteWriter(reserving: 10 * sitesMax)
    writer.byte(0)
    for outlook in outlooks.prefix(sitesMax) {
      let mark = mark(outlook.site.site)
      for shift: UInt32 in [24, 16, 8, 0] { writer.byte(UInt8(truncatingIfNeeded: mark >> shift)) }
      writer.varint(UInt64(clamping: outlook.ticketsAhead))
      writer.varint(UInt64(clamping: outlook.eligibleAgents))
      writer.varint(UInt64(clamping: outlook.freeAgents))
      let wait = ExpectedWait(at: outlook, policy: policy, now: now)
      writer.varint(wait.map { UInt64(clamping: $0.inPlace / 1000) + 1 } ?? 0)
      // Rounded up: nothing shall count as fresher than it is.
      writer.varint(UInt64(clamping: outlook.site.ageMilliseconds / 1000) + 1)
    }
    return writer.bytes
  }

  /// What is told of one site.
  package struct Summary: Hashable, Sendable {
    package let site: EntityID
    package let waitingTickets: UInt64
    package let agents: UInt64
    package let freeAgents: UInt64
    /// Nil when unknown.
    package let expectedWaitSeconds: UInt64?
    package let ageSeconds: UInt64
  }

  /// Reads what a node was told; nil for anything else than such a list. `sites` are those of the directory.
  package static func reading(_ bytes: [UInt8], sites: [EntityID]) -> [Summary]? {
    let named = Dictionary(grouping: sites, by: mark)
    var reader = ByteReader(bytes)
    var found: [Summary] = []
    do {
      guard try reader.byte() == 0 else { return nil }
      while !reader.isAtEnd {
        guard found.count <= sitesMax else { return nil }
        var mark: UInt32 = 0
        for _ in 0..<4 { mark = mark << 8 | UInt32(try reader.byte()) }
        let waiting = try reader.varint()
        let agents = try reader.varint()
        let free = try reader.varint()
        let wait = try reader.varint()
        let age = try reader.varint()
        guard let sites = named[mark], sites.count == 1 else { continue }
        found.append(
          Summary(
            site: sites[0], waitingTickets: waiting, agents: agents, freeAgents: free,
            expectedWaitSeconds: wait == 0 ? nil : wait - 1, ageSeconds: age))
      }
    } catch {
      // Cut short or no such list: the same as nothing told.
      return nil
    }
    return found
  }

  /// Identifiers are digests, but those of tests are not: both halves go in.
  private static func mark(_ site: EntityID) -> UInt32 {
    UInt32(truncatingIfNeeded: AskingTurn.mixed(site.low, site.high) >> 32)
  }
}
