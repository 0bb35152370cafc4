import Helpdesk
import OperationLog
import RichText
import Store
import Texts
import WebPages

/// Makes the page of one request for its requester: plain words, never an internal note.
struct RequestPageBuilder {
  let desk: PageDesk
  let server: ServerContext

  func page(_ detail: TicketDetail) async throws -> RequestPage {
    let row = detail.row
    let people = try await server.directory.people(TicketJSON.people(in: detail))
    let owner = row.assignee.flatMap { people[$0] }
    let status = desk.wording.status(row.stage.name, waitingReason: row.waitingReason?.name, forRequester: true)
    let resolution = detail.history.last { $0.kind == .closed && $0.actor != row.requester }?.texts?.first
    let closed = row.resolvedAt.map { $0 + PageRoutes.reopenDays * 86_400_000 }
    return RequestPage(
      id: row.id.description, number: row.number, path: "/requests/\(row.number)", subject: row.subject,
      status: status, rendered: Base64URL.encode(detail.version.bytes), key: desk.key(),
      standing: desk.wording.standing(
        row.stage.name, owner: owner?.name, site: owner?.site.flatMap { desk.names.site($0)?.name },
        waitingReason: row.waitingReason?.name),
      owner: row.assignee.map { desk.chip($0, people) }, expectation: await expectation(row, owner),
      busyNote: row.status == .open && row.answeredAt == nil ? await desk.busyNote(at: row.site) : nil,
      entries: entries(detail, people), canReply: row.status != .closed, isResolved: row.status == .resolved,
      resolution: row.status.rawValue >= TicketStatus.resolved.rawValue
        ? resolution.flatMap { $0.isEmpty ? nil : RichText.markdown($0) } : nil,
      isClosed: row.status == .closed, reopenUntil: row.status == .closed ? closed.map { .at($0, desk.format) } : nil)
  }

  /// A time somebody is held to: when a person answers, or when it should be solved.
  private func expectation(_ row: TicketRow, _ owner: Person?) async -> String? {
    guard row.status == .open else { return nil }
    let now = desk.format.nowMilliseconds
    if row.answeredAt == nil {
      guard let at = await server.services.expectedAnswer(for: row) else { return nil }
      let by = time(max(at, now + 60_000))
      return owner.map { desk.wording.nextWord(from: $0.name, by: by) } ?? desk.wording.answerBy(by)
    }
    let due = desk.names.due(row)
    return due > now ? desk.wording.text("expect_solved", ["time": time(due)]) : nil
  }

  private func time(_ at: Int64) -> String {
    let isToday = desk.format.day(at) == desk.format.day(desk.format.nowMilliseconds)
    return isToday ? desk.wording.text("expect_today", ["time": desk.format.time(at)]) : desk.format.moment(at)
  }

  private func entries(_ detail: TicketDetail, _ people: [EntityID: Person]) -> [ThreadEntry] {
    detail.history.compactMap { step in
      switch step.kind {
      case .ticketOpened:
        return message(step, detail.description, isRequesters: true, detail, people)
      case .replied:
        return message(step, step.texts?.first ?? "", isRequesters: step.actor == detail.row.requester, detail, people)
      case .closed, .reopened:
        guard let text = step.texts?.first, !text.isEmpty else { return event(step, people) }
        return message(step, text, isRequesters: step.actor == detail.row.requester, detail, people)
      case .taken, .assigned, .assignedAutomatically:
        return event(step, people)
      default: return nil
      }
    }
  }

  private func message(
    _ step: HistoryStep, _ text: String, isRequesters: Bool, _ detail: TicketDetail, _ people: [EntityID: Person]
  ) -> ThreadEntry {
    let author = step.kind == .ticketOpened ? detail.row.requester ?? step.actor : step.actor
    let reach = desk.reach(step.dot, node: step.node)
    return ThreadEntry(
      anchor: "m-\(step.dot.stream)-\(step.dot.sequence)", kind: isRequesters ? "requester" : "reply",
      author: desk.chip(author, people), moment: .at(step.at, desk.format),
      body: step.isErased ? RichText.escaped(desk.wording.text("text_erased")) : RichText.markdown(text),
      reach: desk.isWorthShowing(reach, of: step) ? reach : nil)
  }

  private func event(_ step: HistoryStep, _ people: [EntityID: Person]) -> ThreadEntry? {
    let lines = StepWords(desk: desk, people: people)
    guard let line = lines.publicEvent(step) else { return nil }
    return ThreadEntry(
      anchor: "m-\(step.dot.stream)-\(step.dot.sequence)", kind: "event", author: desk.chip(step.actor, people),
      moment: line.moment, event: line)
  }
}
