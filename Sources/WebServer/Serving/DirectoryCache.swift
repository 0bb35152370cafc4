package import Helpdesk
package import OperationLog
package import Store
import Synchronization

/// Names of people, sites, categories and queues, kept in memory until the directory changes.
package final class DirectoryCache: Sendable {
  /// People remembered at most.
  static let peopleMax = 4096

  private let store: SiteStore
  private let zones: any ZoneReading
  private let state = Mutex(State())

  private struct State {
    var names: DirectoryNames?
    var people: [EntityID: Person] = [:]
    /// Raised when the directory changes, so that what was read before it is not remembered after it.
    var generation: UInt64 = 0
  }

  /// Empties itself whenever the directory changes.
  init(store: SiteStore, zones: any ZoneReading) {
    self.store = store
    self.zones = zones
    store.onCommit { [weak self] change in
      if change.directoryChanged { self?.forget() }
    }
  }

  private func forget() {
    state.withLock { state in
      state.names = nil
      state.people.removeAll(keepingCapacity: true)
      state.generation &+= 1
    }
  }

  /// Sites, nodes, categories and queues as they are now.
  package func names() async throws -> DirectoryNames {
    let (known, generation) = state.withLock { ($0.names, $0.generation) }
    if let known { return known }
    let names = DirectoryNames(
      sites: try await store.sites(), nodes: try await store.nodes(), categories: try await store.categories(),
      queues: try await store.queues(), calendars: try await store.calendars(), zones: zones)
    state.withLock { state in
      if state.generation == generation { state.names = names }
    }
    return names
  }

  /// The named people who are known.
  package func people(_ ids: some Sequence<EntityID>) async throws -> [EntityID: Person] {
    let wanted = Set(ids)
    let (known, generation) = state.withLock { state in
      var known: [EntityID: Person] = [:]
      for id in wanted { known[id] = state.people[id] }
      return (known, state.generation)
    }
    let missing = wanted.filter { known[$0] == nil }
    if missing.isEmpty { return known }
    let found = try await store.people(missing)
    state.withLock { state in
      guard state.generation == generation else { return }
      if state.people.count + found.count > Self.peopleMax { state.people.removeAll(keepingCapacity: true) }
      state.people.merge(found) { _, new in new }
    }
    return known.merging(found) { _, new in new }
  }
}

/// The directory's small lists, by identifier and by the names people use.
package struct DirectoryNames: Sendable {
  /// By code.
  package let sites: [Site]
  /// By key.
  package let categories: [Helpdesk.Category]
  /// By name.
  package let queues: [Queue]
  /// By key.
  package let calendars: [OfficeCalendar]
  /// Who works when.
  package let roster: Roster
  private let sitesByID: [EntityID: Site]
  private let categoriesByID: [EntityID: Helpdesk.Category]
  private let queuesByID: [EntityID: Queue]
  private let siteOfNode: [NodeID: EntityID]

  /// Indexes the lists.
  init(
    sites: [Site], nodes: [AdmittedNode], categories: [Helpdesk.Category], queues: [Queue],
    calendars: [OfficeCalendar], zones: any ZoneReading
  ) {
    self.sites = sites
    self.categories = categories
    self.queues = queues
    self.calendars = calendars
    roster = Roster(sites: sites, calendars: calendars, zones: zones)
    sitesByID = Dictionary(sites.map { ($0.id, $0) }) { first, _ in first }
    categoriesByID = Dictionary(categories.map { ($0.id, $0) }) { first, _ in first }
    queuesByID = Dictionary(queues.map { ($0.id, $0) }) { first, _ in first }
    var siteOfNode = Dictionary(nodes.map { ($0.id, $0.site) }) { first, _ in first }
    for site in sites {
      if let node = site.node, siteOfNode[node] == nil { siteOfNode[node] = site.id }
    }
    self.siteOfNode = siteOfNode
  }

  /// The site with this identifier; nil while it has not arrived.
  package func site(_ id: EntityID?) -> Site? { id.flatMap { sitesByID[$0] } }
  /// The category with this identifier; nil while it has not arrived.
  package func category(_ id: EntityID?) -> Helpdesk.Category? { id.flatMap { categoriesByID[$0] } }
  /// The queue with this identifier; nil while it has not arrived.
  package func queue(_ id: EntityID?) -> Queue? { id.flatMap { queuesByID[$0] } }

  /// The site a node stands at; nil while its admission has not arrived.
  package func site(of node: NodeID) -> Site? { site(siteOfNode[node]) }

  /// By code, in any case.
  package func site(code: String) -> Site? {
    let upper = code.uppercased()
    return sites.first { $0.code == upper }
  }

  /// By key, in any case.
  package func category(key: String) -> Helpdesk.Category? {
    let lower = key.lowercased()
    return categories.first { $0.key == lower }
  }

  /// The calendar with this identifier; nil while it has not arrived.
  package func calendar(_ id: EntityID?) -> OfficeCalendar? { id.flatMap { id in calendars.first { $0.id == id } } }

  /// By key, in any case.
  package func calendar(key: String) -> OfficeCalendar? {
    let lower = key.lowercased()
    return calendars.first { $0.key == lower }
  }

  /// The zone on whose clock a calendar's part days are kept: its own, else that of a site that uses it, else another's.
  package func zone(of calendar: OfficeCalendar, else site: EntityID, _ zones: any ZoneReading) -> ZoneRules {
    let user = sites.first { $0.calendar == calendar.id } ?? self.site(site)
    return (calendar.timeZone ?? user?.timeZone).flatMap { zones.rules($0) } ?? .utc
  }

  /// By its exact name.
  package func queue(name: String) -> Queue? { queues.first { $0.name == name } }
}

extension DirectoryNames {
  /// When a person should have answered: in working time of the office the ticket concerns, as the store reckons what it
  /// sorts by (`TicketRow.answerDue`).
  package func answerBy(_ row: TicketRow) -> Int64 {
    roster.dueMoment(since: row.createdAt, workingMinutes: row.priority.responseTargetMinutes, site: row.site)
  }

  /// When it should be solved, in working time of the office it concerns.
  package func solveBy(_ row: TicketRow) -> Int64 {
    roster.dueMoment(since: row.createdAt, workingMinutes: row.priority.solutionTargetMinutes, site: row.site)
  }

  /// The clock that runs: until somebody has answered the answer's, then the solution's.
  package func due(_ row: TicketRow) -> Int64 { row.answeredAt == nil ? answerBy(row) : solveBy(row) }
}
