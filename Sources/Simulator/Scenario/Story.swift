import Helpdesk

/// A test that reads as a story: what people do at their offices, what goes wrong meanwhile, and what has to come of
/// it.
///
/// `cut MAD LYO; an agent closes MAD-7 at MAD; its requester replies at LYO; heal; expect MAD-7 open, marked for
/// review`
package struct Story: Sendable {
  /// Office codes in the order of their nodes.
  package var offices = ["MAD", "LYO"]
  package var topology = Topology.mesh
  var sentences: [Sentence] = []

  /// One sentence with the place where it begins.
  struct Sentence: Sendable {
    var place: StoryPlace
    var step: Step
  }

  enum Step: Hashable, Sendable {
    /// Tickets are opened at an office until this number exists.
    case given(String)
    case cut(Line)
    /// Nil heals everything and waits until all nodes are equal.
    case heal(Line?)
    case act(Act)
    case end(String, Ending)
    case start(String)
    case freeze(String, Bool)
    case backUp(String)
    case restore(String)
    /// The disk goes to work in another machine.
    case move(String)
    /// Milliseconds that a wall clock is ahead.
    case clock(String, Int64)
    case older(String)
    case upgrade(String)
    case disk(String, DiskTrouble)
    /// Milliseconds.
    case wait(Int64)
    case expect(Expectation)
  }

  /// Which directions of which lines.
  struct Line: Hashable, Sendable {
    var from: String
    /// Nil is every other office.
    var to: String?
    var isOneWay = false
  }

  /// How a process ends.
  enum Ending: Hashable, Sendable {
    case stop
    case kill
    case crash(DiskLoss)
    /// The power fails before the change of the disk after so many more.
    case crashAfter(Int, DiskLoss)
  }

  enum DiskTrouble: Hashable, Sendable {
    case full
    case failingSync
    case none
  }

  /// Who does it.
  enum Person: Hashable, Sendable {
    case named(String)
    case itsRequester
    case itsAssignee
    case console
  }

  /// Which ticket: a number, a name given by `as`, or the one spoken of last.
  enum TicketReference: Hashable, Sendable {
    case number(String)
    case named(String)
    case it
  }

  /// What somebody does at an office.
  struct Act: Hashable, Sendable {
    var person: Person
    var deed: Deed
    var ticket = TicketReference.it
    var site = ""
    /// A name for the ticket it opens.
    var name: String?
    var outcome = Outcome.done
  }

  enum Outcome: Hashable, Sendable {
    case done
    /// The node refuses it, with this stable name if one is stated.
    case refused(String?)
    /// It is not acknowledged: the node fails while doing it.
    case failed
  }

  enum Deed: Hashable, Sendable {
    case open(subject: String, text: String)
    case reply(String)
    case note(String)
    case take
    case assign(Person?)
    case resolve(String)
    case close(String)
    case reopen(String)
    case wait(WaitingReason)
    case tag(String)
    case untag(String)
    case change(TicketField, String)
    case decide(TicketField, String)
    case escalate(queue: String, reason: String)
  }

  /// What has to hold, at one office or at all that run.
  struct Expectation: Hashable, Sendable {
    var site: String?
    var subject: Subject
  }

  enum Subject: Hashable, Sendable {
    case ticket(TicketReference, [Property])
    case sameEverywhere
    case ticketCount(Int)
    case promisesKept
    /// So many operations are held nowhere else.
    case onlyHere(String, Int)
  }

  enum Property: Hashable, Sendable {
    case status(TicketStatus)
    case stage(TicketStage)
    case markedForReview(Bool)
    case value(TicketField, String)
    /// Both values, in any order.
    case conflict(TicketField, [String])
    /// Nil: in no field.
    case noConflict(TicketField?)
    case assignee(Person?)
    case lostClaim(Person)
    case tagged(String, Bool)
    case replies(Int)
    case notes(Int)
    case saying(String)
    case numbered(String)
    case isKnown(Bool)
  }
}
