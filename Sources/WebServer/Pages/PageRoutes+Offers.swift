import Helpdesk
import Hummingbird
import OperationLog
import Store
import Texts
import WebPages

/// What is offered to an agent, their answers, and the ticket that would be best to take next.
extension PageRoutes {
  private static let offersMax = 50
  /// Waiting tickets among which the next one is looked for.
  private static let waitingMax = 200

  func addOffers(to router: Router<RelevoRequestContext>) {
    router.get("offers") { request, context in try await showOffers(request, context) }
    router.post("tickets/:number/accept") { request, context in
      try await act(request, context) { id, _ in .acceptOffer(id) }
    }
    router.post("tickets/:number/decline") { request, context in
      try await act(request, context) { id, form in .declineOffer(id, reason: form["reason"]) }
    }
  }

  private func showOffers(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try requireAgent(context)
    let desk = try await desk(request, context)
    let builder = TicketPageBuilder(desk: desk, server: server, viewer: viewer)
    var offers: [OfferCard] = []
    for row in try await server.store.offers(to: viewer.person.id, limit: Self.offersMax) {
      guard let detail = try await server.store.detail(row.id) else { continue }
      let people = try await server.directory.people(TicketJSON.people(in: detail))
      let reasons = ReasonWords(desk: desk, people: people).reasonsForMe(detail, viewer.person)
      offers.append(builder.card(detail, people, reasons: reasons))
    }
    let next = try await next(desk, builder, viewer)
    let empty =
      offers.isEmpty && next == nil
      ? EmptyState(
        title: desk.wording.text("offers_empty_title"), text: desk.wording.text("offers_empty_text"),
        link: PageLink(label: desk.wording.text("nav_queue"), path: "/queue")) : nil
    let page = OffersPage(
      summary: desk.wording.text("offers_summary", ["count": desk.format.number(Int64(offers.count))]),
      offers: offers, next: next, empty: empty)
    return try await desk.answer(page, request)
  }

  /// The most overdue waiting ticket this agent knows how to do, relative to each ticket's own target.
  private func next(_ desk: PageDesk, _ builder: TicketPageBuilder, _ viewer: Viewer) async throws -> OfferCard? {
    let me = viewer.person
    let waiting = try await server.store.waitingTickets(limit: Self.waitingMax).filter { row in
      me.knows(row.category) && !row.declinedBy.contains(me.id)
    }
    let now = desk.format.nowMilliseconds
    // The clock that counts is each ticket's own: minutes waited for each minute it may wait.
    let best = waiting.max { one, other in
      let left = (now - one.createdAt) / max(1, one.priority.responseTargetMinutes)
      let right = (now - other.createdAt) / max(1, other.priority.responseTargetMinutes)
      return (left, other.id) < (right, one.id)
    }
    guard let best, let detail = try await server.store.detail(best.id) else { return nil }
    let people = try await server.directory.people(TicketJSON.people(in: detail))
    let reasons = ReasonWords(desk: desk, people: people).reasonsToTake(best, me, among: waiting.count)
    return builder.card(detail, people, reasons: reasons)
  }
}
