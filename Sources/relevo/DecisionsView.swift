import Texts

/// The answer of `/api/v1/tickets/{ticket}/why`.
struct DecisionsView: Decodable {
  struct Decision: Decodable {
    var at: String
    var kind: String
    var rule: String?
    var replaysEqually: Bool?
    var chosenAgent: String?
    var chosenSite: String?
    var consideredButNotListed: Int
    var known: [Known]
    var agents: [Agent]
    var tickets: [Ticket]
    var sites: [Site]
  }
  struct Known: Decodable {
    var site: String?
    var link: String
    var ageSeconds: Int64
  }
  struct Agent: Decodable {
    var name: String
    var site: String?
    var open: Int
    var capacity: Int
    var score: Int64?
    var excluded: String?
  }
  struct Ticket: Decodable {
    var ticket: String
    var site: String?
    var score: Int64?
    var excluded: String?
  }
  struct Site: Decodable {
    var site: String?
    var ticketsAhead: Int
    var eligibleAgents: Int
    var score: Int64?
    var excluded: String?
  }

  var ticket: String
  var decisions: [Decision]

  func text(_ format: ReaderFormat, width: Int?) -> String {
    guard !decisions.isEmpty else {
      return
        "\(ticket): no rule has decided about it. People did, or it still waits; 'relevo ticket show' says which.\n"
    }
    return decisions.map { text($0, format, width) }.joined(separator: "\n")
  }

  private func text(_ decision: Decision, _ format: ReaderFormat, _ width: Int?) -> String {
    var text = "\(ticket), \(Terminal.moment(decision.at, format)): \(headline(decision))\n"
    guard decision.rule != nil else {
      return text + "The record is of a version this program does not know.\n"
    }
    text += candidates(decision, format, width)
    let known = decision.known.map { site in
      site.link == "here"
        ? "\(site.site ?? "?") itself"
        : "\(site.site ?? "?") \(site.link == "up" ? "" : "cut off, ")\(format.duration(seconds: site.ageSeconds)) old"
    }
    if !known.isEmpty { text += "Known then: \(known.joined(separator: ", ")).\n" }
    switch decision.replaysEqually {
    case true?: text += "Replayed from the recorded inputs: the same answer.\n"
    case false?: text += "Replayed from the recorded inputs: ANOTHER answer. Please report this with 'relevo doctor'.\n"
    case nil: break
    }
    return text
  }

  private func headline(_ decision: Decision) -> String {
    let agent = "\(decision.chosenAgent ?? "?") (\(decision.chosenSite ?? "?"))"
    switch decision.rule {
    case "arrival"?:
      return "given to \(agent), free when it arrived; who is free in its own office comes first, then the least wait."
    case "late-binding"?: return "given to \(agent), who became free; it was the most overdue of all that waited."
    case "re-offer"?: return "offered again, to \(agent), because nobody had accepted it."
    case "rebalance"?: return "given to \(agent), who became free while it lay untouched behind other work."
    case "take-over"?: return "taken over by \(agent), because its office was cut off with nobody on shift."
    case "push"?: return "handed to \(decision.chosenSite ?? "?"), where somebody will answer sooner."
    case let rule?: return "decided by the rule '\(rule)' for \(agent)."
    case nil: return decision.kind == "handed_over" ? "handed over." : "assigned."
    }
  }

  private func candidates(_ decision: Decision, _ format: ReaderFormat, _ width: Int?) -> String {
    var table: TextTable
    if !decision.sites.isEmpty {
      table = TextTable(["SITE", "AHEAD", "AGENTS", "VERDICT"])
      for site in decision.sites {
        table.add([
          site.site ?? "?", String(site.ticketsAhead), String(site.eligibleAgents),
          verdict(site.score, site.excluded) { "wait \(format.duration(seconds: $0 / 1000))" },
        ])
      }
    } else if decision.agents.count > 1 || decision.tickets.count < 2 {
      table = TextTable(["AGENT", "SITE", "OPEN", "VERDICT"])
      for agent in decision.agents {
        table.add([
          agent.name, agent.site ?? "?", "\(agent.open)/\(agent.capacity)",
          verdict(agent.score, agent.excluded) { "wait \(format.duration(seconds: $0 / 1000))" },
        ])
      }
    } else {
      table = TextTable(["TICKET", "SITE", "VERDICT"])
      for ticket in decision.tickets {
        table.add([
          ticket.ticket, ticket.site ?? "?",
          verdict(ticket.score, ticket.excluded) { "\(format.percent($0 / 10)) of its time passed" },
        ])
      }
    }
    let more =
      decision.consideredButNotListed > 0
      ? "\(decision.consideredButNotListed) more were considered and are not listed.\n" : ""
    return table.text(width: width) + more
  }

  private func verdict(_ score: Int64?, _ excluded: String?, _ shown: (Int64) -> String) -> String {
    if let score { return shown(score) }
    return excluded.map { "no: " + $0.replacing("_", with: " ") } ?? "?"
  }
}
