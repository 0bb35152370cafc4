package import OperationLog

/// An operation before it has a place in a stream; the store stamps it.
package struct OperationDraft: Hashable, Sendable {
  package var kind: OperationKind
  package var entity: EntityID
  package var entry: EntryID?
  package var actor: EntityID
  package var occurredAt: Int64?
  package var changes: [Change]
  package var texts: [String]
  /// Normalised e-mails of whom the text concerns: author first, then requester.
  package var people: [String]
  /// What the author had seen of the entity; nil means what this node has folded in.
  package var observed: ObservedVector?

  package init(
    kind: OperationKind, entity: EntityID, entry: EntryID? = nil, actor: EntityID, occurredAt: Int64? = nil,
    changes: [Change], texts: [String] = [], people: [String] = [], observed: ObservedVector? = nil
  ) {
    self.kind = kind
    self.entity = entity
    self.entry = entry
    self.actor = actor
    self.occurredAt = occurredAt
    self.changes = changes
    self.texts = texts
    self.people = people
    self.observed = observed
  }
}

/// What deciding reads: the state inside the same transaction the operations are written in.
package protocol DecisionReading {
  /// Nil when nothing of it has arrived.
  func ticket(_ id: EntityID) throws -> Ticket?
  func person(_ id: EntityID) throws -> Person?
  func site(_ id: EntityID) throws -> Site?
  func category(_ id: EntityID) throws -> Category?
  func queue(_ id: EntityID) throws -> Queue?
  func token(_ id: EntityID) throws -> AccessToken?
  func calendar(_ id: EntityID) throws -> OfficeCalendar?
  func policy(_ id: EntityID) throws -> PolicyText?
  /// How many active administrators the directory knows.
  func activeAdminCount() throws -> Int
  func holdsEntry(_ id: EntryID) throws -> Bool
  /// The next free ticket number of this node; calling it uses the number up.
  func takeTicketNumber() throws -> TicketNumber
  var home: Home { get }
  /// True when this node may decide by itself about tickets of which the stream is the custodian.
  func decides(for custodian: StreamID) throws -> Bool
}

extension DecisionReading {
  package func decides(for custodian: StreamID) throws -> Bool { custodian == home.stream }
}

/// The node that decides.
package struct Home: Hashable, Sendable {
  package var node: NodeID
  package var stream: StreamID
  package var site: EntityID
  package var siteCode: String

  package init(node: NodeID, stream: StreamID, site: EntityID, siteCode: String) {
    self.node = node
    self.stream = stream
    self.site = site
    self.siteCode = siteCode
  }
}

/// Brings text into normalisation form C; injected because the pure rooms have no Unicode tables beyond the standard library's.
package protocol TextNormalising: Sendable {
  func normalised(_ text: String) -> String
}
