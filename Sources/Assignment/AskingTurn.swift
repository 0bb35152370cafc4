package import OperationLog

/// Whose free agents ask for a waiting ticket first, so that a thousand offices do not all ask for the same one.
package enum AskingTurn {
  /// So many offices ask at once; four times as many after each step without success.
  package static let officesFirst: UInt64 = 16
  package static let stepMilliseconds: Int64 = 2_000

  /// True when it is this site's turn to ask for the ticket; in small companies always.
  ///
  /// The turn follows from a hash of the two, so it needs no agreement, and another ticket gives other sites the first turn.
  package static func has(
    _ site: EntityID, for ticket: EntityID, waitedMilliseconds: Int64, reachableSites: Int
  ) -> Bool {
    let sites = UInt64(max(0, reachableSites))
    if sites <= officesFirst { return true }
    let steps = min(max(0, waitedMilliseconds) / stepMilliseconds, 16)
    let turns = officesFirst << (2 * UInt64(steps))
    if turns >= sites { return true }
    return mixed(ticket.low ^ ticket.high &* 3, site.low ^ site.high &* 5) % sites < turns
  }

  /// SplitMix64's finaliser (Steele et al. 2014), which spreads neighbouring numbers evenly.
  static func mixed(_ first: UInt64, _ second: UInt64) -> UInt64 {
    var value = first ^ (second &* 0x9e37_79b9_7f4a_7c15)
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
