/// How long to wait before dialling a neighbour again: doubling, and spread out so that offices do not dial in step.
struct ReconnectDelay {
  private let shortest: Duration
  private let longest: Duration
  private var ceiling: Duration

  init(shortest: Duration, longest: Duration) {
    self.shortest = shortest
    self.longest = max(shortest, longest)
    ceiling = shortest
  }

  /// The next pause: between half and the whole of a ceiling that doubles until it reaches the longest.
  mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
    let half = ceiling / 2
    let spread = Int64.random(in: 0...1_000, using: &generator)
    let pause = half + half * spread / 1_000
    ceiling = min(ceiling * 2, longest)
    return pause
  }

  /// A handshake succeeded: the next pause is a short one.
  mutating func reset() { ceiling = shortest }
}
