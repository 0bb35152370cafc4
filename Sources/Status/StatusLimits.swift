/// From where on a fact becomes a finding. One place, so that the runbooks, the page and the command agree.
package struct StatusLimits: Sendable, Equatable {
  /// Dialling may take this long before it counts as down.
  package var connectingGraceSeconds: Int64 = 60
  /// After a day without contact somebody has to act, not just know.
  package var linkDownCriticalSeconds: Int64 = 86_400
  /// A connected peer that is further behind than this is not keeping up.
  package var catchingUpSeconds: Int64 = 600
  /// A peer on a working link that acknowledges nothing for longer than this takes nothing any more.
  package var frozenSeconds: Int64 = 60
  /// A site reached by way of others gets its news this late at worst before somebody should look.
  package var siteBehindSeconds: Int64 = 3600
  /// Refused frames older than this are history.
  package var refusedFramesSeconds: Int64 = 600
  /// A new incarnation that has synchronised is worth knowing for this long.
  package var newIncarnationSeconds: Int64 = 7 * 86_400
  /// Within this, hybrid clocks hide the difference.
  package var clockSkewWarningSeconds: Double = 5
  /// Beyond this our hybrid clock no longer follows the peer's.
  package var clockSkewCriticalSeconds: Double = 600
  /// An open conflict is ordinary work for a day.
  package var conflictAgeWarningSeconds: Int64 = 86_400
  package var conflictsWarningCount: Int64 = 20
  /// Long enough for a restart of the neighbour, short enough for a person to look before the disk fails.
  package var onlyHereWarningSeconds: Int64 = 600
  package var diskWarningBytes: Int64 = 1 << 30
  package var diskWarningPercent: Int64 = 10
  package var diskCriticalBytes: Int64 = 200 << 20
  /// The log file should stay far below this between two checkpoints.
  package var walWarningBytes: Int64 = 256 << 20
  package var backupAgeWarningSeconds: Int64 = 7 * 86_400

  package init() {}
}
