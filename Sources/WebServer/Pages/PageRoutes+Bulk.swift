import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import RichText
import Store
import Texts
import WebPages

/// One act on several tickets of the queue: a command for each, and a word about each that was refused.
extension PageRoutes {
  /// As many as a list shows.
  private static let ticketsMax = 50

  func addBulk(to router: Router<RelevoRequestContext>) {
    router.post("queue/bulk") { request, context in try await bulk(request, context) }
    // After a reload of the answer, or a link out of the history.
    router.get("queue/bulk") { _, _ in Self.redirect("/queue") }
  }

  /// The identifier and what the row shows of what can be changed here.
  static func pick(_ row: TicketRow) -> String {
    "\(row.id) \(row.status.name) \(row.assignee?.description ?? "-")"
  }

  func bulkBar(_ desk: PageDesk, _ agents: [Person]) -> BulkBar {
    BulkBar(
      key: desk.key(),
      assignees: [Choice(value: "", label: desk.wording.text("assignee_nobody"))]
        + agents.map {
          Choice(
            value: $0.id.description, label: "\($0.name) · \(desk.site($0.site).code)",
            isChosen: $0.id == desk.viewer?.person.id)
        },
      statuses: TicketStatus.allCases.map { Choice(value: $0.name, label: desk.wording.text("status_\($0.name)")) },
      waitingReasons: WaitingReason.allCases.map {
        Choice(value: $0.name, label: desk.wording.text("reason_\($0.name)"))
      })
  }

  private func bulk(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    _ = try requireAgent(context)
    let desk = try await desk(request, context)
    let picks = form.fields.filter { $0.name == "ticket" }.map(\.value)
    var notices: [Notice] = []
    var doneCount = 0
    for pick in picks.prefix(Self.ticketsMax) {
      let parts = pick.split(separator: " ").map(String.init)
      guard parts.count == 3, let id = EntityID(hex: parts[0]), let detail = try await server.store.detail(id) else {
        continue
      }
      do {
        try await act(form, viewer, detail, shown: pick)
        doneCount += 1
      } catch let refusal as CommandRefusal {
        let words = desk.wording.text("bulk_refused", ["number": detail.row.number, "reason": desk.text(refusal)])
        notices.append(
          Notice(
            code: "warning", text: RichText.sentence(words),
            link: PageLink(label: desk.wording.text("bulk_open"), path: "/tickets/\(detail.row.number)")))
      }
    }
    if doneCount > 0 {
      let words = desk.wording.text("bulk_done", ["count": desk.format.number(Int64(doneCount))])
      notices.insert(Notice(code: "good", text: RichText.sentence(words)), at: 0)
    }
    if picks.isEmpty {
      notices.append(Notice(code: "calm", text: RichText.sentence(desk.wording.text("bulk_nothing_chosen"))))
    }
    return try await showQueue(request, context, query: form.text("q") ?? "is:open", notices: notices)
  }

  private func isDone(_ act: String, _ form: Form, _ viewer: Viewer, _ row: TicketRow) -> Bool {
    switch act {
    case "take": row.assignee == viewer.person.id
    case "assign": row.assignee == EntityID(hex: form["assignee"])
    case "status":
      row.status.name == form["status"]
        && (row.status != .waiting || row.waitingReason?.name == form["waiting_reason"])
    default: false
    }
  }

  /// Throws the refusal of this one ticket. What the reader's list showed is what the command knows; a ticket that
  /// moved on meanwhile is refused, except for tags, which add up.
  private func act(_ form: Form, _ viewer: Viewer, _ detail: TicketDetail, shown: String) async throws {
    let id = detail.row.id
    let act = form["act"]
    // A form that is sent again, as a reload does, finds its own work done.
    if isDone(act, form, viewer, detail.row) { return }
    if act != "tag", Self.pick(detail.row) != shown {
      let isSameStatus = shown.split(separator: " ").dropFirst().first.map(String.init) == detail.row.status.name
      throw CommandRefusal.changedMeanwhile(fields: [isSameStatus ? .assignee : .status])
    }
    let body: CommandBody
    switch act {
    case "take": body = .take(id)
    case "assign": body = .assign(id, to: EntityID(hex: form["assignee"]))
    case "status":
      var edit = TicketEdit()
      edit.status = TicketStatus(name: form["status"])
      if edit.status == .waiting { edit.waitingReason = WaitingReason(name: form["waiting_reason"]) }
      body = .editTicket(id, edit)
    case "tag":
      let added = form["tag"].split { $0 == "," || $0 == " " }.map(String.init)
      guard !added.isEmpty else { throw CommandRefusal.fieldEmpty(field: "tags") }
      var edit = TicketEdit()
      edit.tags = detail.row.tags + added.filter { !detail.row.tags.contains($0) }
      body = .editTicket(id, edit)
    default:
      throw CommandRefusal.valueUnknown(field: "act", value: act, choices: ["take", "assign", "status", "tag"])
    }
    _ = try await server.store.execute(
      Command(
        actor: viewer.actor, idempotencyKey: form.key.map { "\($0).\(act).\(id)" }, rendered: detail.version,
        refusesIfChanged: act != "tag", body: body))
  }
}
