package import OperationLog

extension Ticket {
  /// A ticket moves at most so many times by itself.
  package static let hopsMax = 3

  /// The claim to custody that wins: work that has started under it, then a person's, then a rule's; then the earlier
  /// clock; then the stream.
  package var custodyClaim: Sibling? {
    let streams = siblings(.custodianStream)
    // Both registers are written together; tickets whose opening has not arrived may have neither.
    return (streams.isEmpty ? siblings(.custodian) : streams).min { claimOrder($0) < claimOrder($1) }
  }

  /// The office that decides about it, or to which it is on its way.
  package var custodian: EntityID? {
    guard let claim = custodyClaim else { return nil }
    return siblings(.custodian).first { $0.reference == claim.reference }?.value.identifier
  }

  /// The stream that decides its automatic assignment; nil while a hand-over is on its way and nobody decides.
  package var custodianStream: StreamID? {
    guard let claim = custodyClaim else { return nil }
    return siblings(.custodianStream).first { $0.reference == claim.reference }?
      .value.identifier.map { StreamID(high: $0.high, low: $0.low) }
  }

  /// True while it was handed to an office that has not said yet that it has it.
  package var isHandOverPending: Bool { custodian != nil && custodianStream == nil }

  /// True when its custody is no longer the one that began with the ticket.
  package var hasMoved: Bool {
    guard let claim = custodyClaim else { return false }
    return !siblings(.createdAt).contains { $0.reference == claim.reference }
  }

  /// How often rules have moved it to another office.
  package var hops: Int { state.elements(TicketField.hop.rawValue).count }

  /// The claims to custody that lost, in dot order.
  package var lostCustodies: [Sibling] {
    guard let winner = custodyClaim else { return [] }
    return siblings(.custodian).filter { $0.reference != winner.reference }
  }

  // MARK: Offers

  /// The assignment nobody has answered yet: neither accepted, nor declined, nor worked on.
  package var untouchedClaim: Sibling? {
    guard let claim = assigneeClaim, claim.value.identifier != nil, status == .open, !hasStarted(claim) else {
      return nil
    }
    return claim
  }

  /// The agent to whom a rule has offered it and who has not answered; nil where there is no such offer.
  package var offeredTo: EntityID? {
    guard let claim = untouchedClaim, claim.rank == ClaimRank.automatic.rawValue else { return nil }
    return claim.value.identifier
  }

  /// When the untouched assignment should have been accepted, milliseconds UTC; each offer that lapsed doubles the time,
  /// sixteen times at most, so that a ticket nobody answers does not wander without end.
  package var acceptanceDue: Int64? {
    guard let claim = untouchedClaim, channel != .imported else { return nil }
    let minutes = priority.acceptanceMinutes << Int64(min(lapseCount, 4))
    return claim.clock.milliseconds &+ minutes * 60_000
  }

  /// The agents who declined it, in the order of their identifiers.
  package var declinedBy: [EntityID] {
    state.members(TicketField.declined.rawValue).compactMap { EntityID(bytes: $0) }
  }

  /// The agents who let an offer of it lapse, in the order of their identifiers.
  package var lapsedFor: [EntityID] {
    state.members(TicketField.lapsed.rawValue).compactMap { EntityID(bytes: $0) }
  }

  /// How many offers of it nobody answered.
  package var lapseCount: Int { state.elements(TicketField.lapse.rawValue).count }

  /// The person's claim that lost against another one made at the same time; nil where they have none or hold it.
  package func lostClaim(of person: EntityID) -> Sibling? {
    guard assignee != person else { return nil }
    return lostClaims.first { $0.value.identifier == person }
  }
}
