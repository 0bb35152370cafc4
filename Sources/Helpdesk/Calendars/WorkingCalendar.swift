/// When an office or a shift is open: hours of the week in a time zone, less its holidays. Everything is worked out from the
/// moment asked about; nothing is stored.
///
/// Working hours are clock times. Across a change of the clocks a shift lasts as long as it really does: a night from ten to six
/// is seven hours long in spring and nine in autumn. A holiday takes out its own day from midnight to midnight, also of a
/// shift that began the evening before.
package struct WorkingCalendar: Hashable, Sendable {
  package let hours: WeeklyHours
  package let zone: ZoneRules
  /// In order of time.
  package let holidays: [Holiday]

  /// What is further ahead than this counts as never.
  package static let daysAhead = 400
  /// Working time is counted over at most this many days, ten years; what lies after them is left out.
  package static let countedDaysMax = 3660

  /// Minutes of each weekday, Monday first, with what began the day before; within 0…1440.
  private let week: [[MinuteRange]]
  private let free: [Int: [MinuteRange]]
  /// Open at every moment: what would otherwise be found out by going through more than a year.
  private let isAlwaysOpen: Bool

  package init(hours: WeeklyHours, zone: ZoneRules, holidays: [Holiday] = []) {
    self.hours = hours
    self.zone = zone
    self.holidays = holidays.sorted()
    week = (0..<7).map { day in
      let own = hours.days[day].compactMap { MinuteRange(from: $0.from, to: min($0.to, 1440)) }
      let before = hours.days[(day + 6) % 7].compactMap { MinuteRange(from: 0, to: $0.to - 1440) }
      return MinuteRange.merged(own + before)
    }
    free = Dictionary(grouping: self.holidays, by: \.date.dayNumber).mapValues { MinuteRange.merged($0.map(\.minutes)) }
    isAlwaysOpen = hours == .always && holidays.isEmpty
  }

  /// The open minutes of a day by its own clock, in order, within 0…1440.
  package func openMinutes(of day: CivilDate) -> [MinuteRange] {
    let open = week[day.weekday - 1]
    guard let free = free[day.dayNumber] else { return open }
    return free.reduce(open) { left, hole in
      left.flatMap { range in
        [
          MinuteRange(from: range.from, to: min(range.to, hole.from)),
          hole.to < 1440 ? MinuteRange(from: max(range.from, hole.to), to: range.to) : nil,
        ].compactMap { $0 }
      }
    }
  }

  /// The holidays of a day.
  package func holidays(on day: CivilDate) -> [Holiday] { holidays.filter { $0.date == day } }

  // MARK: Questions

  package func isOpen(at moment: Int64) -> Bool {
    var isOpen = false
    forEachSpan(after: moment, days: 2) { span in
      isOpen = span.contains(moment)
      return false
    }
    return isOpen
  }

  /// The moment itself where it is open then, else when it opens next; nil when that is more than 400 days ahead.
  package func nextOpening(after moment: Int64) -> Int64? { nextSpan(after: moment).map { max(moment, $0.start) } }

  /// When what is open at a moment, or opens next after it, closes; nil when that is more than 400 days ahead.
  package func closing(after moment: Int64) -> Int64? {
    if isAlwaysOpen { return nil }
    var end: Int64?
    let isCut = forEachSpan(after: moment) { span in
      if let known = end, span.start > known { return false }
      end = span.end
      return true
    }
    if isCut { return end }
    // Nothing opened again: closed for good where that was well before the end of the search, open all along otherwise.
    let horizon = moment.addingReportingOverflow(Int64(Self.daysAhead - 3) * 86_400_000)
    return end.flatMap { !horizon.overflow && $0 < horizon.partialValue ? $0 : nil }
  }

  /// The open time between two moments in milliseconds; zero when the second is not after the first.
  package func workingTime(from: Int64, to: Int64) -> Int64 {
    guard from < to else { return 0 }
    var sum: Int64 = 0
    forEachSpan(after: from, days: Self.countedDaysMax) { span in
      guard span.start < to else { return false }
      sum += min(span.end, to) - max(span.start, from)
      return true
    }
    return sum
  }

  /// The earliest moment by which so much open time has passed; nil when that is more than 400 days ahead.
  package func adding(_ workingMilliseconds: Int64, to moment: Int64) -> Int64? {
    guard workingMilliseconds > 0 else { return moment }
    var rest = workingMilliseconds
    var reached: Int64?
    forEachSpan(after: moment) { span in
      let start = max(span.start, moment)
      if rest <= span.end - start {
        reached = start + rest
        return false
      }
      rest -= span.end - start
      return true
    }
    return reached
  }

  /// The open stretches that overlap a time, in order, cut to it; those that touch are one.
  package func spans(from: Int64, to: Int64) -> [Span] {
    var spans: [Span] = []
    guard from < to else { return spans }
    forEachSpan(after: from, days: Self.countedDaysMax) { span in
      guard span.start < to else { return false }
      let cut = Span(start: max(span.start, from), end: min(span.end, to))
      if let last = spans.last, last.end == cut.start {
        spans[spans.count - 1] = Span(start: last.start, end: cut.end)
      } else {
        spans.append(cut)
      }
      return true
    }
    return spans
  }

  private func nextSpan(after moment: Int64) -> Span? {
    var found: Span?
    forEachSpan(after: moment) { span in
      found = span
      return false
    }
    return found
  }

  // MARK: Days

  /// Calls back with each open stretch that ends after a moment, in order, day by day, until told to stop (true then).
  @discardableResult
  private func forEachSpan(after moment: Int64, days: Int = daysAhead, _ body: (Span) -> Bool) -> Bool {
    var day = zone.wallTime(at: moment).day
    var start = zone.moment(of: day, minute: 0)
    for _ in 0..<days {
      let next = day.advanced(byDays: 1)
      let end = zone.moment(of: next, minute: 0)
      let isSteady = end - start == 86_400_000 && (zone.nextTransition(after: start) ?? .max) >= end
      for range in openMinutes(of: day) {
        let span =
          isSteady
          ? Span(start: start + Int64(range.from) * 60_000, end: start + Int64(range.to) * 60_000)
          : Span(start: zone.moment(of: day, minute: range.from), end: zone.moment(of: day, minute: range.to))
        if span.end > moment, span.end > span.start, !body(span) { return true }
      }
      day = next
      start = end
    }
    return false
  }
}
