import Foundation
import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import RichText
import Store
import Texts
import WebPages

/// The employee's side: home, new request, my requests, one request.
extension PageRoutes {
  /// Days within which "still broken" reopens a closed request.
  static let reopenDays: Int64 = 14
  private static let listMax = 50

  func addRequests(to router: Router<RelevoRequestContext>) {
    router.get("") { request, context in try await showHome(request, context) }
    router.get("requests") { request, context in try await showRequests(request, context) }
    router.get("requests/new") { request, context in try await showNewRequest(request, context) }
    router.post("requests/new") { request, context in try await openRequest(request, context) }
    router.get("requests/:number") { request, context in try await showRequest(request, context) }
    router.post("requests/:number/reply") { request, context in
      try await act(request, context) { id, form in .reply(id, body: form["body"], isInternal: false) }
    }
    router.post("requests/:number/close") { request, context in
      try await act(request, context) { id, form in .close(id, resolution: form["body"], isFinal: true) }
    }
    router.post("requests/:number/reopen") { request, context in
      try await act(request, context) { id, form in .reopen(id, reason: form["body"]) }
    }
  }

  // MARK: Home and lists

  private func showHome(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    guard let viewer = context.viewer else { return Self.redirect("/sign-in") }
    if viewer.isAgent { return Self.redirect("/queue") }
    let desk = try await desk(request, context)
    let open = try await ownTickets("is:open", desk, viewer, limit: 5)
    let all = try await server.store.count(TicketSearch(), scope(viewer, desk))
    let hour = desk.format.zone.civil(desk.format.nowMilliseconds).hour
    let first = viewer.person.name.split(separator: " ").first.map(String.init) ?? viewer.person.name
    let page = HomePage(
      greeting: desk.wording.greeting(hour: hour, firstName: first), key: desk.key(),
      expectation: await expectation(desk), requests: open,
      allCount: all > 0 ? desk.format.number(Int64(all)) : nil)
    return try await desk.answer(page, request)
  }

  private func scope(_ viewer: Viewer, _ desk: PageDesk, limit: Int = 50, after: String? = nil) -> SiteStore.ListScope {
    SiteStore.ListScope(
      viewer: viewer.person.id, ownOnly: true, now: desk.format.nowMilliseconds, limit: limit, after: after)
  }

  private func ownTickets(_ query: String, _ desk: PageDesk, _ viewer: Viewer, limit: Int) async throws -> [RequestRow]
  {
    let page = try await server.store.tickets(try TicketSearch(parsing: query), scope(viewer, desk, limit: limit))
    return try await rows(page.items, desk)
  }

  private func rows(_ items: [TicketRow], _ desk: PageDesk) async throws -> [RequestRow] {
    let people = try await server.directory.people(items.compactMap(\.assignee))
    return items.map { row in
      RequestRow(
        number: row.number, path: "/requests/\(row.number)", subject: row.subject,
        standing: standing(row, desk, people),
        status: desk.wording.status(row.stage.name, waitingReason: row.waitingReason?.name, forRequester: true),
        moment: .ago(row.updatedAt, desk.format), needsYou: needsRequester(row))
    }
  }

  private func needsRequester(_ row: TicketRow) -> Bool {
    row.stage == .resolved || (row.stage == .waiting && row.waitingReason == .requester)
  }

  private func standing(_ row: TicketRow, _ desk: PageDesk, _ people: [EntityID: Person]) -> TrustedHTML {
    let owner = row.assignee.flatMap { people[$0] }
    return desk.wording.standing(
      row.stage.name, owner: owner?.name, site: owner?.site.flatMap { desk.names.site($0)?.name },
      waitingReason: row.waitingReason?.name)
  }

  private func showRequests(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let desk = try await desk(request, context)
    let showsAll = request.uri.queryParameters.get("show") == "all"
    let after = request.uri.queryParameters.get("after").flatMap { isCursor($0) ? $0 : nil }
    let search = try TicketSearch(parsing: showsAll ? "" : "is:open")
    let page = try await server.store.tickets(search, scope(viewer, desk, limit: Self.listMax, after: after))
    let openCount = try await server.store.count(try TicketSearch(parsing: "is:open"), scope(viewer, desk))
    let allCount = try await server.store.count(TicketSearch(), scope(viewer, desk))
    let rows = try await rows(page.items, desk)
    let show = showsAll ? "show=all&" : ""
    let next = page.next.map {
      PageLink(label: desk.wording.text("pager_next"), path: "/requests?\(show)after=\($0)")
    }
    let empty =
      rows.isEmpty
      ? EmptyState(
        title: desk.wording.text("requests_empty_title"), text: desk.wording.text("requests_empty_text"),
        link: PageLink(label: desk.wording.text("nav_new_request"), path: "/requests/new")) : nil
    return try await desk.answer(
      MyRequestsPage(
        showsAll: showsAll, openCount: openCount, allCount: allCount, rows: rows, empty: empty,
        pager: Pager(next: next)), request)
  }

  private func isCursor(_ text: String) -> Bool { TicketList.isCursor(text) }

  // MARK: New request

  /// "A person usually answers within …", from the present load.
  private func expectation(_ desk: PageDesk) async -> String? {
    let now = desk.format.nowMilliseconds
    let probe = TicketRow.probe(at: now, site: server.store.home.site)
    guard let at = await server.services.expectedAnswer(for: probe) else { return nil }
    let usually = desk.wording.usuallyWithin(desk.format.duration(seconds: max(60, (at - now) / 1000)))
    return [usually, await desk.busyNote(at: server.store.home.site)].compactMap { $0 }.joined(separator: " ")
  }

  private func showNewRequest(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let desk = try await desk(request, context)
    return try await desk.answer(await newRequestPage(desk, viewer, nil), request)
  }

  private func newRequestPage(
    _ desk: PageDesk, _ viewer: Viewer, _ form: Form?, refusal: CommandRefusal? = nil
  ) async -> NewRequestPage {
    let impact = form?.text("impact") ?? "low"
    let site = form?.text("site") ?? desk.names.site(viewer.person.site)?.code ?? ""
    let isDescription = refusal?.pointer == "/description" || refusal?.pointer == "/subject"
    return NewRequestPage(
      key: desk.key(), description: form?["description"] ?? "", subject: form?["subject"] ?? "",
      cannotWork: form?["cannot_work"] == "yes",
      categories: [
        Choice(value: "", label: desk.wording.text("topic_unknown"), isChosen: form?.text("category") == nil)
      ]
        + desk.categoryChoices(form?.text("category")),
      impacts: Impact.allCases.map {
        Choice(value: $0.name, label: desk.wording.text("impact_choice_\($0.name)"), isChosen: $0.name == impact)
      },
      sites: desk.siteChoices(site),
      descriptionRefusal: isDescription ? refusal.map(desk.text) : nil,
      refusal: isDescription ? nil : refusal.map(desk.text), expectation: await expectation(desk))
  }

  private func openRequest(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    let desk = try await desk(request, context)
    do {
      guard form.text("description") != nil else { throw CommandRefusal.fieldEmpty(field: "description") }
      var ticket = OpenTicket(
        subject: Self.subject(form), description: form["description"], category: desk.category(form["category"]),
        urgency: form["cannot_work"] == "yes" ? .critical : .normal, impact: Impact(name: form["impact"]) ?? .low,
        channel: .portal)
      ticket.site = desk.names.site(code: form["site"])?.id
      let outcome = try await server.store.execute(
        Command(actor: viewer.actor, idempotencyKey: form.key, body: .openTicket(ticket)))
      let number = try await server.store.row(outcome.entity)?.number ?? outcome.entity.description
      return Self.redirect("/requests/\(number)?sent=1")
    } catch let refusal as CommandRefusal {
      return try await desk.answer(
        await newRequestPage(desk, viewer, form, refusal: refusal), request, status: .unprocessableContent)
    }
  }

  /// The subject as typed, else the description's first sentence.
  static func subject(_ form: Form) -> String {
    if let subject = form.text("subject") { return subject }
    let line = form["description"].split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    let sentence = line.split(separator: ". ", maxSplits: 1).first.map(String.init) ?? line
    guard sentence.count > 90 else { return sentence }
    let cut = sentence.prefix(90)
    return String(cut[..<(cut.lastIndex(of: " ") ?? cut.endIndex)]) + "…"
  }

  // MARK: One request

  private func detail(_ context: RelevoRequestContext, _ viewer: Viewer) async throws -> TicketDetail {
    let number = try context.parameters.require("number")
    guard let id = try await server.store.ticketID(number), let detail = try await server.store.detail(id),
      viewer.maySee(requester: detail.row.requester)
    else { throw Problem.notFound }
    return detail
  }

  private func showRequest(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let detail = try await detail(context, viewer)
    if viewer.isAgent, detail.row.requester != viewer.person.id {
      return Self.redirect("/tickets/\(detail.row.number)")
    }
    let desk = try await desk(request, context)
    let page = try await RequestPageBuilder(desk: desk, server: server).page(detail)
    var notices: [Notice] = []
    if request.uri.queryParameters.get("sent") != nil {
      notices.append(
        Notice(code: "good", text: RichText.sentence(desk.wording.text("request_sent", ["number": detail.row.number]))))
    }
    return try await desk.answer(page, request, notices: notices)
  }

  private func act(
    _ request: Request, _ context: RelevoRequestContext, _ body: (EntityID, Form) -> CommandBody
  ) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    let detail = try await detail(context, viewer)
    do {
      _ = try await server.store.execute(
        Command(
          actor: viewer.actor, idempotencyKey: form.key, rendered: form.rendered,
          body: body(detail.row.id, form)))
      return Self.redirect("/requests/\(detail.row.number)")
    } catch let refusal as CommandRefusal {
      let desk = try await desk(request, context)
      var page = try await RequestPageBuilder(desk: desk, server: server).page(detail)
      page.refusal = desk.text(refusal)
      page.draft = form["body"]
      return try await desk.answer(page, request, status: .unprocessableContent)
    }
  }
}

extension PageDesk {
  func categoryChoices(_ chosen: String?) -> [Choice] {
    names.categories.map { category in
      Choice(value: category.key, label: label(category), isChosen: category.key == chosen)
    }
  }

  func label(_ category: Helpdesk.Category) -> String {
    format.language == .spanish ? category.nameSpanish : category.nameEnglish
  }

  func siteChoices(_ chosen: String) -> [Choice] {
    names.sites.map { Choice(value: $0.code, label: $0.name, isChosen: $0.code == chosen) }
  }

  /// Nil for an empty or unknown key.
  func category(_ key: String) -> EntityID? { names.category(key: key)?.id }
}
