import Foundation
import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import RichText
import Store
import Texts
import WebPages

/// A ticket as agents see it, its forms, and tickets filed for somebody who phoned or came by.
extension PageRoutes {
  func addTickets(to router: Router<RelevoRequestContext>) {
    router.get("tickets/new") { request, context in try await showNewTicket(request, context) }
    router.post("tickets/new") { request, context in try await fileTicket(request, context) }
    router.get("tickets/:number") { request, context in try await showTicket(request, context) }
    router.post("tickets/:number/reply") { request, context in try await reply(request, context) }
    router.post("tickets/:number/note") { request, context in
      try await act(request, context, writesNote: true) { id, form in .reply(id, body: form["body"], isInternal: true) }
    }
    router.post("tickets/:number/take") { request, context in
      try await act(request, context, refusesIfChanged: true) { id, _ in .take(id) }
    }
    router.post("tickets/:number/assign") { request, context in
      try await act(request, context, refusesIfChanged: true) { id, form in
        .assign(id, to: EntityID(hex: form["assignee"]))
      }
    }
    router.post("tickets/:number/status") { request, context in
      try await act(request, context, refusesIfChanged: true) { id, form in
        var edit = TicketEdit()
        edit.status = TicketStatus(name: form["status"])
        if edit.status == .waiting { edit.waitingReason = WaitingReason(name: form["waiting_reason"]) }
        return .editTicket(id, edit)
      }
    }
    router.post("tickets/:number/edit") { request, context in try await edit(request, context) }
    router.post("tickets/:number/tags") { request, context in try await tag(request, context) }
    router.post("tickets/:number/escalate") { request, context in
      try await act(request, context) { id, form in .escalate(id, Self.escalation(form)) }
    }
    router.post("tickets/:number/close") { request, context in
      try await act(request, context, refusesIfChanged: true) { id, form in
        .close(id, resolution: form["resolution"], isFinal: false)
      }
    }
    router.post("tickets/:number/hand-over") { request, context in
      let desk = try await desk(request, context)
      return try await act(request, context) { id, form in
        guard let site = desk.names.site(code: form["site"])?.id else {
          throw CommandRefusal.referenceUnknown(field: "site", value: String(form["site"].prefix(100)))
        }
        return .handOver(id, HandOver(site: site, reason: form["reason"]))
      }
    }
    router.post("tickets/:number/take-over") { request, context in
      let custodian = try await detail(context).row.custodian
      let isReachable: Bool
      if let custodian { isReachable = await server.services.canReach(custodian) } else { isReachable = false }
      return try await act(request, context) { id, form in
        .takeOver(id, TakeOver(reason: form["reason"], isCustodianReachable: isReachable))
      }
    }
    router.post("tickets/:number/presence") { request, context in try await notePresence(request, context) }
    router.post("tickets/:number/reopen") { request, context in
      try await act(request, context) { id, form in .reopen(id, reason: form["body"]) }
    }
    router.post("tickets/:number/conflicts/:field") { request, context in
      guard let field = TicketField(name: try context.parameters.require("field")) else { throw Problem.notFound }
      return try await act(request, context) { id, form in
        .resolveConflict(id, FieldChoice(field: field, value: form["value"]))
      }
    }
  }

  // MARK: Showing

  func detail(_ context: RelevoRequestContext) async throws -> TicketDetail {
    let number = try context.parameters.require("number")
    guard let id = try await server.store.ticketID(number), let detail = try await server.store.detail(id) else {
      throw Problem.notFound
    }
    return detail
  }

  private func showTicket(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let detail = try await detail(context)
    guard viewer.isAgent else {
      guard viewer.maySee(requester: detail.row.requester) else { throw Problem.notFound }
      return Self.redirect("/requests/\(detail.row.number)")
    }
    let desk = try await desk(request, context)
    // Without a script the page itself says that somebody looks at it; a part of it, or a page fetched ahead, does not.
    let isAhead = (request.headers[.purpose] ?? request.headers[.secPurpose] ?? "").contains("prefetch")
    if !isAhead, request.uri.queryParameters.get("fragment") == nil {
      server.services.notePresence(detail.row.id, of: viewer.person.id, .viewing)
    }
    let page = try await TicketPageBuilder(desk: desk, server: server, viewer: viewer).page(detail)
    return try await desk.answer(page, request)
  }

  // MARK: Forms

  /// Carries out one form; a refusal shows the ticket again with what was typed.
  func act(
    _ request: Request, _ context: RelevoRequestContext, refusesIfChanged: Bool = false, writesNote: Bool = false,
    _ body: (EntityID, Form) throws -> CommandBody
  ) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    _ = try requireAgent(context)
    let before = try await detail(context)
    do {
      _ = try await server.store.execute(
        Command(
          actor: viewer.actor, idempotencyKey: form.key, rendered: form.rendered,
          refusesIfChanged: refusesIfChanged, wordCheck: Self.wordCheck(form), body: try body(before.row.id, form)))
      return Self.redirect(form["return"] == "offers" ? "/offers" : "/tickets/\(before.row.number)")
    } catch let refusal as CommandRefusal {
      return try await again(request, context, form, viewer, refusal, writesNote: writesNote)
    }
  }

  /// The ticket as it is now, with the refused form's text kept; what changed meanwhile is shown beside it.
  private func again(
    _ request: Request, _ context: RelevoRequestContext, _ form: Form, _ viewer: Viewer, _ refusal: CommandRefusal,
    writesNote: Bool = false
  ) async throws -> Response {
    let desk = try await desk(request, context)
    let builder = TicketPageBuilder(desk: desk, server: server, viewer: viewer)
    let now = try await detail(context)
    var page = try await builder.page(now)
    var status = HTTPResponse.Status.unprocessableContent
    if case .changedMeanwhile(let fields) = refusal {
      status = .preconditionFailed
      page.merge = try await builder.merge(now, fields, form, action: request.uri.path)
    } else if let strip = builder.lost(to: refusal, now, form) {
      status = .conflict
      page.lost = strip
    } else {
      page.refusal = desk.text(refusal)
    }
    if writesNote { page.noteDraft = form["body"] } else { page.replyDraft = form["body"] }
    page.writesNote = writesNote
    page.resolutionDraft = form["resolution"]
    return try await desk.answer(page, request, status: status)
  }

  /// What stops words on their way out; nothing once the author has been told and sends them all the same.
  static func wordCheck(_ form: Form) -> WordCheck? {
    form["anyway"] == "yes" ? nil : WordCheck(heldClaim: form["held"] == "yes", stopsAtAnswers: true)
  }

  private func notePresence(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    _ = try requireAgent(context)
    let number = try context.parameters.require("number")
    guard let id = try await server.store.ticketID(number), let activity = PresenceActivity(rawValue: form["activity"])
    else { throw Problem.notFound }
    server.services.notePresence(id, of: viewer.person.id, activity)
    return Response(status: .noContent)
  }

  /// A public reply, and what shall happen to the ticket with it.
  private func reply(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    _ = try requireAgent(context)
    let before = try await detail(context)
    let id = before.row.id
    do {
      let then = form["then"]
      if then == "resolved" {
        _ = try await server.store.execute(
          Command(
            actor: viewer.actor, idempotencyKey: form.key, rendered: form.rendered, wordCheck: Self.wordCheck(form),
            body: .close(id, resolution: form["body"], isFinal: false)))
      } else {
        _ = try await server.store.execute(
          Command(
            actor: viewer.actor, idempotencyKey: form.key, rendered: form.rendered, wordCheck: Self.wordCheck(form),
            body: .reply(id, body: form["body"], isInternal: false)))
        server.services.notePresence(id, of: viewer.person.id, .viewing)
        if then == "waiting" {
          var edit = TicketEdit()
          edit.status = .waiting
          edit.waitingReason = .requester
          _ = try await server.store.execute(
            Command(
              actor: viewer.actor, idempotencyKey: form.key.map { $0 + ".then" }, body: .editTicket(id, edit)))
        }
      }
      return Self.redirect("/tickets/\(before.row.number)")
    } catch let refusal as CommandRefusal {
      return try await again(request, context, form, viewer, refusal)
    }
  }

  private func edit(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let desk = try await desk(request, context)
    return try await act(request, context, refusesIfChanged: true) { id, form in
      // The form carries what it showed: only what differs from that is this reader's change.
      func isChanged(_ name: String) -> Bool { form[name] != form["was_" + name] }
      var edit = TicketEdit()
      if isChanged("subject") { edit.subject = form["subject"] }
      if isChanged("urgency") { edit.urgency = Urgency(name: form["urgency"]) }
      if isChanged("impact") { edit.impact = Impact(name: form["impact"]) }
      if isChanged("category") { edit.category = .some(desk.category(form["category"])) }
      if isChanged("priority") { edit.priority = .some(Priority(name: form["priority"])) }
      return .editTicket(id, edit)
    }
  }

  private func tag(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let row = try await detail(context).row
    return try await act(request, context) { id, form in
      var edit = TicketEdit()
      var tags = row.tags
      if let added = form.text("add") { tags += added.split { $0 == "," || $0 == " " }.map(String.init) }
      if let removed = form.text("remove") { tags.removeAll { $0 == removed } }
      edit.tags = tags
      return .editTicket(id, edit)
    }
  }

  /// `to` is `queue:ID`, `person:ID` or empty for the next level.
  private static func escalation(_ form: Form) -> Escalation {
    let parts = form["to"].split(separator: ":", maxSplits: 1).map(String.init)
    let id = parts.count == 2 ? EntityID(hex: parts[1]) : nil
    return Escalation(
      person: parts.first == "person" ? id : nil, queue: parts.first == "queue" ? id : nil, reason: form["reason"])
  }

  // MARK: For somebody who phoned or came by

  private func showNewTicket(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try requireAgent(context)
    let desk = try await desk(request, context)
    return try await desk.answer(try await newTicketPage(desk, viewer, nil), request)
  }

  private func newTicketPage(
    _ desk: PageDesk, _ viewer: Viewer, _ form: Form?, refusal: CommandRefusal? = nil
  ) async throws -> NewTicketPage {
    let people = try await server.store.people(limit: 500)
    let site = form?.text("site") ?? desk.names.site(viewer.person.site)?.code ?? ""
    let pointer = refusal?.pointer
    let words = refusal.map(desk.text)
    let channel = form?.text("channel") ?? Channel.phone.name
    return NewTicketPage(
      key: desk.key(), requester: form?["requester"] ?? "",
      people: people.map { person in
        Choice(value: person.email, label: "\(person.name) · \(desk.names.site(person.site)?.name ?? "")")
      },
      requesterRefusal: pointer == "/requester" ? words : nil,
      channels: [Channel.phone, .walkIn, .email].map {
        Choice(value: $0.name, label: desk.wording.channel($0.pageCode), isChosen: $0.name == channel)
      },
      description: form?["description"] ?? "",
      descriptionRefusal: pointer == "/description" || pointer == "/subject" ? words : nil,
      subject: form?["subject"] ?? "",
      categories: [
        Choice(value: "", label: desk.wording.text("topic_unknown"), isChosen: form?.text("category") == nil)
      ]
        + desk.categoryChoices(form?.text("category")),
      urgencies: desk.urgencyChoices(form?.text("urgency") ?? Urgency.normal.name),
      impacts: desk.impactChoices(form?.text("impact") ?? Impact.low.name), sites: desk.siteChoices(site),
      tags: form?["tags"] ?? "", takesIt: form?["take"] == "yes",
      refusal: ["/requester", "/description", "/subject"].contains(pointer ?? "") ? nil : words)
  }

  private func fileTicket(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    _ = try requireAgent(context)
    let desk = try await desk(request, context)
    do {
      var ticket = OpenTicket(
        subject: Self.subject(form), description: form["description"], requesterEmail: form["requester"],
        category: desk.category(form["category"]), urgency: Urgency(name: form["urgency"]) ?? .normal,
        impact: Impact(name: form["impact"]) ?? .low, channel: Channel(name: form["channel"]) ?? .phone,
        tags: form["tags"].split { $0 == "," || $0 == " " }.map(String.init))
      guard form.text("requester") != nil else { throw CommandRefusal.fieldEmpty(field: "requester") }
      guard form.text("description") != nil else { throw CommandRefusal.fieldEmpty(field: "description") }
      ticket.site = desk.names.site(code: form["site"])?.id
      let outcome = try await server.store.execute(
        Command(actor: viewer.actor, idempotencyKey: form.key, body: .openTicket(ticket)))
      if form["take"] == "yes" { try await take(outcome.entity, viewer, form) }
      let number = try await server.store.row(outcome.entity)?.number ?? outcome.entity.description
      return Self.redirect("/tickets/\(number)")
    } catch let refusal as CommandRefusal {
      return try await desk.answer(
        try await newTicketPage(desk, viewer, form, refusal: refusal), request, status: .unprocessableContent)
    }
  }

  /// "I take it myself"; assignment may have given it to somebody, even to the same person, a moment earlier.
  private func take(_ id: EntityID, _ viewer: Viewer, _ form: Form) async throws {
    do {
      _ = try await server.store.execute(
        Command(actor: viewer.actor, idempotencyKey: form.key.map { $0 + ".take" }, body: .take(id)))
    } catch CommandRefusal.alreadyAssigned {
      return
    }
  }
}

extension Channel {
  /// The code pages use.
  var pageCode: String {
    switch self {
    case .portal: "web"
    case .email: "mail"
    case .imported: "import"
    case .phone, .walkIn, .api: name
    }
  }
}

extension PageDesk {
  func urgencyChoices(_ chosen: String) -> [Choice] {
    Urgency.allCases.map {
      Choice(value: $0.name, label: wording.text("urgency_\($0.name)"), isChosen: $0.name == chosen)
    }
  }

  func impactChoices(_ chosen: String) -> [Choice] {
    Impact.allCases.map {
      Choice(value: $0.name, label: wording.text("impact_\($0.name)"), isChosen: $0.name == chosen)
    }
  }
}
