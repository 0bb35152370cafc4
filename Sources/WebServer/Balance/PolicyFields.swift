import Assignment
import Texts
import WebPages

/// The values of a policy under the names that the API, the form and a policy file use.
struct PolicyFields: Sendable {
  /// One number of a policy: its name, its range and where it is kept.
  struct Number: Sendable {
    let name: StaticString
    let range: ClosedRange<Int64>
    let get: @Sendable (AssignmentPolicy) -> Int64
    let set: @Sendable (inout Parts, Int64) -> Void
  }

  /// A policy taken apart, because its own values cannot be changed one by one.
  struct Parts: Sendable {
    var handlingMilliseconds: Int64
    var handOverMilliseconds: Int64
    var agePenaltyPerMille: Int64
    var limits: AssignmentLimits

    init(_ policy: AssignmentPolicy) {
      handlingMilliseconds = policy.handlingMilliseconds
      handOverMilliseconds = policy.handOverMilliseconds
      agePenaltyPerMille = policy.agePenaltyPerMille
      limits = policy.limits
    }

    var policy: AssignmentPolicy {
      AssignmentPolicy(
        handlingMilliseconds: handlingMilliseconds, handOverMilliseconds: handOverMilliseconds,
        agePenaltyPerMille: agePenaltyPerMille, limits: limits)
    }
  }

  /// Every number, in the order of the form.
  static let numbers: [Number] = [
    Number(
      name: "handling_seconds", range: 1...86_400, get: { $0.handlingMilliseconds / 1000 },
      set: { $0.handlingMilliseconds = $1 * 1000 }),
    Number(
      name: "hand_over_seconds", range: 0...86_400, get: { $0.handOverMilliseconds / 1000 },
      set: { $0.handOverMilliseconds = $1 * 1000 }),
    Number(
      name: "age_penalty_per_mille", range: 0...10_000, get: { $0.agePenaltyPerMille },
      set: { $0.agePenaltyPerMille = $1 }),
    limit("work_weight_per_mille", 0...10_000, \.workWeightPerMille),
    limit("absence_weight_per_mille", 0...10_000, \.absenceWeightPerMille),
    limit("hysteresis_per_mille", 0...1_000, \.hysteresisPerMille),
    limit("hops_max", 0...20, \.hopsMax),
    limit("acceptance_minutes_critical", 1...10_080, \.acceptanceMinutesCritical),
    limit("acceptance_minutes_high", 1...10_080, \.acceptanceMinutesHigh),
    limit("acceptance_minutes_normal", 1...10_080, \.acceptanceMinutesNormal),
    limit("acceptance_minutes_low", 1...10_080, \.acceptanceMinutesLow),
    limit("alarm_below_per_mille", 0...1_000, \.alarmBelowPerMille),
    limit("alarm_above_per_mille", 1_000...100_000, \.alarmAbovePerMille),
    limit("alarm_samples_min", 1...1_000_000, \.alarmSamplesMin),
    limit("horizon_minutes", 1...10_080, \.horizonMinutes),
  ]

  private static func limit(
    _ name: StaticString, _ range: ClosedRange<Int64>,
    _ path: any WritableKeyPath<AssignmentLimits, Int64> & Sendable
  ) -> Number {
    Number(
      name: name, range: range, get: { $0.limits[keyPath: path] }, set: { $0.limits[keyPath: path] = $1 })
  }

  /// What was sent, on top of the policy in force; faults are kept in `fields`.
  static func read(_ fields: inout BodyFields, onto policy: AssignmentPolicy) -> AssignmentPolicy {
    var parts = Parts(policy)
    for number in numbers {
      if let value = fields.integer("\(number.name)", in: number.range) { number.set(&parts, Int64(value)) }
    }
    if let flag = fields.flag("prefers_usual_agent") { parts.limits.prefersUsualAgent = flag }
    if let flag = fields.flag("takes_over_cut_off_work") { parts.limits.takesOverCutOffWork = flag }
    return parts.policy
  }

  /// A form's number that is none, or outside its range.
  struct Fault: Error {
    let name: String
    let range: ClosedRange<Int64>

    func text(_ desk: PageDesk) -> String {
      desk.wording.text(
        "policy_range",
        [
          "field": desk.wording.text("policy_\(name)"), "min": desk.format.number(range.lowerBound),
          "max": desk.format.number(range.upperBound),
        ])
    }
  }

  /// A posted form on top of the policy in force; its boxes are off where they are not sent.
  static func read(_ form: Form, onto policy: AssignmentPolicy) throws(Fault) -> AssignmentPolicy {
    var parts = Parts(policy)
    for number in numbers {
      guard let text = form.text("\(number.name)") else { continue }
      guard let value = Int64(text), number.range.contains(value) else {
        throw Fault(name: "\(number.name)", range: number.range)
      }
      number.set(&parts, value)
    }
    parts.limits.prefersUsualAgent = form["prefers_usual_agent"] == "yes"
    parts.limits.takesOverCutOffWork = form["takes_over_cut_off_work"] == "yes"
    return parts.policy
  }

  static func write(_ policy: AssignmentPolicy, into json: inout JSONWriter) {
    for number in numbers { json.member(number.name, number.get(policy)) }
    json.member("prefers_usual_agent", policy.limits.prefersUsualAgent)
    json.member("takes_over_cut_off_work", policy.limits.takesOverCutOffWork)
  }
}
