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
  case calendarDefined = 10
  case policyDefined = 11
  case absencesChanged = 12
  case holidaysChanged = 13

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

  case handedOver = 40
  case handOverAcknowledged = 41
  case handOverTakenBack = 42
  case takenOver = 43
  case offerAccepted = 44
  case offerDeclined = 45
  case offerWithdrawn = 46

  /// The kind of entity it changes.
  package var entityKind: EntityKind {
    switch self {
    case .streamOpened: .stream
    case .clusterFounded: .cluster
    case .nodeAdmitted: .node
    case .siteDefined: .site
    case .personDefined, .absencesChanged: .person
    case .calendarDefined, .holidaysChanged: .calendar
    case .policyDefined: .policy
    case .categoryDefined: .category
    case .queueDefined: .queue
    case .tokenCreated, .tokenRevoked: .token
    case .ticketOpened, .ticketEdited, .replied, .noted, .assigned, .taken, .escalated, .closed, .reopened,
      .conflictResolved, .assignedAutomatically, .stepImported, .handedOver, .handOverAcknowledged, .handOverTakenBack,
      .takenOver, .offerAccepted, .offerDeclined, .offerWithdrawn:
      .ticket
    }
  }

  /// True when employees must not see its text: notes, reasons of escalations, imported steps.
  package var isInternal: Bool {
    switch self {
    case .noted, .escalated, .assignedAutomatically, .stepImported, .handedOver, .handOverAcknowledged,
      .handOverTakenBack, .takenOver, .offerAccepted, .offerDeclined, .offerWithdrawn:
      true
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
  case calendar = 10
  case policy = 11
}
