import Dispatch
package import Helpdesk
package import Logging
package import Store

/// Notices that the machine got new zone rules under a running node, and has the deadlines counted by them.
///
/// A parliament decides some weeks ahead, so looking once an hour is soon enough, and costs some milliseconds.
package struct ZoneWatch: Sendable {
  package static let intervalSecondsDefault: Int64 = 3_600

  private let store: SiteStore
  private let zones: any ZoneReading
  private let logger: Logger

  /// The zones must be those that the store counts by (`StorePowers.zones`).
  package init(store: SiteStore, zones: any ZoneReading, logger: Logger) {
    self.store = store
    self.zones = zones
    self.logger = logger
  }

  /// Looks every so many seconds until cancelled.
  package func run(everySeconds: Int64 = Self.intervalSecondsDefault) async throws {
    var isOwed = false
    while true {
      try await Task.sleep(for: .seconds(everySeconds))
      isOwed = await look(isOwed: isOwed)
    }
  }

  /// Looks once; true when new rules are given out by which the store has not counted yet, so that it has to be tried again.
  package func look(isOwed: Bool = false) async -> Bool {
    // Reading files blocks.
    let isChanged = await withCheckedContinuation { continuation in
      DispatchQueue.global(qos: .utility).async { continuation.resume(returning: zones.refresh()) }
    }
    guard isChanged || isOwed else { return false }
    do {
      try await store.renewDeadlines()
      logger.notice("the rules of time zones have changed; deadlines and shifts are counted by the new ones")
      return false
    } catch {
      logger.error("deadlines could not be counted by the new rules of time zones, it is tried again: \(error)")
      return true
    }
  }
}
