import Helpdesk
import WebPages

/// The words of the query language with what they mean, for the search box to complete.
struct QueryWords {
  let desk: PageDesk
  /// Who may be named after `assignee:`.
  let agents: [Person]

  /// Every field with every value it is worth offering, fields in the order people use them.
  var all: [Choice] {
    states + sites + whom + priorities + categories + queues + deadlines
      + [Choice(value: "tag:", label: desk.wording.text("query_tag"))]
  }

  private var states: [Choice] {
    TicketSearch.State.allCases.map {
      Choice(value: "is:" + $0.rawValue, label: desk.wording.text("query_is_" + $0.rawValue))
    }
  }

  private var sites: [Choice] { desk.names.sites.map { Choice(value: "site:" + $0.code, label: $0.name) } }

  private var whom: [Choice] {
    let me = desk.wording.text("query_me")
    let nobody = desk.wording.text("assignee_nobody")
    return [
      Choice(value: "assignee:me", label: me), Choice(value: "assignee:none", label: nobody),
    ] + agents.map { Choice(value: "assignee:" + $0.email, label: $0.name) }
      + [Choice(value: "requester:me", label: me)]
  }

  private var priorities: [Choice] {
    Priority.allCases.reversed().map {
      Choice(value: "priority:" + $0.name, label: desk.wording.priority($0.pageCode).label)
    }
  }

  private var categories: [Choice] {
    desk.names.categories.map { Choice(value: "category:" + $0.key, label: desk.label($0)) }
  }

  /// A name with a space in it cannot be written in a query.
  private var queues: [Choice] {
    desk.names.queues.filter { !$0.name.contains(where: \.isWhitespace) }.prefix(50).map {
      Choice(value: "queue:" + $0.name, label: $0.name)
    }
  }

  private var deadlines: [Choice] {
    [("sla:<30m", "30 min"), ("sla:<2h", "2 h"), ("sla:<1d", "24 h")].map { value, time in
      Choice(value: value, label: desk.wording.text("query_due_within", ["time": time]))
    }
  }
}
