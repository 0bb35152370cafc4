import Helpdesk
import Logging
import OperationLog
import Replication
import SiteEngine
import Store
import Synchronization
import Testing

extension LinkedOffices {
  /// Defines an agent of an office at the first office of these tests.
  func agent(_ email: String, at site: String, capacity: Int, isAvailable: Bool = true) async throws -> EntityID {
    let definition = PersonDefinition(
      email: email, name: email, role: .agent, site: self[site].store.home.site, isAvailable: isAvailable,
      capacity: capacity)
    return try await self["MAD"].store.execute(Command(actor: .console, body: .definePerson(definition))).entity
  }

  /// A desk that looks at nothing until it runs.
  func desk(at code: String, clock: any EngineClock = TestClock(), isCentral: Bool = false) -> AssignmentDesk {
    AssignmentDesk(
      store: self[code].store, engine: self[code].engine, clock: clock, zones: UTCZones(), isCentral: isCentral,
      logger: Logger(label: "test"))
  }

  /// Runs desks for the length of the body.
  func running(_ desks: [AssignmentDesk], _ body: () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for desk in desks { group.addTask { try await desk.run() } }
      try await body()
      group.cancelAll()
    }
  }

  /// Many tickets at an office, all at once.
  func openMany(_ count: Int, at code: String, category: EntityID?) async throws {
    let store = self[code].store
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<count {
        group.addTask {
          let body = OpenTicket(
            subject: "Many \(number)", description: "Words.", requesterEmail: "many@example.org", category: category)
          _ = try await store.execute(Command(actor: .console, body: .openTicket(body)))
        }
      }
      try await group.waitForAll()
    }
  }

  func person(_ id: EntityID, knownAt code: String) async throws {
    try await wait("a person of the directory at \(code)") { try await self[code].store.person(id) != nil }
  }

  /// What an office knows of another's load from its pings.
  func load(of other: String, at code: String) -> LoadSummary? {
    let node = self[other].store.home.node
    return self[code].engine.peerFigures().first { $0.node == node }.flatMap { LoadSummary($0.load) }
  }
}

/// A clock that a test moves.
final class MovedClock: EngineClock {
  private let offset = Mutex<Int64>(0)
  var now: Int64 { TestClock().now + offset.withLock { $0 } }
  var wall: Int64 { TestClock().wall + offset.withLock { $0 } }
  func move(_ milliseconds: Int64) { offset.withLock { $0 += milliseconds } }
}
