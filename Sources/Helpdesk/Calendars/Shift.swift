/// When one person works: the hours of their shift or office, less the times they are away.
package struct Shift: Hashable, Sendable {
  package let calendar: WorkingCalendar
  /// In order, none overlapping or touching; milliseconds UTC.
  package let absences: [Span]
  /// False where nobody has set any hours and the person counts as at work around the clock.
  package let areHoursSet: Bool

  package init(calendar: WorkingCalendar, absences: [Absence] = [], areHoursSet: Bool = true) {
    self.calendar = calendar
    self.areHoursSet = areHoursSet
    var spans: [Span] = []
    for absence in absences.sorted() {
      let span = Span(start: calendar.zone.moment(of: absence.from), end: calendar.zone.moment(of: absence.to))
      if let last = spans.last, span.start <= last.end {
        spans[spans.count - 1] = Span(start: last.start, end: max(last.end, span.end))
      } else {
        spans.append(span)
      }
    }
    self.absences = spans
  }

  package func isAbsent(at moment: Int64) -> Bool { absences.contains { $0.contains(moment) } }

  package func isOnShift(at moment: Int64) -> Bool { !isAbsent(at: moment) && calendar.isOpen(at: moment) }

  /// The moment itself where the person works then, else when they begin next; nil when that is more than 400 days ahead.
  package func nextShift(after moment: Int64) -> Int64? {
    let last = moment.addingReportingOverflow(Int64(WorkingCalendar.daysAhead) * 86_400_000)
    var begin = moment
    // Each absence moves the search behind itself, so there are at most so many turns.
    for _ in 0...absences.count {
      guard let opening = calendar.nextOpening(after: begin), last.overflow || opening <= last.partialValue else {
        return nil
      }
      guard let absence = absences.first(where: { $0.contains(opening) }) else { return opening }
      begin = absence.end
    }
    return nil
  }

  /// When the person stops who works at a moment, or begins next after it; nil as `nextShift`, and when it never ends.
  package func endOfShift(after moment: Int64) -> Int64? {
    guard let begin = nextShift(after: moment) else { return nil }
    let absent = absences.first { $0.start > begin }?.start
    guard let closing = calendar.closing(after: begin) else { return absent }
    return min(closing, absent ?? closing)
  }

  /// How long the person works between two moments, in milliseconds.
  package func workingTime(from: Int64, to: Int64) -> Int64 {
    absences.reduce(calendar.workingTime(from: from, to: to)) { sum, absence in
      sum - calendar.workingTime(from: max(from, absence.start), to: min(to, absence.end))
    }
  }
}

/// How many people there will be, hour by hour or in other steps, as far as calendars and absences tell.
package enum CapacityOutlook {
  /// For each step, the time people are there in it, summed over the people, in milliseconds.
  ///
  /// - Parameter stepMilliseconds: at least one minute; at most 1,000 steps are worked out.
  package static func personTime(
    _ shifts: [Shift], from: Int64, stepMilliseconds: Int64, steps: Int
  ) -> [Int64] {
    let step = max(60_000, min(stepMilliseconds, 366 * 86_400_000))
    // Far enough inside the numbers that a thousand steps fit behind it.
    let start = min(max(from, -1 << 60), 1 << 60)
    return (0..<min(max(0, steps), 1000)).map { index in
      let begin = start + Int64(index) * step
      return shifts.reduce(0) { $0 + $1.workingTime(from: begin, to: begin + step) }
    }
  }
}
