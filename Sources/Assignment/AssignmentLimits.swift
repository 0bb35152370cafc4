/// The weights and limits of a policy; `AssignmentPolicy` moves values outside their range to its nearer end.
package struct AssignmentLimits: Hashable, Sendable {
  /// Weight of the work ahead in an expected wait, thousandths, 0 … 10,000.
  package var workWeightPerMille: Int64 = 1000
  /// Weight of the time until somebody is on shift, thousandths, 0 … 10,000.
  package var absenceWeightPerMille: Int64 = 1000
  /// A ticket is moved only for a gain above this share of its present expected wait, thousandths, 0 … 1000.
  package var hysteresisPerMille: Int64 = 150
  /// How often a ticket moves by itself, 0 … 20.
  package var hopsMax: Int64 = 3
  /// Minutes after which an assigned ticket that was not accepted is offered again, 1 … 10,080 each.
  package var acceptanceMinutesCritical: Int64 = 5
  package var acceptanceMinutesHigh: Int64 = 15
  package var acceptanceMinutesNormal: Int64 = 30
  package var acceptanceMinutesLow: Int64 = 60
  /// Whether the requester's usual agent comes first among equals.
  package var prefersUsualAgent = true
  /// Whether a central site takes over what waits at a cut-off site where nobody is on shift.
  package var takesOverCutOffWork = true
  /// The equal-service index alarms below and above these, thousandths, 0 … 1000 and 1000 … 100,000.
  package var alarmBelowPerMille: Int64 = 800
  package var alarmAbovePerMille: Int64 = 1250
  /// Fewer answers than this raise no alarm, 1 … 1,000,000.
  package var alarmSamplesMin: Int64 = 20
  /// Capacity on shift is averaged over so many minutes, 1 … 10,080.
  package var horizonMinutes: Int64 = 240
  /// Knowledge older than this is stale, milliseconds, 0 … 24 h.
  package var freshMilliseconds: Int64 = 15_000

  package init() {}

  /// Each value inside its range.
  var clamped: AssignmentLimits {
    var limits = self
    limits.workWeightPerMille = min(max(0, workWeightPerMille), 10_000)
    limits.absenceWeightPerMille = min(max(0, absenceWeightPerMille), 10_000)
    limits.hysteresisPerMille = min(max(0, hysteresisPerMille), 1000)
    limits.hopsMax = min(max(0, hopsMax), 20)
    limits.acceptanceMinutesCritical = Self.minutes(acceptanceMinutesCritical)
    limits.acceptanceMinutesHigh = Self.minutes(acceptanceMinutesHigh)
    limits.acceptanceMinutesNormal = Self.minutes(acceptanceMinutesNormal)
    limits.acceptanceMinutesLow = Self.minutes(acceptanceMinutesLow)
    limits.alarmBelowPerMille = min(max(0, alarmBelowPerMille), 1000)
    limits.alarmAbovePerMille = min(max(1000, alarmAbovePerMille), 100_000)
    limits.alarmSamplesMin = min(max(1, alarmSamplesMin), 1_000_000)
    limits.horizonMinutes = Self.minutes(horizonMinutes)
    limits.freshMilliseconds = min(max(0, freshMilliseconds), AssignmentPolicy.day)
    return limits
  }

  private static func minutes(_ value: Int64) -> Int64 { min(max(1, value), 10_080) }
}
