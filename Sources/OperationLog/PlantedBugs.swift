/// Mistakes that the simulator can switch on one at a time, to prove that its checkers see them; empty in every node.
package struct PlantedBugs: OptionSet, Hashable, Sendable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The store answers a command before its commit.
  package static let acknowledgeBeforeCommit = PlantedBugs(rawValue: 1 << 0)
  /// A write replaces whatever has an earlier clock, seen or not.
  package static let lastWriterWins = PlantedBugs(rawValue: 1 << 1)
  /// A restored or cloned store goes on with the stream it finds.
  package static let reuseSequences = PlantedBugs(rawValue: 1 << 2)
  /// An operation of an unknown kind is skipped instead of kept.
  package static let dropUnknownKinds = PlantedBugs(rawValue: 1 << 3)
  /// An entry that came twice counts twice.
  package static let foldTwice = PlantedBugs(rawValue: 1 << 4)
  /// What an operation replaces is forgotten where that has not arrived yet.
  package static let loseEarlyDischarge = PlantedBugs(rawValue: 1 << 5)
  /// Signed heads are believed without a look at the signature.
  package static let skipSignatures = PlantedBugs(rawValue: 1 << 6)
  /// Texts are believed without a look at their commitment.
  package static let skipTextCommitments = PlantedBugs(rawValue: 1 << 7)
  /// A peer is sent more and more, however little it acknowledges.
  package static let unboundedQueue = PlantedBugs(rawValue: 1 << 8)
  /// Among concurrent claims the one that arrived first stays.
  package static let claimByArrival = PlantedBugs(rawValue: 1 << 9)
  /// Ticket numbers begin again at 1 when the store is opened.
  package static let reuseNumbers = PlantedBugs(rawValue: 1 << 10)
  /// SQLite is told not to sync its log with each commit.
  package static let synchronousNormal = PlantedBugs(rawValue: 1 << 11)
  /// Operations are encoded anew, as this version understands them, when they are passed on.
  package static let reencodeForwarded = PlantedBugs(rawValue: 1 << 12)
  /// A peer's operations are acknowledged when they arrive instead of when they are stored.
  package static let acknowledgeOnArrival = PlantedBugs(rawValue: 1 << 13)
  /// After a failed commit the writer goes on with what it has in memory.
  package static let keepMemoryAfterFailure = PlantedBugs(rawValue: 1 << 14)
  /// The hybrid clock follows every peer, however far ahead.
  package static let followEveryClock = PlantedBugs(rawValue: 1 << 15)
  /// What was asked for and did not come is never asked for again.
  package static let neverAskAgain = PlantedBugs(rawValue: 1 << 16)
  /// Runs of nodes that the directory does not list yet are forgotten.
  package static let forgetHeldRuns = PlantedBugs(rawValue: 1 << 17)
  /// What was deferred stays deferred after an upgrade.
  package static let neverFoldDeferred = PlantedBugs(rawValue: 1 << 18)
  /// A change of an entity does not take its earlier state out of the digest.
  package static let digestOnlyGrows = PlantedBugs(rawValue: 1 << 19)
  /// An office gives its tickets to its own agents only, and asks no other for work.
  package static let hoardTickets = PlantedBugs(rawValue: 1 << 20)
}
