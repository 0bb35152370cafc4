package import Helpdesk
package import OperationLog

/// A ticket as a list shows it.
package struct TicketRow: Hashable, Sendable {
  package var id: EntityID
  package var number: String
  package var subject: String
  package var stage: TicketStage
  package var status: TicketStatus
  package var waitingReason: WaitingReason?
  package var priority: Priority
  package var urgency: Urgency
  package var impact: Impact
  package var category: EntityID?
  package var queue: EntityID?
  package var level: Int
  package var site: EntityID?
  package var custodian: EntityID?
  package var custodianStream: StreamID?
  package var requester: EntityID?
  package var assignee: EntityID?
  package var channel: Channel
  package var tags: [String]
  /// Times are milliseconds UTC.
  package var createdAt: Int64
  package var updatedAt: Int64
  package var answeredAt: Int64?
  package var resolvedAt: Int64?
  /// When a person should have answered, and once answered when it should be solved.
  package var answerDue: Int64
  package var conflicts: [TicketField]
  package var needsReview: Bool
  /// The latest public word, shortened to one line.
  package var lastWord: String
  package var lastWordAt: Int64
  package var lastWordIsRequesters: Bool
  /// Row number: the cursor of lists, local to this node.
  package var row: Int64
  /// How strong the assignee's claim is; nil while nobody has it.
  package var claimRank: ClaimRank?
  /// When the assignee got it, milliseconds UTC.
  package var claimedAt: Int64?
  /// When the assignee should have accepted it, milliseconds UTC; nil once answered, and where nobody was asked.
  package var acceptanceDue: Int64?
  /// How often rules have moved it to another office.
  package var hops: Int = 0
  /// Who wrote the present custody, and when (milliseconds UTC): with `custodianStream` nil it is on its way.
  package var custodyFrom: StreamID?
  package var custodyAt: Int64?
  /// The agents who declined it, and those who let an offer of it lapse.
  package var declinedBy: [EntityID] = []
  package var lapsedFor: [EntityID] = []

  /// The agent to whom a rule has offered it and who has not answered.
  package var offeredTo: EntityID? { acceptanceDue != nil && claimRank == .automatic ? assignee : nil }
  /// True while it was handed to an office that has not said yet that it has it.
  package var isHandOverPending: Bool { custodian != nil && custodianStream == nil }
}

/// One page of a list.
package struct TicketList: Hashable, Sendable {
  package var items: [TicketRow]
  /// Opaque; nil on the last page.
  package var next: String?
}

/// One step of a ticket's history: who, when, where, what, from, to.
package struct HistoryStep: Hashable, Sendable {
  package var dot: Dot
  /// An order that respects causality; ties by clock.
  package var lamport: UInt64
  package var at: Int64
  package var kind: OperationKind
  /// Zero for the node itself.
  package var actor: EntityID
  /// The node that wrote it, for "where".
  package var node: NodeID
  package var entry: EntryID?
  package var changes: [FieldChange]
  /// Nil where there is none or it was erased.
  package var texts: [String]?
  /// True when a text was there and has been erased.
  package var isErased: Bool

  /// One field's move; texts as references into `texts` of their steps.
  package struct FieldChange: Hashable, Sendable {
    package var field: TicketField
    package var from: Value?
    package var to: Value
    /// For tags: the element added or removed.
    package var element: String?
    package var isRemoval: Bool
  }
}

/// Values that stand side by side in one field, with who wrote each, where and when.
package struct FieldConflict: Hashable, Sendable {
  package var field: TicketField
  package var choices: [Choice]

  package struct Choice: Hashable, Sendable {
    package var value: Value
    /// The text itself for text fields.
    package var text: String?
    package var actor: EntityID
    package var node: NodeID
    package var at: Int64
    package var isDisplayed: Bool
  }
}

/// Everything a ticket page shows, read in one snapshot.
package struct TicketDetail: Sendable {
  package var row: TicketRow
  package var ticket: Ticket
  package var description: String
  /// In causal order.
  package var history: [HistoryStep]
  package var conflicts: [FieldConflict]
  /// The version rendered: what forms and ETags carry.
  package var version: ObservedVector { ticket.state.vector }
}

extension TicketRow {
  /// A ticket as it would be if somebody opened one now: what expectations before sending are computed for.
  package static func probe(at now: Int64, site: EntityID) -> TicketRow {
    TicketRow(
      id: .zero, number: "", subject: "", stage: .new, status: .open, waitingReason: nil, priority: .normal,
      urgency: .normal, impact: .low, category: nil, queue: nil, level: 1, site: site, custodian: site,
      custodianStream: nil, requester: nil, assignee: nil, channel: .portal, tags: [], createdAt: now, updatedAt: now,
      answeredAt: nil, resolvedAt: nil, answerDue: now, conflicts: [], needsReview: false, lastWord: "",
      lastWordAt: now,
      lastWordIsRequesters: true, row: 0)
  }
}
