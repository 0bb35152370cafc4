/// What a person or a rule meant. Raw values are the wire's and never change meaning; unknown ones are kept and deferred.
package enum OperationKind: UInt16, CaseIterable, Sendable {
  case streamOpened = 1
  case clusterFounded = 2
  case nodeAdmitted = 3
  case siteDefined = 4
  case personDefined = 5
  case categoryDefined = 6
  case queueDefined = 7
  case tokenCreated = 8
  case tokenRevoked = 9

  case ticketOpened = 20
  case ticketEdited = 21
  case replied = 22
  case noted = 23
  case assigned = 24
  case taken = 25
  case escalated = 26
  case closed = 27
  case reopened = 28
  case conflictResolved = 29
  case assignedAutomatically = 30
  case stepImported = 31

  /// The kind of entity it changes.
  package var entityKind: EntityKind {
    switch self {
    case .streamOpened: .stream
    case .clusterFounded: .cluster
    case .nodeAdmitted: .node
    case .siteDefined: .site
    case .personDefined: .person
    case .categoryDefined: .category
    case .queueDefined: .queue
    case .tokenCreated, .tokenRevoked: .token
    case .ticketOpened, .ticketEdited, .replied, .noted, .assigned, .taken, .escalated, .closed, .reopened,
      .conflictResolved, .assignedAutomatically, .stepImported:
      .ticket
    }
  }

  /// True when employees must not see its text: notes, reasons of escalations, imported steps.
  package var isInternal: Bool {
    switch self {
    case .noted, .escalated, .assignedAutomatically, .stepImported: true
    default: false
    }
  }
}

/// The kinds of replicated things; raw values are stored.
package enum EntityKind: UInt8, CaseIterable, Sendable {
  case cluster = 1
  case node = 2
  case stream = 3
  case site = 4
  case person = 5
  case category = 6
  case queue = 7
  case token = 8
  case ticket = 9
}
