import Helpdesk
import OperationLog

/// A ticket as the command that opened it left it: what its details are told from without reading the store again.
struct OpenedTicket: Sendable {
  let id: EntityID
  /// Row number.
  let no: Int64
  let state: EntityState
  let projection: TicketProjection
  /// The ticket's operations so far, in order; all are this node's.
  let operations: [StoredOperation]
  let node: NodeID
  /// The hours by which its deadlines are counted; nil where every minute counts.
  let roster: Roster?

  /// The details as reading the store now would give them.
  func detail() -> TicketDetail {
    let ticket = Ticket(id: id, state: state)
    let description = ticket.description.flatMap { reference -> String? in
      let texts = operations.first { $0.reference.dot == reference.dot }?.texts ?? []
      return texts.indices.contains(reference.index) ? texts[reference.index] : nil
    }
    var history = operations.map { HistoryStep($0, node: node) }
    HistoryStep.fillFrom(&history)
    return TicketDetail(
      row: projection.row(ticket, no: no, roster), ticket: ticket, description: description ?? "", history: history,
      conflicts: [])
  }
}
