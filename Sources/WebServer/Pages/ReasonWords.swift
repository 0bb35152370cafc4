import Assignment
import Helpdesk
import OperationLog
import Store
import Texts
import WebPages

/// Says in plain words why a ticket is where it is, from the assignment's own record.
struct ReasonWords {
  let desk: PageDesk
  let people: [EntityID: Person]

  /// For everybody who reads the ticket.
  func reasons(_ detail: TicketDetail) -> [String] {
    guard let id = detail.ticket.assignee, let step = origin(detail) else {
      if detail.ticket.isHandOverPending {
        return [text("why_moving", ["site": desk.site(detail.ticket.custodian).name])]
      }
      return [text("why_waiting")]
    }
    guard let record = record(step) else { return [text("why_person", ["name": desk.name(step.actor, people)])] }
    let site = record.agents.first.map { desk.site($0.agent.site).name } ?? ""
    var reasons = [text("why_\(Self.key(record.rule))", ["name": desk.name(id, people), "site": site])]
    if let agent = record.agents.first?.agent {
      reasons.append(text("why_load", ["open": String(agent.openAssigned), "capacity": String(agent.capacity)]))
    }
    return reasons + surroundings(record)
  }

  /// For the one to whom it is offered.
  func reasonsForMe(_ detail: TicketDetail, _ me: Person) -> [String] {
    guard let step = origin(detail) else { return [text("why_waiting")] }
    guard let record = record(step) else { return [text("why_person", ["name": desk.name(step.actor, people)])] }
    var reasons = [text("why_me_\(Self.key(record.rule))")]
    if let topic = known(detail.row, by: me) { reasons.append(text("why_me_skill", ["topic": topic])) }
    if let agent = record.agents.first?.agent {
      reasons.append(text("why_me_load", ["open": String(agent.openAssigned), "capacity": String(agent.capacity)]))
    }
    let waited = record.now - detail.row.createdAt
    if waited >= 60_000 {
      reasons.append(text("why_me_waited", ["duration": desk.format.duration(seconds: waited / 1000)]))
    }
    return reasons + surroundings(record)
  }

  /// Why a ticket that waits would be the best to take next.
  func reasonsToTake(_ row: TicketRow, _ me: Person, among count: Int) -> [String] {
    var reasons = [text("why_next", ["count": desk.format.number(Int64(count))])]
    if let topic = known(row, by: me) { reasons.append(text("why_me_skill", ["topic": topic])) }
    let waited = max(0, desk.format.nowMilliseconds - row.createdAt)
    reasons.append(text("why_me_waited", ["duration": desk.format.duration(seconds: waited / 1000)]))
    return reasons
  }

  /// The step that gave the ticket to whoever has it; beginning to work confirms it and changes nothing about why.
  private func origin(_ detail: TicketDetail) -> HistoryStep? {
    guard let claim = detail.ticket.assigneeClaim,
      let place = detail.history.firstIndex(where: { $0.dot == claim.reference.dot })
    else { return nil }
    guard claim.rank == ClaimRank.started.rawValue else { return detail.history[place] }
    return detail.history[..<place].last { step in
      step.changes.contains { $0.field == .assignee && $0.to == claim.value }
    } ?? detail.history[place]
  }

  private func surroundings(_ record: AssignmentRecord) -> [String] {
    var reasons: [String] = []
    let others = max(0, record.agents.count - 1) + record.omitted
    if others > 0, record.agents.count > 1 { reasons.append(text("why_others", ["count": String(others)])) }
    let cut = record.sites.filter { !$0.isReachable }.map { desk.site($0.site).name }
    if !cut.isEmpty { reasons.append(text("why_cut", ["sites": desk.format.list(cut)])) }
    return reasons
  }

  /// The topic of a ticket that somebody is known to be good at; nil where they said nothing of the kind.
  private func known(_ row: TicketRow, by me: Person) -> String? {
    guard let category = row.category, me.skills.contains(category) else { return nil }
    return desk.names.category(category).map(desk.label)
  }

  private func record(_ step: HistoryStep) -> AssignmentRecord? {
    guard step.kind == .assignedAutomatically else { return nil }
    return step.texts?.first.flatMap(AssignmentRecord.init(parsing:))
  }

  /// The rule's name as the end of a text's key.
  private static func key(_ rule: AssignmentRule) -> String {
    switch rule {
    case .arrival: "arrival"
    case .lateBinding: "late_binding"
    case .reOffer: "re_offer"
    case .rebalance: "rebalance"
    case .takeOver: "take_over"
    case .push: "arrival"
    }
  }

  private func text(_ key: String, _ arguments: [String: String] = [:]) -> String {
    desk.wording.text(key, arguments)
  }
}
