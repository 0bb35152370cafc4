package import OperationLog

/// Custody goes to another office because a person said so.
package struct HandOver: Hashable, Sendable {
  package var site: EntityID
  package var reason: String

  package init(site: EntityID, reason: String) {
    self.site = site
    self.reason = reason
  }
}

/// Custody goes to another office because a rule said so, and why.
package struct AutomaticHandOver: Hashable, Sendable {
  package var site: EntityID
  package var rule: String
  /// The recorded inputs of the decision in the assignment module's encoding, at most `Limit.reasonBytes`.
  package var record: String

  package init(site: EntityID, rule: String, record: String) {
    self.site = site
    self.rule = rule
    self.record = record
  }
}

/// Custody is taken from an office that cannot be reached.
package struct TakeOver: Hashable, Sendable {
  package var reason: String
  /// What the caller's node sees of the custodian's link now; an office that can be reached is asked instead.
  package var isCustodianReachable: Bool

  package init(reason: String, isCustodianReachable: Bool) {
    self.reason = reason
    self.isCustodianReachable = isCustodianReachable
  }
}

/// Why a rule takes an untouched assignment back; the names are in operations and never change meaning.
package enum WithdrawalReason: String, CaseIterable, Hashable, Sendable {
  /// The agent did not answer within the priority's time.
  case expired
  /// The agent takes no work now.
  case away
  /// The agent's shift has ended.
  case offShift = "off_shift"
  /// The agent's account was switched off.
  case deactivated
  /// Two offices gave the agent work at once, more than the agent takes.
  case overCapacity = "over_capacity"
  /// It lay behind other work, and somebody who became free can begin at once.
  case rebalanced
}

/// What is looked at before words go to the requester, so that nobody answers a ticket that a colleague has.
package struct WordCheck: Hashable, Sendable {
  /// True when the author's page showed the ticket as theirs.
  package var heldClaim: Bool
  /// True when an answer that a colleague gave since the page was rendered stops the author's.
  package var stopsAtAnswers: Bool

  package init(heldClaim: Bool = false, stopsAtAnswers: Bool = false) {
    self.heldClaim = heldClaim
    self.stopsAtAnswers = stopsAtAnswers
  }
}

/// Who has a ticket that somebody else believed to have, by names a sentence can carry.
package struct ClaimHolder: Hashable, Sendable {
  package var person: EntityID
  package var name: String
  /// The code of their office, "?" where it is not known.
  package var site: String

  package init(person: EntityID, name: String, site: String) {
    self.person = person
    self.name = name
    self.site = site
  }
}
