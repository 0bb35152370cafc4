import Helpdesk
package import OperationLog
import ServiceLifecycle
package import Store
import Synchronization

/// What changed at this node, told to every open page and program as it happens.
///
/// Events have ids and the latest are kept, so a client that was away resumes; one away for longer is told `missed`.
/// Every client has a bounded queue: one too slow to empty it is cut off and resumes by itself.
package final class LiveEvents: Service, Sendable {
  /// What happened.
  package enum Change: Hashable, Sendable {
    case ticket(EntityID)
    /// People, sites, categories or queues.
    case directory
    /// Somebody came to a ticket's page, left it, or began or ceased to write.
    case presence(EntityID)
    /// Peers (their site codes) durably hold more of what was written here.
    case acknowledged([String])
    /// More happened than was kept for this client: it reads again what it shows.
    case missed
  }

  /// One event on its way to a client.
  package struct Event: Sendable {
    /// For `Last-Event-ID`; of this run of the node only.
    package let id: String
    /// What happened.
    package let change: Change
    /// The changed ticket as it is now, for `.ticket`; nil when it cannot be shown.
    package let ticket: TicketRow?
  }

  /// What a client's queue holds.
  enum Delivery: Sendable {
    case event(Event)
    case heartbeat
  }

  /// A client's place: its number, what it missed, and what comes.
  struct Subscription: Sendable {
    let number: Int
    let replay: [Event]
    let deliveries: AsyncStream<Delivery>
  }

  /// Events kept for clients that were away.
  static let keptMax = 1024
  /// Events that wait for one client before it is cut off.
  static let queueMax = 256
  /// Clients at the same time.
  static let subscribersMax = 1024
  /// How often a quiet stream shows that it lives.
  static let heartbeat = Duration.seconds(15)

  private let store: SiteStore
  /// Tells this run of the node from earlier ones, whose ids mean nothing now.
  private let epoch: String
  private let state = Mutex(State())
  private let wake: AsyncStream<Void>
  private let waker: AsyncStream<Void>.Continuation

  private struct Kept {
    let sequence: UInt64
    let change: Change
  }

  private struct Subscriber {
    let deliveries: AsyncStream<Delivery>.Continuation
    let cut: @Sendable () -> Void
  }

  private struct State {
    var sequence: UInt64 = 0
    /// In order; at most twice `keptMax`, cut back to it.
    var kept: [Kept] = []
    var subscribers: [Int: Subscriber] = [:]
    var nextNumber = 0
    var tickets: Set<EntityID> = []
    var directoryChanged = false
    var presences: Set<EntityID> = []
    var acknowledgedBy: Set<String> = []

    mutating func keep(_ change: Change) -> Kept {
      sequence &+= 1
      let kept = Kept(sequence: sequence, change: change)
      self.kept.append(kept)
      if self.kept.count >= 2 * LiveEvents.keptMax { self.kept.removeFirst(self.kept.count - LiveEvents.keptMax) }
      return kept
    }
  }

  /// Listens to the store and to the peers' acknowledgements.
  init(services: any NodeServices) {
    store = services.store
    epoch = Hexadecimal.encode(services.randomBytes(4))
    (wake, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    services.store.onCommit { [weak self] change in self?.note(change) }
    services.onPresenceChanged { [weak self] ticket in self?.note(presenceAt: ticket) }
    services.onAcknowledged { [weak self] sites in self?.note(acknowledgedBy: sites) }
  }

  // MARK: In

  private func note(_ change: CommittedChange) {
    state.withLock { state in
      state.tickets.formUnion(change.tickets)
      if change.directoryChanged { state.directoryChanged = true }
    }
    waker.yield()
  }

  private func note(presenceAt ticket: EntityID) {
    state.withLock { state in
      // Bounded: what is not told now is told with the next change.
      if state.presences.count < Self.keptMax / 4 { state.presences.insert(ticket) }
    }
    waker.yield()
  }

  private func note(acknowledgedBy sites: [String]) {
    state.withLock { $0.acknowledgedBy.formUnion(sites) }
    waker.yield()
  }

  /// Passes changes on until the node shuts down.
  package func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { for await _ in self.wake { await self.pass() } }
        group.addTask {
          while !Task.isCancelled {
            // A sleep ends early only by cancellation, which ends the loop.
            try? await Task.sleep(for: Self.heartbeat)
            self.beat()
          }
        }
      }
    }
    for number in state.withLock({ $0.subscribers.keys.sorted() }) { unsubscribe(number) }
  }

  private func beat() {
    for (number, subscriber) in state.withLock({ $0.subscribers }) { deliver(.heartbeat, to: subscriber, number) }
  }

  /// Gives everything noted since the last time an id and hands it to all clients.
  private func pass() async {
    let (changes, subscribers) = state.withLock { state -> ([Kept], [Int: Subscriber]) in
      var changes: [Kept] = []
      if state.directoryChanged { changes.append(state.keep(.directory)) }
      for ticket in state.tickets.sorted() { changes.append(state.keep(.ticket(ticket))) }
      for ticket in state.presences.sorted() { changes.append(state.keep(.presence(ticket))) }
      if !state.acknowledgedBy.isEmpty { changes.append(state.keep(.acknowledged(state.acknowledgedBy.sorted()))) }
      state.directoryChanged = false
      state.presences.removeAll(keepingCapacity: true)
      state.tickets.removeAll(keepingCapacity: true)
      state.acknowledgedBy.removeAll()
      return (changes, state.subscribers)
    }
    if subscribers.isEmpty { return }
    for change in changes {
      let event = await event(change)
      for (number, subscriber) in subscribers { deliver(.event(event), to: subscriber, number) }
    }
  }

  private func event(_ kept: Kept) async -> Event {
    var row: TicketRow?
    if case .ticket(let id) = kept.change {
      // Without the row nobody is shown anything; the client's next reading shows the ticket.
      row = try? await store.row(id)
    }
    return Event(id: "\(epoch)-\(kept.sequence)", change: kept.change, ticket: row)
  }

  private func deliver(_ delivery: Delivery, to subscriber: Subscriber, _ number: Int) {
    if case .dropped = subscriber.deliveries.yield(delivery) {
      unsubscribe(number)
      subscriber.cut()
    }
  }

  // MARK: Out

  /// Nil when too many clients listen already. `cut` closes the client's connection.
  func subscribe(after lastID: String?, cut: @escaping @Sendable () -> Void) async -> Subscription? {
    let (deliveries, continuation) = AsyncStream.makeStream(
      of: Delivery.self, bufferingPolicy: .bufferingOldest(Self.queueMax))
    let wanted = lastID.map(sequence(ofID:))
    let place = state.withLock { state -> (number: Int, missed: [Kept])? in
      guard state.subscribers.count < Self.subscribersMax else { return nil }
      let number = state.nextNumber
      state.nextNumber &+= 1
      state.subscribers[number] = Subscriber(deliveries: continuation, cut: cut)
      return (number, Self.missed(since: wanted, state))
    }
    guard let place else { return nil }
    var replay: [Event] = []
    for kept in place.missed { replay.append(await event(kept)) }
    return Subscription(number: place.number, replay: replay, deliveries: deliveries)
  }

  /// Ends a client's stream; harmless when it has ended.
  func unsubscribe(_ number: Int) {
    state.withLock { $0.subscribers.removeValue(forKey: number) }?.deliveries.finish()
  }

  /// How many clients listen now.
  var subscriberCount: Int { state.withLock { $0.subscribers.count } }

  /// How many events have happened in this run.
  var eventCount: UInt64 { state.withLock { $0.sequence } }

  /// Nil inside for an id of another run or none of ours.
  private func sequence(ofID id: String) -> UInt64? {
    guard id.hasPrefix(epoch + "-") else { return nil }
    return UInt64(id.dropFirst(epoch.count + 1))
  }

  /// What happened since; each ticket once, at its latest event. Outer nil: the client is new and missed nothing.
  private static func missed(since wanted: UInt64??, _ state: State) -> [Kept] {
    guard let wanted else { return [] }
    let oldest = state.kept.first?.sequence ?? state.sequence &+ 1
    guard let since = wanted, since <= state.sequence, since &+ 1 >= oldest else {
      return [Kept(sequence: state.sequence, change: .missed)]
    }
    var latest: [Change: UInt64] = [:]
    for kept in state.kept where kept.sequence > since { latest[kept.change] = kept.sequence }
    return latest.map { Kept(sequence: $0.value, change: $0.key) }.sorted { $0.sequence < $1.sequence }
  }
}
