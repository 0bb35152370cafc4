package import Helpdesk
package import OperationLog

/// When a person answers, from the present load; what the requester is told ("a person answers by about 10:40").
package struct ExpectedAnswer: Hashable, Sendable {
  /// Milliseconds UTC.
  package let at: Int64
  /// Tickets that come first.
  package let ahead: Int
  /// People who work on them at the same time.
  package let workers: Int

  /// What an answer usually takes at the least, even when nobody waits: reading, thinking, writing.
  package static let usualMillisecondsDefault: Int64 = 10 * 60_000

  /// The work ahead divided by the people on shift, but never less than the usual; nil when nobody is on shift,
  /// because then no honest time follows from load.
  ///
  /// Overdrawn inputs are held inside 1,000,000 tickets and 24 hours of work each, so nothing overflows.
  package init?(
    now: Int64, ahead: Int, workers: Int,
    handlingMilliseconds: Int64 = AssignmentPolicy.handlingMillisecondsDefault,
    usualMilliseconds: Int64 = Self.usualMillisecondsDefault
  ) {
    guard workers > 0 else { return nil }
    let tickets = Int64(min(max(0, ahead), 1_000_000))
    let handling = AssignmentPolicy(handlingMilliseconds: handlingMilliseconds).handlingMilliseconds
    let people = Int64(min(workers, 1_000_000))
    // Rounded up: a promise that errs is kept, not broken.
    let wait = (tickets * handling + people - 1) / people
    let (moment, overflow) = now.addingReportingOverflow(max(wait, min(max(0, usualMilliseconds), 1 << 40)))
    guard !overflow else { return nil }
    at = moment
    self.ahead = Int(tickets)
    self.workers = workers
  }

  /// How many of these open tickets come before a new one of this priority in this queue: those of its priority or a
  /// higher one.
  package static func ticketsAhead(
    of priority: Priority, in queue: EntityID?, among open: some Sequence<(priority: Priority, queue: EntityID?)>
  ) -> Int {
    open.reduce(0) { count, other in
      other.queue == queue && other.priority.rawValue <= priority.rawValue ? count + 1 : count
    }
  }
}
