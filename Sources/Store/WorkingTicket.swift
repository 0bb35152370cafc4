import GRDB
import Helpdesk
import OperationLog

/// A ticket the writer works on: merged in memory, and its row written once a commit group however many operations changed it.
///
/// Confined to the writer's queue. Kept after the commit, because who answers a ticket often follows who opened it at once.
final class WorkingTicket {
  let id: EntityID
  /// Row number; nil until the ticket's first operation is folded in.
  var no: Int64?
  var state = EntityState()
  var projection = TicketProjection()
  /// What the stored row adds to the store's digest; nil while there is no row.
  private var storedTerm: Hash32?
  /// True while the row does not say what the state says.
  private(set) var isDirty = false

  /// A ticket nothing has arrived of yet.
  init(_ id: EntityID) { self.id = id }

  /// Reads the stored row; nil when there is none.
  init?(stored id: EntityID, _ statements: TicketStatements, _ hashing: any Hashing) throws {
    self.id = id
    let statement = statements.ticketCarried
    statement.bind(id)
    let found = try statement.first { columns in
      (no: columns.number(0), state: columns.bytes(1), projection: TicketProjection(carried: columns))
    }
    guard let found else { return nil }
    no = found.no
    projection = found.projection
    state = try EntityState(decoding: found.state)
    storedTerm = hashing.sha256(id.bytes, found.state)
  }

  /// Notes that the row must be written; true the first time since it was.
  func touch() -> Bool {
    defer { isDirty = true }
    return !isDirty
  }

  /// Writes the row and moves the store's digest along.
  ///
  /// Its deadline is counted by `roster`.
  func flush(_ writer: StoreWriter, _ roster: Roster?, _ statements: TicketStatements) throws {
    guard let no else { return }
    let ticket = Ticket(id: id, state: state)
    let bytes = state.encoded()
    let term = writer.powers.hashing.sha256(id.bytes, bytes)
    if let storedTerm, !writer.powers.plantedBugs.contains(.digestOnlyGrows) {
      writer.progress.digest = writer.progress.digest.subtracting(storedTerm)
    }
    writer.progress.digest = writer.progress.digest.adding(term)
    try projection.write(
      ticket, no: no, number: try writer.ownNumber(of: ticket, no: no, statements), isNew: storedTerm == nil,
      state: bytes, roster, statements)
    storedTerm = term
    isDirty = false
  }
}

extension StoreWriter {
  /// The ticket as the running group has it; nil when nothing of it has arrived.
  func workingTicket(_ id: EntityID, _ db: Database) throws -> WorkingTicket? {
    if let known = working[id] { return known }
    if missing == id { return nil }
    guard let stored = try WorkingTicket(stored: id, try statements(db), powers.hashing) else {
      missing = id
      return nil
    }
    working[id] = stored
    return stored
  }

  /// Notes that an operation changed the ticket in the running group.
  func noteChange(of ticket: WorkingTicket) {
    guard ticket.touch() else { return }
    changed.append(ticket)
    working[ticket.id] = ticket
    missing = nil
    group.tickets.insert(ticket.id)
  }

  /// Writes the rows of the tickets the group changed; the first step of finishing it.
  func flushTickets(_ db: Database) throws {
    let statements = try statements(db)
    changed.sort { ($0.no ?? 0) < ($1.no ?? 0) }
    let roster = changed.isEmpty ? nil : try roster(db)
    for ticket in changed { try ticket.flush(self, roster, statements) }
    changed.removeAll(keepingCapacity: true)
    if working.count > powers.memory.workingTicketsMax { working.removeAll(keepingCapacity: true) }
  }
}
