import Helpdesk
package import OperationLog
import Replication
import Store
import Synchronization

/// Who looks at which ticket and who writes on it, at every office: soft state, told as it happens and forgotten by itself.
///
/// Nothing here is stored or replicated as an operation; a message that is lost costs a few seconds of knowledge. What an
/// office said before its link was cut stays visible for a while as "last known".
package final class PresenceBoard: Sendable {
  static let topic = "presence"
  /// Whoever is not heard of again within this time has left.
  package static let expiryMilliseconds: Int64 = 30_000
  /// What a cut-off office said last is shown this long.
  package static let lastKnownMilliseconds: Int64 = 300_000
  /// A viewer who only stays is told of again after so long.
  static let repeatMilliseconds: Int64 = 10_000
  /// Entries at most; the oldest give way.
  static let entriesMax = 4_000
  /// People shown at one ticket at most.
  static let perTicketMax = 20

  /// What somebody does at a ticket; raw values are sent.
  package enum Activity: UInt8, Sendable {
    case left = 0
    case viewing = 1
    case writing = 2
  }

  /// Somebody at a ticket.
  package struct Entry: Hashable, Sendable {
    package var person: EntityID
    /// The node at which they work.
    package var node: NodeID
    package var isWriting: Bool
    /// True when their office cannot be reached, so that nobody knows whether this still holds.
    package var isLastKnown: Bool
  }

  private struct Key: Hashable, Comparable {
    let ticket: EntityID
    let person: EntityID

    static func < (left: Key, right: Key) -> Bool { (left.ticket, left.person) < (right.ticket, right.person) }
  }

  private struct Seen {
    var node: NodeID
    var activity: Activity
    /// Monotonic milliseconds.
    var at: Int64
    var toldAt: Int64
  }

  private let engine: SiteEngine
  private let home: NodeID
  private let clock: any EngineClock
  private let seen = Mutex<[Key: Seen]>([:])
  private let listeners = Mutex<[@Sendable (EntityID) -> Void]>([])

  package init(engine: SiteEngine, clock: any EngineClock) {
    self.engine = engine
    self.clock = clock
    home = engine.store.home.node
    engine.onDelivered { [weak self] message in self?.take(message) }
  }

  /// Calls back when who is at a ticket may have changed, on some thread: return at once.
  package func onChange(_ listener: @escaping @Sendable (EntityID) -> Void) {
    listeners.withLock { $0.append(listener) }
  }

  /// Notes what somebody at this office does, and tells the others when it is news or ten seconds old.
  package func note(_ ticket: EntityID, person: EntityID, _ activity: Activity) {
    let now = clock.now
    let key = Key(ticket: ticket, person: person)
    let (isNews, mustTell) = seen.withLock { seen -> (Bool, Bool) in
      let before = seen[key]
      let isNews = (before?.activity ?? .left) != activity || before?.node != home
      if activity == .left {
        seen[key] = nil
        return (before != nil, before != nil)
      }
      let mustTell = isNews || now - (before?.toldAt ?? .min / 2) >= Self.repeatMilliseconds
      Self.makeRoom(&seen)
      seen[key] = Seen(node: home, activity: activity, at: now, toldAt: mustTell ? now : before?.toldAt ?? now)
      return (isNews, mustTell)
    }
    if mustTell { engine.relay(to: nil, topic: Self.topic, Self.message(key.ticket, person, activity)) }
    if isNews { tell(ticket) }
  }

  /// Who is at the ticket now, writers first, then by identifier.
  package func present(at ticket: EntityID) -> [Entry] {
    let now = clock.now
    let found = seen.withLock { seen in
      seen.filter { $0.key.ticket == ticket }.sorted { $0.key < $1.key }.map { ($0.key.person, $0.value) }
    }
    let entries = found.compactMap { person, entry -> Entry? in
      let isCut = entry.node != home && !engine.isUp(entry.node)
      let age = now - entry.at
      guard age <= Self.expiryMilliseconds || isCut && age <= Self.lastKnownMilliseconds else { return nil }
      return Entry(
        person: person, node: entry.node, isWriting: entry.activity == .writing && !isCut, isLastKnown: isCut)
    }
    return Array((entries.filter(\.isWriting) + entries.filter { !$0.isWriting }).prefix(Self.perTicketMax))
  }

  /// Forgets who has left without a word; call it every few seconds.
  package func sweep() {
    let now = clock.now
    let (expired, gone) = seen.withLock { seen -> (Set<EntityID>, [Key]) in
      var expired: Set<EntityID> = []
      var gone: [Key] = []
      for (key, entry) in seen where now - entry.at > Self.expiryMilliseconds {
        // Told once, in the sweep in which it expires.
        if now - entry.at <= Self.expiryMilliseconds + 10_000 { expired.insert(key.ticket) }
        if entry.node == home || now - entry.at > Self.lastKnownMilliseconds { gone.append(key) }
      }
      for key in gone { seen[key] = nil }
      return (expired, gone)
    }
    for ticket in expired.union(gone.map(\.ticket)).sorted() { tell(ticket) }
  }

  // MARK: From other offices

  private func take(_ message: RelayedMessage) {
    guard message.topic == Self.topic, message.bytes.count == 34, message.bytes[0] == 0,
      let ticket = EntityID(bytes: message.bytes[1..<17]), let person = EntityID(bytes: message.bytes[17..<33]),
      let activity = Activity(rawValue: message.bytes[33])
    else { return }
    let now = clock.now
    let key = Key(ticket: ticket, person: person)
    let isNews = seen.withLock { seen -> Bool in
      let before = seen[key]
      if activity == .left {
        // Leaving one office's page says nothing about a page at another.
        guard before?.node == message.origin else { return false }
        seen[key] = nil
        return true
      }
      Self.makeRoom(&seen)
      seen[key] = Seen(node: message.origin, activity: activity, at: now, toldAt: now)
      return before?.activity != activity || now - (before?.at ?? 0) > Self.expiryMilliseconds
    }
    if isNews { tell(ticket) }
  }

  /// Version, ticket, person, activity.
  private static func message(_ ticket: EntityID, _ person: EntityID, _ activity: Activity) -> [UInt8] {
    [0] + ticket.bytes + person.bytes + [activity.rawValue]
  }

  private static func makeRoom(_ seen: inout [Key: Seen]) {
    guard seen.count >= entriesMax else { return }
    let oldest = seen.sorted { ($0.value.at, $0.key) < ($1.value.at, $1.key) }.prefix(entriesMax / 4)
    for entry in oldest { seen[entry.key] = nil }
  }

  private func tell(_ ticket: EntityID) {
    for listener in listeners.withLock({ $0 }) { listener(ticket) }
  }
}
