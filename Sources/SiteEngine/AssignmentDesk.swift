import Assignment
package import Helpdesk
package import Logging
package import OperationLog
import Replication
package import Store
import Synchronization

/// Carries out what the rules of assignment decide: gives waiting tickets to free agents, offers untouched work again, moves
/// custody where nobody can serve a ticket, and asks neighbours for work when somebody here is free.
///
/// Only tickets of which this node is the custodian are decided here; for a free agent of this office a neighbour's most
/// overdue ticket is asked of its custodian, which decides, so that two requests for one ticket meet at one place.
package final class AssignmentDesk: Sendable {
  /// Tickets looked at in one pass; the most overdue come first.
  static let waitingMax = 500
  /// Of what nobody can serve so many are looked at besides.
  static let unservableMax = 4_500
  /// More than this no office has to do (`SiteOutlook.isPlausible`).
  static let ticketsAheadMax = 1_000_000
  /// How long a neighbour may take to answer before another ticket is asked for.
  static let requestMilliseconds: Int64 = 5_000
  /// The least time between two passes: each looks at everything that waits, however much has come in.
  static let passMilliseconds: Int64 = 100
  /// After a pass the desk rests so many times as long as it took, and never longer than this: with a hundred thousand open
  /// tickets a pass takes its time, and operations keep coming in while a node catches up.
  static let restShare: Int64 = 4
  static let restMillisecondsMax: Int64 = 1_500
  /// How often deadlines are looked at without any change.
  package static let tickMilliseconds: Int64 = 5_000
  /// How often everything that waits is looked at, also with nobody free: moves, and what nobody can serve.
  static let surveyMilliseconds: Int64 = 15_000
  /// The least time between two looks at how much waits.
  static let loadMilliseconds: Int64 = 5_000
  /// How often handling times are learned anew from ended work.
  static let learningMilliseconds: Int64 = 300_000
  /// A hand-over that was not acknowledged is taken back after so long, sooner where the link is down.
  static let acknowledgementMilliseconds: Int64 = 30_000
  /// Only a custodian that has been out of reach for so long is passed over by a rule: a link that flaps, or was not made yet
  /// after a start, must not fork custody.
  package static let cutOffMilliseconds: Int64 = 30_000
  static let topic = "assign/next"

  let store: SiteStore
  let engine: SiteEngine
  let clock: any EngineClock
  let zones: any ZoneReading
  /// True where this office takes over what waits at an office that is cut off and deserted.
  let isCentral: Bool
  let logger: Logger
  /// What pushes draw from.
  let random: @Sendable () -> any RandomNumberGenerator
  private let wake: AsyncStream<Void>
  private let waker: AsyncStream<Void>.Continuation
  /// Who else hears that there is something to look at.
  private let wanted = Mutex<Listener>(Listener())
  let state = Mutex(DeskState())

  /// What is remembered between passes; all of it can be lost.
  struct DeskState {
    /// Requests of neighbours that wait for the next pass: ticket and agent.
    var requests: [(ticket: EntityID, agent: EntityID)] = []
    /// What we asked of neighbours, by agent: the ticket and the deadline.
    var asked: [EntityID: (ticket: EntityID, deadline: Int64)] = [:]
    /// Tickets that have been offered to every site on arrival.
    var arrived: Set<EntityID> = []
    var lastAssignedAt: [EntityID: Int64] = [:]
    /// What the neighbours were told last, and when that was looked at.
    var told: LoadSummary?
    var toldAt = Int64.min / 2
    /// True when the neighbours were told of other sites.
    var isFarTold = false
    /// The directory as assignment needs it; nil when it has changed since.
    var staff: DeskStaff?
    /// How often the directory has changed: what was read before a change is not kept after it.
    var directoryChanges = 0
    /// The count of changes as of the last look at what lies untouched.
    var offersLookedAtChanges = -1
    /// Since when a site has not been reachable, monotonic milliseconds.
    var unreachableSince: [EntityID: Int64] = [:]
    var handling = HandlingTimes()
    var concentration = AgentConcentration()
    /// What expectations were last reckoned from, and when, monotonic milliseconds.
    var expectation: (at: Int64, situation: Situation)?
    var learnedAt = Int64.min / 2
    var surveyedAt = Int64.min / 2
    var tickedAt = Int64.min / 2
    /// Nodes whose reported load cannot be true.
    var implausible: Set<NodeID> = []
    /// Tickets of our custody that nobody can serve, and why, as of the last survey.
    var unservable: [EntityID: Unservable] = [:]
  }

  /// What the desk found at its last survey, for the status.
  package struct UnservableTickets: Hashable, Sendable {
    package var count: Int
    /// Some of them, in the order of their identifiers, with the name of the reason.
    package var examples: [(ticket: EntityID, reason: String)]

    package static func == (left: Self, right: Self) -> Bool {
      left.count == right.count && left.examples.elementsEqual(right.examples) { $0 == $1 }
    }

    package func hash(into hasher: inout Hasher) {
      hasher.combine(count)
      for example in examples { hasher.combine(example.ticket) }
    }
  }

  private struct Listener {
    var isWanted: (@Sendable () -> Void)?
  }

  package init(
    store: SiteStore, engine: SiteEngine, clock: any EngineClock, zones: any ZoneReading, isCentral: Bool = false,
    random: @escaping @Sendable () -> any RandomNumberGenerator = { SystemRandomNumberGenerator() }, logger: Logger
  ) {
    self.store = store
    self.engine = engine
    self.clock = clock
    self.zones = zones
    self.isCentral = isCentral
    self.random = random
    self.logger = logger
    (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    store.onCommit { [weak self] change in
      guard let self, !change.tickets.isEmpty || change.directoryChanged else { return }
      if change.directoryChanged { forgetStaff() }
      yield()
    }
    engine.onPeerChanged { [weak self] _, _ in self?.yield() }
    engine.onDelivered { [weak self] message in self?.take(message) }
  }

  /// Looks at what waits until cancelled: on every change, and every few seconds for deadlines.
  package func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [waker] in
        while !Task.isCancelled {
          waker.yield()
          try await Task.sleep(for: .milliseconds(Self.tickMilliseconds))
        }
      }
      for await _ in wake {
        let began = clock.now
        do {
          try await pass()
        } catch let error where !(error is CancellationError) {
          logger.error("assignment could not be carried out, it is tried again: \(error)")
        }
        if Task.isCancelled { break }
        // The first change is looked at in the instant, those that follow at once together.
        let rest = min(max(Self.passMilliseconds, Self.restShare * (clock.now - began)), Self.restMillisecondsMax)
        try await Task.sleep(for: .milliseconds(rest))
      }
      group.cancelAll()
    }
  }

  /// Looks again soon.
  func yield() {
    waker.yield()
    wanted.withLock { $0 }.isWanted?()
  }

  /// Calls back when there is something to look at, on any thread: return at once. For whoever carries the passes out
  /// instead of `run`.
  package func onWanted(_ listener: @escaping @Sendable () -> Void) { wanted.withLock { $0.isWanted = listener } }

  /// Why nobody can serve a ticket of this custody, as the name of an `Unservable`; nil where somebody can, or another office
  /// knows better.
  package func unservable(_ ticket: EntityID) -> String? { state.withLock { $0.unservable[ticket]?.rawValue } }

  /// True while a neighbour reports a load that cannot be true: no custody moves there by itself.
  package func isLoadImplausible(_ node: NodeID) -> Bool { state.withLock { $0.implausible.contains(node) } }

  /// All tickets of this custody that nobody can serve, as of the last survey.
  package var unservableTickets: UnservableTickets {
    let found = state.withLock { $0.unservable }
    return UnservableTickets(
      count: found.count,
      examples: found.keys.sorted().prefix(3).compactMap { id in found[id].map { (id, $0.rawValue) } })
  }

  /// The expected work on a ticket of a category at a site, learned from ended work, milliseconds.
  package func handlingMilliseconds(category: EntityID?, site: EntityID) -> Int64 {
    state.withLock { $0.handling.milliseconds(category: category, site: site) }
  }
}
