import Helpdesk
import OperationLog
import RichText
import Store
import Texts
import WebPages

/// Makes the agents' page of one ticket.
struct TicketPageBuilder {
  let desk: PageDesk
  let server: ServerContext
  let viewer: Viewer

  func page(_ detail: TicketDetail) async throws -> TicketPage {
    let row = detail.row
    let people = try await server.directory.people(TicketJSON.people(in: detail))
    let agents = try await server.store.people(roleAtLeast: .agent, limit: 500).filter(\.isActive)
    let requester = row.requester.flatMap { people[$0] }
    let words = StepWords(desk: desk, people: people)
    let latest = detail.history.last
    let reach = latest.map { desk.reach($0.dot, node: $0.node) }
    let due = desk.due(row)
    var page = TicketPage(
      id: row.id.description, number: row.number, path: "/tickets/\(row.number)", subject: row.subject,
      rendered: Base64URL.encode(detail.version.bytes), key: desk.key(),
      status: desk.wording.status(row.stage.name, waitingReason: row.waitingReason?.name),
      priority: desk.wording.priority(row.priority.pageCode),
      requester: row.requester.map { desk.chip($0, people) } ?? PersonChip(name: "?"),
      requesterEmail: requester?.email, requesterSite: desk.site(row.site), requesterLocalTime: localTime(row),
      requesterFacts: facts(row), opened: .at(row.createdAt, desk.format),
      channel: desk.wording.channel(row.channel.pageCode), entries: entries(detail, people),
      presence: try await PresenceWords(desk: desk).line(row.id),
      dues: due.map { [$0] } ?? [],
      owner: row.assignee.map { desk.chip($0, people) },
      ownerSite: row.assignee.flatMap { people[$0]?.site }.map(desk.site), custodian: desk.site(row.custodian),
      reasons: ReasonWords(desk: desk, people: people).reasons(detail), copies: reach?.text ?? "",
      copiesCode: reach?.code ?? "saved",
      tags: row.tags.map(TagLine.init),
      history: detail.history.reversed().map { step in
        HistoryLine(
          text: words.event(step).text, moment: .at(step.at, desk.format), site: desk.site(of: step.node),
          change: words.changes(step))
      },
      conflicts: ConflictWords(desk: desk, people: people).strips(detail),
      refusal: row.needsReview ? desk.wording.text("needs_review") : nil,
      recipients: requester.map { "\($0.name) <\($0.email)>" } ?? "",
      canTake: row.assignee != viewer.person.id && row.status.rawValue < 2, isOpen: row.status.rawValue < 2,
      assignees: [Choice(value: "", label: desk.wording.text("assignee_nobody"), isChosen: row.assignee == nil)]
        + agents.map { agent in
          Choice(
            value: agent.id.description, label: "\(agent.name) · \(desk.site(agent.site).code)",
            isChosen: agent.id == row.assignee)
        },
      statuses: TicketStatus.allCases.map {
        Choice(value: $0.name, label: desk.wording.text("status_\($0.name)"), isChosen: $0 == row.status)
      },
      waitingReasons: WaitingReason.allCases.map {
        Choice(value: $0.name, label: desk.wording.text("reason_\($0.name)"), isChosen: $0 == row.waitingReason)
      },
      urgencies: desk.urgencyChoices(row.urgency.name), impacts: desk.impactChoices(row.impact.name),
      priorities: [
        Choice(value: "", label: desk.wording.text("priority_derived"), isChosen: detail.ticket.priorityOverride == nil)
      ]
        + Priority.allCases.map {
          Choice(
            value: $0.name, label: desk.wording.priority($0.pageCode).label,
            isChosen: $0 == detail.ticket.priorityOverride)
        },
      categories: [Choice(value: "", label: desk.wording.text("topic_none"), isChosen: row.category == nil)]
        + desk.categoryChoices(desk.names.category(row.category)?.key),
      escalationTargets: targets(agents))
    try await addAssignment(to: &page, detail, people)
    return page
  }

  private func targets(_ agents: [Person]) -> [Choice] {
    [Choice(value: "", label: desk.wording.text("second_level"), isChosen: true)]
      + desk.names.queues.prefix(200).map { Choice(value: "queue:\($0.id)", label: $0.name) }
      + agents.map { Choice(value: "person:\($0.id)", label: "\($0.name) · \(desk.site($0.site).code)") }
  }

  private func localTime(_ row: TicketRow) -> String? {
    guard let site = desk.names.site(row.site) else { return nil }
    let zone = PageDesk.zone(site.timeZone)
    let now = desk.format.nowMilliseconds
    let there = ReaderFormat(
      language: desk.format.language, zone: zone, nowMilliseconds: now, catalogue: server.catalogue)
    guard there.time(now) != desk.format.time(now) else { return nil }
    return desk.wording.text("local_time", ["time": there.time(now), "site": site.name])
  }

  private func facts(_ row: TicketRow) -> [Fact] {
    var facts: [Fact] = []
    if let queue = desk.names.queue(row.queue) {
      facts.append(Fact(label: desk.wording.text("fact_team"), value: queue.name))
    }
    facts.append(Fact(label: desk.wording.text("fact_level"), value: String(row.level)))
    return facts
  }

  // MARK: Conversation

  private func entries(_ detail: TicketDetail, _ people: [EntityID: Person]) -> [ThreadEntry] {
    let words = StepWords(desk: desk, people: people)
    return detail.history.map { step in
      let anchor = "m-\(step.dot.stream)-\(step.dot.sequence)"
      let moment = Moment.at(step.at, desk.format)
      let reach = desk.reach(step.dot, node: step.node)
      let shown = desk.isWorthShowing(reach, of: step) ? reach : nil
      guard let text = message(step, detail), !text.isEmpty || step.isErased else {
        var event = words.event(step)
        event.site = desk.site(of: step.node)
        event.reach = shown
        return ThreadEntry(
          anchor: anchor, kind: "event", author: desk.chip(step.actor, people), moment: moment, event: event)
      }
      let author = step.kind == .ticketOpened ? detail.row.requester ?? step.actor : step.actor
      let kind = step.kind == .noted ? "note" : author == detail.row.requester ? "requester" : "reply"
      return ThreadEntry(
        anchor: anchor, kind: kind, author: desk.chip(author, people), moment: moment,
        body: step.isErased ? RichText.escaped(desk.wording.text("text_erased")) : RichText.markdown(text),
        site: desk.site(of: step.node),
        channel: step.kind == .ticketOpened ? desk.wording.channel(detail.row.channel.pageCode) : nil, reach: shown)
    }
  }

  /// The words of a step that is a message; nil for the others.
  private func message(_ step: HistoryStep, _ detail: TicketDetail) -> String? {
    switch step.kind {
    case .ticketOpened: detail.description
    case .replied, .noted: step.texts?.first ?? ""
    case .closed, .reopened: step.texts?.first
    default: nil
    }
  }

  // MARK: Changed while you typed

  /// The refused form's value of a field in words; nil where the form does not set it.
  private func yours(_ field: TicketField, _ form: Form) async throws -> String? {
    guard let value = form.text(field.name) else { return nil }
    switch field {
    case .status: return desk.wording.text("status_\(value)")
    case .urgency: return desk.wording.text("urgency_\(value)")
    case .impact: return desk.wording.text("impact_\(value)")
    case .priority: return Priority(name: value).map { desk.wording.priority($0.pageCode).label }
    case .category: return desk.names.category(key: value).map(desk.label)
    case .assignee:
      guard let id = EntityID(hex: value) else { return nil }
      return try await server.store.person(id)?.name
    default: return value
    }
  }

  func merge(
    _ detail: TicketDetail, _ fields: [TicketField], _ form: Form, action: String
  ) async throws -> MergeStrip {
    let people = try await server.directory.people(TicketJSON.people(in: detail))
    let words = StepWords(desk: desk, people: people)
    let seen = form.rendered ?? ObservedVector()
    var changes: [MergeChange] = []
    for field in fields {
      guard
        let step = detail.history.last(where: { step in
          !seen.covers(step.dot) && step.changes.contains { $0.field == field }
        }), let change = step.changes.last(where: { $0.field == field })
      else { continue }
      changes.append(
        MergeChange(
          label: desk.wording.field(field.name), before: change.from.map { words.text(field, $0) } ?? "–",
          now: words.text(field, change.to, step), yours: try await yours(field, form),
          person: desk.chip(step.actor, people), site: desk.site(of: step.node), moment: .at(step.at, desk.format)))
    }
    let hidden = form.fields.filter { !["csrf", "rendered", "key"].contains($0.name) }
    return MergeStrip(
      changes: changes, action: action, fields: hidden.map { HiddenField(name: $0.name, value: $0.value) },
      keptText: ["body", "resolution", "reason"].compactMap { form.text($0) }.first)
  }
}
