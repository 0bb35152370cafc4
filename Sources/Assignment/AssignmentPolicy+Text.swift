/// The canonical text of a policy: numbers in a fixed order, kept in records and in the directory.
///
/// ```
/// 1 <handling ms> <hand-over ms> <age ‰> <work ‰> <absence ‰> <hysteresis ‰> <hops>
///   <accept critical>/<high>/<normal>/<low> <usual 0|1> <take-over 0|1> <below ‰>/<above ‰>/<n> <horizon min> <fresh ms>
/// ```
extension AssignmentPolicy {
  /// One line without a line feed; equal policies have equal texts.
  package var text: String {
    var writer = RecordWriter()
    writer.line { $0.words(of: self) }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Reads a canonical text; nil for anything else, also for values outside their ranges.
  package init?(parsing text: String) {
    guard text.utf8.count <= 400 else { return nil }
    let words = text.split(separator: " ")
    guard words.count == 14, words[0] == "1" else { return nil }
    let accept = Self.numbers(words[8])
    let alarm = Self.numbers(words[11])
    let plain = (words[1...7] + words[9...10] + words[12...13]).compactMap { Int64($0) }
    guard accept.count == 4, alarm.count == 3, plain.count == 11 else { return nil }
    var limits = AssignmentLimits()
    limits.workWeightPerMille = plain[3]
    limits.absenceWeightPerMille = plain[4]
    limits.hysteresisPerMille = plain[5]
    limits.hopsMax = plain[6]
    limits.acceptanceMinutesCritical = accept[0]
    limits.acceptanceMinutesHigh = accept[1]
    limits.acceptanceMinutesNormal = accept[2]
    limits.acceptanceMinutesLow = accept[3]
    limits.prefersUsualAgent = plain[7] == 1
    limits.takesOverCutOffWork = plain[8] == 1
    limits.alarmBelowPerMille = alarm[0]
    limits.alarmAbovePerMille = alarm[1]
    limits.alarmSamplesMin = alarm[2]
    limits.horizonMinutes = plain[9]
    limits.freshMilliseconds = plain[10]
    self.init(
      handlingMilliseconds: plain[0], handOverMilliseconds: plain[1], agePenaltyPerMille: plain[2], limits: limits)
    guard self.text == text else { return nil }
  }

  private static func numbers(_ word: Substring) -> [Int64] {
    word.split(separator: "/", omittingEmptySubsequences: false).compactMap { Int64($0) }
  }
}
