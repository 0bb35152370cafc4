import Mustache

/// The form that gives a batch of waiting tickets to another office: posts `from`, `to`, `limit`, `reason`, `csrf`, `key`.
package struct MoveForm: MustacheParent, Sendable {
  package var from: [Choice]
  package var to: [Choice]
  package var limit: String
  package var reason: String
  /// Unfolded because somebody comes to use it, or has just used it.
  package var isOpen: Bool
  /// Why nothing was moved.
  package var refusal: String?
  /// Such as "3 of 4 tickets are Madrid's now."
  package var outcome: String?
  /// One line for each ticket that was not moved, with the reason.
  package var failures: [String]

  package init(
    from: [Choice], to: [Choice], limit: String = "10", reason: String = "", isOpen: Bool = false,
    refusal: String? = nil, outcome: String? = nil, failures: [String] = []
  ) {
    self.from = from
    self.to = to
    self.limit = limit
    self.reason = reason
    self.isOpen = isOpen
    self.refusal = refusal
    self.outcome = outcome
    self.failures = failures
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "from": from
    case "to": to
    case "limit": limit
    case "reason": reason
    case "isOpen": isOpen
    case "refusal": shown(refusal)
    case "outcome": shown(outcome)
    case "failures": failures
    default: nil
    }
  }
}
