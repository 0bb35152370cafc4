import Foundation
import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import RichText
import Store
import Texts
import WebPages

/// The agents' queue and the list of conflicts.
extension PageRoutes {
  private static let rowsMax = 50

  func addQueue(to router: Router<RelevoRequestContext>) {
    router.get("queue") { request, context in
      try await showQueue(request, context, query: request.uri.queryParameters.get("q") ?? "is:open")
    }
    addBulk(to: router)
    router.get("conflicts") { request, context in try await showConflicts(request, context) }
  }

  /// The saved views everybody starts with: name, query, symbol.
  private static let views: [(key: String, query: String, icon: String)] = [
    ("view_mine", "is:open assignee:me", "person"), ("view_unassigned", "is:unassigned", "inbox"),
    ("view_open", "is:open", "list"), ("view_overdue", "is:overdue", "clock"),
    ("view_waiting", "is:waiting", "pause"), ("view_resolved", "is:resolved", "check"),
  ]

  /// The list of a query; `notices` say what became of a form.
  func showQueue(
    _ request: Request, _ context: RelevoRequestContext, query: String, notices: [Notice] = []
  ) async throws -> Response {
    let viewer = try requireAgent(context)
    let desk = try await desk(request, context)
    let after = request.uri.queryParameters.get("after").flatMap { TicketList.isCursor($0) ? $0 : nil }
    let scope = SiteStore.ListScope(
      viewer: viewer.person.id, ownOnly: false, now: desk.format.nowMilliseconds, limit: Self.rowsMax, after: after)
    var items: [TicketRow] = []
    var next: String?
    var (total, overdue) = (0, 0)
    var refusal: String?
    do {
      let search = try TicketSearch(parsing: query)
      let page = try await server.store.tickets(search, scope)
      (items, next) = (page.items, page.next)
      total = try await server.store.count(search, scope)
      overdue = try await server.store.count(try TicketSearch(parsing: query + " is:overdue"), scope)
    } catch let problem as TicketSearch.Problem {
      refusal = desk.wording.text(
        "query_refused", ["term": problem.term, "choices": problem.choices.joined(separator: ", ")])
    }
    let views = try await savedViews(desk, scope, query)
    let path = "/queue?q=" + Self.escaped(query)
    let agents = try await server.store.people(roleAtLeast: .agent, limit: 500).filter(\.isActive)
    let page = QueuePage(
      heading: views.all.first { $0.isCurrent }?.label ?? desk.wording.text("queue_search"),
      summary: query == "is:open" || query.hasPrefix("is:open site:")
        ? desk.wording.queueSummary(
          open: desk.format.number(Int64(total)), overdue: desk.format.number(Int64(overdue)))
        : desk.wording.text("queue_found", ["count": desk.format.number(Int64(total))]),
      query: query, path: path, views: views.own, siteViews: views.sites, rows: try await rows(items, desk),
      empty: items.isEmpty ? empty(desk, query) : nil, queryRefusal: refusal, freshness: freshness(desk),
      pager: Pager(next: next.map { PageLink(label: desk.wording.text("pager_next"), path: path + "&after=" + $0) }),
      completions: QueryWords(desk: desk, agents: agents).all, bulk: items.isEmpty ? nil : bulkBar(desk, agents))
    return try await desk.answer(page, request, notices: notices)
  }

  static func escaped(_ query: String) -> String {
    query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
  }

  private func savedViews(
    _ desk: PageDesk, _ scope: SiteStore.ListScope, _ query: String
  ) async throws -> (own: [QueueView], sites: [QueueView], all: [QueueView]) {
    var own: [QueueView] = []
    for view in Self.views {
      let count = try await server.store.count(try TicketSearch(parsing: view.query), scope)
      own.append(
        QueueView(
          label: desk.wording.text(view.key), path: "/queue?q=" + Self.escaped(view.query),
          count: count == 0 ? "" : desk.format.number(Int64(count)), isCurrent: query == view.query,
          isAlarming: view.query == "is:overdue" && count > 0, icon: view.icon))
    }
    let counts = try await server.store.openCountsBySite()
    let sites = desk.names.sites.map { site in
      let query = "is:open site:\(site.code)"
      let count = counts[site.id]?.open ?? 0
      return QueueView(
        label: site.name, path: "/queue?q=" + Self.escaped(query), count: count == 0 ? "" : String(count),
        isCurrent: desk.address.contains(Self.escaped(query)), site: SiteChip(code: site.code, name: site.name))
    }
    return (own, sites, own + sites)
  }

  private func empty(_ desk: PageDesk, _ query: String) -> EmptyState {
    if Self.views.contains(where: { $0.query == query }) {
      return EmptyState(
        title: desk.wording.text("queue_empty_title"), text: desk.wording.text("queue_empty_text"),
        link: PageLink(label: desk.wording.text("view_open"), path: "/queue?q=is%3Aopen"))
    }
    return EmptyState(
      title: desk.wording.text("search_empty_title"), text: desk.wording.text("search_empty_text"),
      link: PageLink(label: desk.wording.text("view_open"), path: "/queue?q=is%3Aopen"), icon: "search")
  }

  /// One line that names the neighbours whose news do not arrive; none while all do.
  private func freshness(_ desk: PageDesk) -> [String] {
    let down = server.services.reachableSites().down.map { code in desk.names.site(code: code)?.name ?? code }
    return down.isEmpty ? [] : [desk.wording.text("freshness_down", ["site": desk.format.list(down)])]
  }

  private func rows(_ items: [TicketRow], _ desk: PageDesk) async throws -> [QueueRow] {
    let people = try await server.directory.people(TicketJSON.people(in: items))
    let presence = try await PresenceWords(desk: desk).lines(items.map(\.id))
    return items.map { row in
      QueueRow(
        id: row.id.description, pick: Self.pick(row), number: row.number, path: "/tickets/\(row.number)",
        subject: row.subject,
        snippet: RichText.plainText(of: row.lastWord, charactersMax: 120),
        status: desk.wording.status(row.stage.name, waitingReason: row.waitingReason?.name),
        priority: desk.wording.priority(row.priority.pageCode),
        requester: row.requester.map { desk.name($0, people) } ?? "", site: desk.site(row.site),
        moment: .ago(row.updatedAt, desk.format), due: desk.due(row), owner: row.assignee.map { desk.chip($0, people) },
        isUnread: row.lastWordIsRequesters && row.answeredAt != nil && row.status == .open,
        hasConflict: !row.conflicts.isEmpty, presence: presence[row.id])
    }
  }

  // MARK: Conflicts

  private func showConflicts(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try requireAgent(context)
    let desk = try await desk(request, context)
    var rows: [ConflictRow] = []
    for row in try await server.store.conflictedTickets(limit: Self.rowsMax) {
      guard let detail = try await server.store.detail(row.id) else { continue }
      let people = try await server.directory.people(TicketJSON.people(in: detail))
      rows.append(
        ConflictRow(
          number: row.number, path: "/tickets/\(row.number)", subject: row.subject, site: desk.site(row.site),
          strips: ConflictWords(desk: desk, people: people).strips(detail)))
    }
    let empty =
      rows.isEmpty
      ? EmptyState(
        title: desk.wording.text("conflicts_empty_title"), text: desk.wording.text("conflicts_empty_text"),
        link: PageLink(label: desk.wording.text("nav_queue"), path: "/queue")) : nil
    let page = ConflictsPage(
      summary: desk.wording.text("conflicts_summary", ["count": desk.format.number(Int64(rows.count))]), rows: rows,
      empty: empty)
    return try await desk.answer(page, request)
  }
}

extension PageDesk {
  /// The clock that runs out first; nil where none runs.
  func due(_ row: TicketRow) -> DueMark? {
    guard row.status == .open || row.status == .waiting else { return nil }
    let what = row.answeredAt == nil ? "first_answer" : "solution"
    if row.status == .waiting { return wording.due("paused", what: what, left: "") }
    let at = names.due(row)
    let left = at - format.nowMilliseconds
    let whole = max(1, at - row.createdAt)
    let code = left < 0 ? "late" : left * 4 < whole ? "soon" : "calm"
    return wording.due(
      code, what: what, left: format.duration(seconds: abs(left) / 1000), moment: .at(at, format))
  }
}
