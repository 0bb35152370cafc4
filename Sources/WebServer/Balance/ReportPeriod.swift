import Texts

/// The period of a report, [from, to) in milliseconds UTC.
struct ReportPeriod: Hashable, Sendable {
  static let day: Int64 = 86_400_000
  static let daysDefault: Int64 = 28
  /// Two years and a day, so that a year can be compared with the one before.
  static let daysMax: Int64 = 732
  /// Periods that end now begin and end at whole steps, so that several readers share one computation.
  private static let step: Int64 = 300_000

  let from: Int64
  let to: Int64

  /// Days of the period, rounded up.
  var days: Int64 { (to - from + Self.day - 1) / Self.day }

  /// What is wrong with a period somebody asked for: the parameter, and the sentence with its arguments.
  struct Fault: Error {
    let parameter: String
    let sentence: Problem.Sentence
  }

  init(from: Int64, to: Int64) {
    self.from = from
    self.to = to
  }

  /// The four weeks until now.
  init(endingAt now: Int64, days: Int64 = Self.daysDefault) {
    to = (now / Self.step + 1) * Self.step
    from = to - days * Self.day
  }

  /// A period by its ends as somebody wrote them, each a date or an RFC 3339 moment; what is missing follows from the
  /// other end, so that nothing at all means the four weeks until now.
  ///
  /// - Parameter startOfDay: the first moment of a day by its number since 1970, in the zone that the reader's dates are
  ///   meant in.
  init(
    from: String?, to: String?, now: Int64, startOfDay: (Int) -> Int64 = { Int64($0) * ReportPeriod.day }
  ) throws(Fault) {
    let usual = ReportPeriod(endingAt: now)
    // The last day of a period belongs to it.
    let end = try Self.moment("to", to, dayOffset: 1, startOfDay)
    let start = try Self.moment("from", from, dayOffset: 0, startOfDay)
    self.to = end ?? (start ?? usual.from < usual.to ? usual.to : (start ?? 0) + Self.daysDefault * Self.day)
    self.from = start ?? self.to - Self.daysDefault * Self.day
    guard self.from < self.to else {
      throw Fault(parameter: "from", sentence: Problem.Sentence("problem.period_reversed"))
    }
    guard days <= Self.daysMax else {
      throw Fault(
        parameter: "from", sentence: Problem.Sentence("problem.period_too_long", ["days": String(Self.daysMax)]))
    }
  }

  private static func moment(
    _ parameter: String, _ text: String?, dayOffset: Int, _ startOfDay: (Int) -> Int64
  ) throws(Fault) -> Int64? {
    guard let text, !text.isEmpty else { return nil }
    if let moment = RFC3339.milliseconds(text) { return moment }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    if parts.map(\.count) == [4, 2, 2], let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
      let number = CivilMoment.dayNumber(year: year, month: month, day: day)
    {
      return startOfDay(number + dayOffset)
    }
    let arguments = ["parameter": parameter, "value": String(text.prefix(40))]
    throw Fault(parameter: parameter, sentence: Problem.Sentence("problem.date_needed", arguments))
  }
}
