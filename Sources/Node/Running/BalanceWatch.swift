import Status
import Synchronization

/// Keeps the latest figures of the sites, so that the status and the metrics never wait for them.
final class BalanceWatch: Sendable {
  private let state = Mutex<BalanceStatus?>(nil)

  /// Nil until they were measured for the first time.
  var latest: BalanceStatus? { state.withLock { $0 } }

  func note(_ balance: BalanceStatus) { state.withLock { $0 = balance } }
}
