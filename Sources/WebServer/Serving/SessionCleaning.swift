import Logging
import ServiceLifecycle
import Store

/// Forgets browser sessions that are too old to be used, once an hour.
struct SessionCleaning: Service {
  /// Holds the sessions.
  let store: SiteStore
  /// Told when cleaning fails.
  let logger: Logger

  /// Cleans until the node shuts down.
  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          try await store.removeWebSessions(before: store.powers.wallClock() - Credentials.sessionSeconds * 1000)
        } catch {
          logger.warning("old sessions could not be removed, trying again in an hour: \(error)")
        }
        // A sleep ends early only by cancellation, which ends the loop.
        try? await Task.sleep(for: .seconds(3600))
      }
    }
  }
}
