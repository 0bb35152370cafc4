package import OperationLog

/// Why a command was not carried out; nothing was written. Each has a text by key in every language.
package enum CommandRefusal: Error, Hashable, Sendable {
  /// A person must hold at least this role, or be the requester.
  case notAllowed(needs: Role)
  /// The actor is unknown or deactivated.
  case actorUnknown
  case ticketUnknown
  /// A name or identifier in a field fits nothing known.
  case referenceUnknown(field: String, value: String)
  case fieldEmpty(field: String)
  case fieldTooLong(field: String, bytesMax: Int)
  /// A set may hold so many at most.
  case tooMany(field: String, max: Int)
  /// The value fits no choice.
  case valueUnknown(field: String, value: String, choices: [String])
  /// Waiting needs a reason people understand.
  case waitingReasonMissing
  /// Fields that changed since the author's page was rendered.
  case changedMeanwhile(fields: [TicketField])
  /// The same idempotency key came with another request.
  case keyReused
  case alreadyClosed
  case notClosed
  case nothingToChange
  /// The field has only one value.
  case notInConflict(field: String)
  /// The agent to whom it should go is deactivated or no agent.
  case notAnAgent(EntityID)
  /// Already given to this person.
  case alreadyAssigned(EntityID)
  /// Only the custodian's node assigns by itself, and only what still waits.
  case notCustodian
  /// Only the office that decides about the ticket hands it over; its code.
  case notCustodianSite(String)
  /// The office that decides about it can be reached, so it is asked instead of bypassed; its code.
  case custodianReachable(String)
  /// It is there already.
  case alreadyCustodian
  /// Rules have moved it as often as they may.
  case movedTooOften
  /// It is not offered to the actor; who has it, nil for nobody.
  case notOffered(ClaimHolder?)
  /// Work on it has begun, so it can be handed on but no longer declined.
  case workStarted
  /// Somebody else has had it since the author's page was rendered; nil when it went back to the queue.
  case claimLost(ClaimHolder?)
  /// A colleague answered the requester since the author's page was rendered.
  case answeredMeanwhile
  /// Nobody may lower the last administrator.
  case lastAdmin
  /// The node has more writes waiting than its bound; try again shortly.
  case busy

  /// The JSON pointer of the field at fault, nil when it is no single field.
  package var pointer: String? {
    switch self {
    case .referenceUnknown(let field, _), .fieldEmpty(let field), .fieldTooLong(let field, _), .tooMany(let field, _),
      .valueUnknown(let field, _, _),
      .notInConflict(let field):
      "/\(field)"
    case .waitingReasonMissing: "/waiting_reason"
    case .notAnAgent, .alreadyAssigned: "/assignee"
    default: nil
    }
  }

  /// Stable name: the end of the problem type in the API and the key of its text ("refusal.<name>").
  package var name: String {
    switch self {
    case .notAllowed: "not_allowed"
    case .actorUnknown: "actor_unknown"
    case .ticketUnknown: "ticket_unknown"
    case .referenceUnknown: "reference_unknown"
    case .fieldEmpty: "field_empty"
    case .fieldTooLong: "field_too_long"
    case .tooMany: "too_many"
    case .valueUnknown: "value_unknown"
    case .waitingReasonMissing: "waiting_reason_missing"
    case .changedMeanwhile: "changed_meanwhile"
    case .keyReused: "key_reused"
    case .alreadyClosed: "already_closed"
    case .notClosed: "not_closed"
    case .nothingToChange: "nothing_to_change"
    case .notInConflict: "not_in_conflict"
    case .notAnAgent: "not_an_agent"
    case .alreadyAssigned: "already_assigned"
    case .notCustodian: "not_custodian"
    case .notCustodianSite: "not_custodian_site"
    case .custodianReachable: "custodian_reachable"
    case .alreadyCustodian: "already_custodian"
    case .movedTooOften: "moved_too_often"
    case .notOffered(let holder): holder == nil ? "not_offered" : "not_offered_but_to"
    case .workStarted: "work_started"
    case .claimLost(let holder): holder == nil ? "claim_released" : "claim_lost"
    case .answeredMeanwhile: "answered_meanwhile"
    case .lastAdmin: "last_admin"
    case .busy: "busy"
    }
  }

  /// Arguments of its text, by placeholder.
  package var arguments: [String: String] {
    switch self {
    case .notAllowed(let needs): ["role": needs.name]
    case .referenceUnknown(let field, let value): ["field": field, "value": value]
    case .fieldEmpty(let field), .notInConflict(let field): ["field": field]
    case .fieldTooLong(let field, let bytesMax): ["field": field, "max": String(bytesMax)]
    case .tooMany(let field, let max): ["field": field, "max": String(max)]
    case .valueUnknown(let field, let value, let choices):
      ["field": field, "value": value, "choices": choices.joined(separator: ", ")]
    case .notCustodianSite(let site), .custodianReachable(let site): ["site": site]
    case .notOffered(let holder), .claimLost(let holder):
      holder.map { ["name": $0.name, "site": $0.site] } ?? [:]
    case .changedMeanwhile(let fields): ["fields": fields.map(\.name).joined(separator: ", ")]
    default: [:]
    }
  }
}
