package import Helpdesk
package import OperationLog

/// How a ticket was served, read back from its history: what service reports are computed from.
package struct ServiceHistory: Hashable, Sendable {
  /// A stretch of time, milliseconds UTC.
  package struct Stretch: Hashable, Sendable {
    package var from: Int64
    /// Nil while it lasts.
    package var to: Int64?

    package init(from: Int64, to: Int64?) {
      self.from = from
      self.to = to
    }
  }

  /// Something a person did, and when.
  package struct Act: Hashable, Sendable {
    /// Zero where the source of an import names nobody.
    package var person: EntityID
    /// Milliseconds UTC.
    package var at: Int64

    package init(person: EntityID, at: Int64) {
      self.person = person
      self.at = at
    }
  }

  package var ticket: EntityID
  /// The office it concerns: the requester's own unless they named another.
  package var site: EntityID?
  package var requester: EntityID?
  /// True for a requester who works remotely.
  package var isRemote: Bool
  /// Imported tickets carry no words of people, so nothing can be said about their first answer.
  package var isImported: Bool
  /// Milliseconds UTC.
  package var openedAt: Int64
  package var priority: Priority
  package var category: EntityID?
  /// True while somebody still has to act on it.
  package var isOpen: Bool
  /// The first public word of a person other than the requester.
  package var answer: Act?
  /// The first time a person took it upon themselves, or answered without taking it; a rule's choice does not count.
  package var acceptance: Act?
  /// While it was open and nobody had it, in order of time.
  package var unowned: [Stretch]

  package init(
    ticket: EntityID, site: EntityID?, requester: EntityID? = nil, isRemote: Bool, isImported: Bool, openedAt: Int64,
    priority: Priority,
    category: EntityID?, isOpen: Bool, answer: Act? = nil, acceptance: Act? = nil, unowned: [Stretch] = []
  ) {
    self.ticket = ticket
    self.site = site
    self.requester = requester
    self.isRemote = isRemote
    self.isImported = isImported
    self.openedAt = openedAt
    self.priority = priority
    self.category = category
    self.isOpen = isOpen
    self.answer = answer
    self.acceptance = acceptance
    self.unowned = unowned
  }
}

/// The histories of one period, the latest first where there are too many.
package struct ServiceHistoryList: Hashable, Sendable {
  package var histories: [ServiceHistory]
  /// True when the period holds more tickets than were asked for; the earliest are left out.
  package var isCut: Bool

  package init(histories: [ServiceHistory], isCut: Bool) {
    self.histories = histories
    self.isCut = isCut
  }
}
