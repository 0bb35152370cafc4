/// When a person answers, from the expected wait; what the requester is told ("a person answers by about 10:40").
package struct ExpectedAnswer: Hashable, Sendable {
  /// Milliseconds UTC.
  package let at: Int64

  /// What an answer usually takes at the least, even when nobody waits: reading, thinking, writing.
  package static let usualMillisecondsDefault: Int64 = 10 * 60_000

  /// As soon as somebody is on shift and has done the work ahead, but never sooner than the usual from then; nil where no
  /// time follows, because nobody is known to come or the sum is no moment.
  package init?(now: Int64, wait: ExpectedWait?, usualMilliseconds: Int64 = Self.usualMillisecondsDefault) {
    guard let wait else { return nil }
    let busy = wait.milliseconds - wait.absence
    let (begun, isLate) = now.addingReportingOverflow(wait.absence)
    let (moment, isLater) = begun.addingReportingOverflow(max(busy, min(max(0, usualMilliseconds), 1 << 40)))
    guard !isLate, !isLater else { return nil }
    at = moment
  }
}
