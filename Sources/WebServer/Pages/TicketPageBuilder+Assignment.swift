import Helpdesk
import OperationLog
import RichText
import Store
import Texts
import WebPages

/// What a ticket's page shows of custody, offers and lost claims.
extension TicketPageBuilder {
  func addAssignment(
    to page: inout TicketPage, _ detail: TicketDetail, _ people: [EntityID: Person]
  ) async throws {
    let row = detail.row
    let me = viewer.person
    page.holdsIt = row.assignee == me.id
    if row.offeredTo == me.id {
      page.offer = card(
        detail, people, reasons: ReasonWords(desk: desk, people: people).reasonsForMe(detail, me))
    }
    if let lost = detail.ticket.lostClaim(of: me.id), row.status.rawValue < 2 {
      page.lost = strip(lost, detail, people)
    }
    if row.status.rawValue < 2 { try await addCustody(to: &page, row) }
    if let reason = server.services.unservable(row.id) { page.unservable = desk.wording.text("unservable_" + reason) }
    let words = StepWords(desk: desk, people: people)
    page.moves = detail.history.reversed().filter { Self.moves.contains($0.kind) }.prefix(12).map { step in
      HistoryLine(
        text: words.event(step).text, moment: .at(step.at, desk.format), site: desk.site(of: step.node))
    }
  }

  private static let moves: Set<OperationKind> = [
    .handedOver, .handOverAcknowledged, .handOverTakenBack, .takenOver, .offerDeclined, .offerWithdrawn,
  ]

  private func addCustody(to page: inout TicketPage, _ row: TicketRow) async throws {
    let isHere = (row.custodianStream ?? row.custodyFrom).map(server.store.isOwn) ?? false
    if isHere {
      page.handOverSites = desk.names.sites.filter { $0.id != row.custodian && $0.node != nil }
        .map { Choice(value: $0.code, label: "\($0.name) (\($0.code))") }
    } else if let custodian = row.custodian, await !server.services.canReach(custodian) {
      page.takesOverFrom = desk.wording.text("take_over_why", ["site": desk.site(custodian).name])
    }
  }

  /// The ticket as an offer to the reader.
  func card(_ detail: TicketDetail, _ people: [EntityID: Person], reasons: [String]) -> OfferCard {
    let row = detail.row
    let isMine = row.offeredTo == viewer.person.id
    let until = row.acceptanceDue.map { due -> String in
      due > desk.format.nowMilliseconds
        ? desk.wording.text("offer_until", ["time": desk.format.time(due)]) : desk.wording.text("offer_overdue")
    }
    return OfferCard(
      number: row.number, path: "/tickets/\(row.number)", subject: row.subject,
      snippet: RichText.plainText(of: row.lastWord, charactersMax: 240),
      requester: row.requester.map { desk.name($0, people) } ?? "", site: desk.site(row.site),
      priority: desk.wording.priority(row.priority.pageCode), due: desk.due(row), reasons: reasons,
      until: isMine ? until : nil, rendered: Base64URL.encode(detail.version.bytes), key: desk.key())
  }

  // MARK: Lost claims

  /// Why the reader no longer has it, as long as nobody has settled it.
  private func strip(_ lost: Sibling, _ detail: TicketDetail, _ people: [EntityID: Person]) -> LostClaimStrip {
    let winner = detail.ticket.assignee
    let started = detail.ticket.assigneeHasStarted
    guard let winner else {
      return LostClaimStrip(
        title: desk.wording.text("lost_title_nobody"), text: desk.wording.text("lost_text_nobody"), canTake: true)
    }
    let words = ["name": desk.name(winner, people), "site": desk.site(people[winner]?.site).code]
    return LostClaimStrip(
      title: desk.wording.text("lost_title", words),
      text: desk.wording.text(started ? "lost_text_started" : "lost_text", words), canTake: !started)
  }

  /// Why words were not sent, with the words; nil for any other refusal.
  func lost(to refusal: CommandRefusal, _ detail: TicketDetail, _ form: Form) -> LostClaimStrip? {
    let kept = form.text("body") ?? form.text("resolution")
    let then = form.text("resolution") == nil ? form["then"] : "resolved"
    switch refusal {
    case .claimLost(let holder?):
      let words = ["name": holder.name, "site": holder.site]
      return LostClaimStrip(
        title: desk.wording.text("lost_title", words), text: desk.wording.text("lost_before_sending", words),
        keptText: kept, then: then)
    case .claimLost(nil):
      return LostClaimStrip(
        title: desk.wording.text("lost_title_nobody"), text: desk.wording.text("lost_text_nobody"), keptText: kept,
        then: then, canTake: true)
    case .answeredMeanwhile:
      let seen = form.rendered ?? ObservedVector()
      let answer = detail.history.last {
        ($0.kind == .replied || $0.kind == .closed) && $0.actor != detail.row.requester && !seen.covers($0.dot)
      }
      let text = answer?.texts?.first.map { RichText.plainText(of: $0, charactersMax: 400) } ?? ""
      return LostClaimStrip(
        title: desk.wording.text("answered_title"), text: desk.wording.text("answered_text", ["answer": text]),
        keptText: kept, then: then)
    default: return nil
    }
  }
}
