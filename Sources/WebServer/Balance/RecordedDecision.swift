import Assignment
import Helpdesk
import OperationLog
import Store

/// A decision of the rules about one ticket, read back from its history.
struct RecordedDecision: Sendable {
  /// When it was written, milliseconds UTC.
  let at: Int64
  let kind: OperationKind
  /// Nil for a record of a version this program does not know.
  let record: AssignmentRecord?
  /// Whether the recorded inputs give the same decision again; nil without a record.
  let replaysEqually: Bool?

  /// The decisions of a ticket, the earliest first.
  static func all(in detail: TicketDetail) -> [RecordedDecision] {
    detail.history.compactMap { step in
      guard step.kind == .assignedAutomatically || (step.kind == .handedOver && step.actor == .zero) else { return nil }
      // A hand-over by a person carries a reason instead of a record.
      let record = step.texts?.lazy.compactMap { AssignmentRecord(parsing: $0) }.first
      return RecordedDecision(
        at: step.at, kind: step.kind, record: record,
        replaysEqually: record.map { $0.replayed()?.text == $0.text })
    }
  }

  /// Everybody it names.
  var people: [EntityID] { record.map { $0.agents.map(\.agent.person) } ?? [] }
}

/// The JSON of a decision: who was considered, with which score, what was known and how old it was.
struct RecordedDecisionJSON {
  let names: DirectoryNames
  let people: [EntityID: Person]

  func write(_ decision: RecordedDecision, into json: inout JSONWriter) {
    json.object { json in
      json.member("at", moment: decision.at)
      json.member("kind", decision.kind == .handedOver ? "handed_over" : "assigned")
      json.member("rule", decision.record?.rule.rawValue)
      json.key("replays_equally")
      if let isEqual = decision.replaysEqually { json.flag(isEqual) } else { json.null() }
      json.member("chosen_agent", decision.record?.chosenAgent.map(name))
      json.member("chosen_site", names.site(decision.record?.chosenSite)?.code)
      json.member("considered_but_not_listed", decision.record?.omitted ?? 0)
      json.key("known")
      json.array(decision.record?.sites ?? []) { json, site in
        json.object { json in
          json.member("site", names.site(site.site)?.code)
          json.member("link", site.isHere ? "here" : site.isReachable ? "up" : "down")
          json.member("age_seconds", site.ageMilliseconds / 1000)
        }
      }
      json.key("agents")
      json.array(decision.record?.agents ?? []) { json, candidate in
        json.object { json in
          json.member("name", name(candidate.agent.person))
          json.member("site", names.site(candidate.agent.site)?.code)
          json.member("open", candidate.agent.openAssigned)
          json.member("capacity", candidate.agent.capacity)
          write(candidate.verdict, into: &json)
        }
      }
      json.key("tickets")
      json.array(decision.record?.tickets ?? []) { json, candidate in
        json.object { json in
          json.member("ticket", candidate.ticket.number)
          json.member("site", names.site(candidate.ticket.site)?.code)
          write(candidate.verdict, into: &json)
        }
      }
      json.key("sites")
      json.array(decision.record?.outlooks ?? []) { json, candidate in
        json.object { json in
          json.member("site", names.site(candidate.outlook.site.site)?.code)
          json.member("tickets_ahead", candidate.outlook.ticketsAhead)
          json.member("eligible_agents", candidate.outlook.eligibleAgents)
          write(candidate.verdict, into: &json)
        }
      }
    }
  }

  private func name(_ id: EntityID) -> String { people[id]?.name ?? id.description }

  /// An agent's or a site's score is an expected wait in milliseconds, a ticket's its overdue ratio in thousandths.
  private func write(_ verdict: Verdict, into json: inout JSONWriter) {
    switch verdict {
    case .eligible(let score):
      json.member("score", score)
      json.member("excluded", nil as String?)
    case .excluded(let exclusion):
      json.member("score", orNull: nil)
      json.member("excluded", exclusion.rawValue)
    }
  }
}
