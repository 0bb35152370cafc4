import Helpdesk
import OperationLog
import Store

/// Tickets that a person gives to another office together; each has its own outcome, and moving back undoes it.
struct BatchMove: Sendable {
  /// More than this in one step nobody can look over.
  static let ticketsMax = 100

  /// Which tickets.
  enum Choice: Sendable {
    /// By number or identifier.
    case listed([String])
    /// Those a site is responsible for that wait for somebody, the most overdue first: what was moved there can so be moved on
    /// or back, wherever its people are.
    case waiting(at: Site, limit: Int)
  }

  /// What became of one ticket.
  struct Outcome: Sendable {
    /// As asked for, or the ticket's number where it is known.
    var ticket: String
    /// Nil when it was moved.
    var refusal: CommandRefusal?
  }

  let store: SiteStore
  let actor: Actor
  let target: Site
  let reason: String
  /// The request's key; each ticket's follows from it, so that a repeated request moves nothing twice.
  let key: String?

  /// Moves one after the other; a refused one does not hold up the others. Throws `StoreFailure`.
  func run(_ choice: Choice) async throws -> [Outcome] {
    var outcomes: [Outcome] = []
    for name in try await names(choice) {
      do {
        guard let id = try await store.ticketID(name), let row = try await store.row(id) else {
          throw CommandRefusal.ticketUnknown
        }
        _ = try await store.execute(
          Command(
            actor: actor, idempotencyKey: key.map { "\($0).\(row.id)" },
            body: .handOver(row.id, HandOver(site: target.id, reason: reason))))
        outcomes.append(Outcome(ticket: row.number))
      } catch let refusal as CommandRefusal {
        outcomes.append(Outcome(ticket: String(name.prefix(100)), refusal: refusal))
      }
    }
    return outcomes
  }

  private func names(_ choice: Choice) async throws -> [String] {
    switch choice {
    case .listed(let names): return Array(names.prefix(Self.ticketsMax))
    case .waiting(let site, let limit):
      return try await store.movableTickets(from: site.id, limit: min(limit, Self.ticketsMax))
    }
  }
}
