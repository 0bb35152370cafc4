import Synchronization

/// Passes the first of several answers on and swallows the others.
final class OnlyOnce<Value: Sendable>: Sendable {
  private let receiver: Mutex<(@Sendable (Value) -> Void)?>

  init(_ receiver: @escaping @Sendable (Value) -> Void) { self.receiver = Mutex(receiver) }

  func give(_ value: Value) {
    let taken = receiver.withLock { receiver in
      let current = receiver
      receiver = nil
      return current
    }
    taken?(value)
  }
}
