import Testing

/// A condition did not come true in time.
struct NotInTime: Error, CustomStringConvertible {
  let description: String
}

/// Asks again and again until `probe` gives a value; throws `NotInTime` with the last obstacle after the limit.
///
/// An error of the probe counts as "not yet": a node that starts refuses connections at first.
func eventually<Value>(
  _ what: String, within limit: Duration = .seconds(15), _ probe: () async throws -> Value?
) async throws -> Value {
  let deadline = ContinuousClock.now + limit
  var obstacle = "no answer yet"
  while true {
    do {
      if let value = try await probe() { return value }
      obstacle = "the condition was false"
    } catch {
      obstacle = String(describing: error)
    }
    guard ContinuousClock.now < deadline else {
      throw NotInTime(description: "Not within \(limit): \(what). Last: \(obstacle)")
    }
    try await Task.sleep(for: .milliseconds(20))
  }
}
