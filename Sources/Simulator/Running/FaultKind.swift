/// What can go wrong in a simulation; each kind draws from its own generator, so that leaving one out changes no other.
package enum FaultKind: String, CaseIterable, Comparable, Sendable {
  /// No frame passes between two groups of nodes.
  case partition
  /// Frames pass in one direction only.
  case oneway
  case loss
  case duplication
  case reordering
  case delay
  /// Bytes are altered on their way.
  case corruption
  /// Somebody alters operations and makes the chain fit, without the author's key.
  case forgery
  /// A line of 64 kbit/s or less.
  case thin
  /// A node reads nothing for a while.
  case frozen
  /// A process is killed.
  case kill
  /// A machine loses power, and its disk what nobody had synced.
  case power
  /// As above, in the middle of a commit.
  case commit
  /// A sync fails, or a write.
  case disk
  /// A disk is full for a while.
  case full
  /// Wall clocks that are up to ten years wrong.
  case skew
  /// Wall clocks that jump.
  case jump
  /// A node is away for weeks.
  case absence
  /// Nodes with an older program, which do not know all kinds of operations.
  case versions
  /// A disk is taken back to an earlier day.
  case restore
  /// A copy of a node's disk goes to work in another place.
  case clone

  package static func < (left: FaultKind, right: FaultKind) -> Bool { left.rawValue < right.rawValue }

  /// All that are carried out unless others are named.
  package static let standard = Set(allCases)
}
