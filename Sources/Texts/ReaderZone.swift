/// Where a reader's wall clock stands: the offset from UTC at a given moment.
///
/// The rules themselves (tz data) live elsewhere and come in as a function, so that this room needs no files.
package struct ReaderZone: Sendable {
  private let offset: @Sendable (Int64) -> Int

  /// - Parameter offsetSecondsAt: seconds east of UTC in force at a moment in milliseconds since 1970.
  package init(offsetSecondsAt: @escaping @Sendable (Int64) -> Int) {
    offset = offsetSecondsAt
  }

  /// Coordinated universal time, for machines and for readers whose zone is not known.
  package static let utc = ReaderZone(fixedOffsetSeconds: 0)

  /// A clock that never changes its offset, in seconds east of UTC.
  package init(fixedOffsetSeconds: Int) {
    offset = { _ in fixedOffsetSeconds }
  }

  /// Calendar and clock of a moment as the reader sees them.
  package func civil(_ milliseconds: Int64) -> CivilMoment {
    CivilMoment(milliseconds: milliseconds, offsetSeconds: offset(milliseconds))
  }
}
