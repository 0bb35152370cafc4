import Helpdesk
import OperationLog
import Texts
import WebPages

/// Says who is at a ticket: "Carlos (LYO) is writing". The reader themself is never named.
struct PresenceWords {
  let desk: PageDesk

  /// One ticket's line; nil where nobody else is.
  func line(_ ticket: EntityID) async throws -> String? { try await lines([ticket])[ticket] }

  /// The lines of a list, by ticket.
  func lines(_ tickets: [EntityID]) async throws -> [EntityID: String] {
    var present: [EntityID: [TicketPresence]] = [:]
    for ticket in tickets {
      let others = desk.server.services.presence(at: ticket).filter { $0.person != desk.viewer?.person.id }
      if !others.isEmpty { present[ticket] = others }
    }
    if present.isEmpty { return [:] }
    let people = try await desk.server.directory.people(Set(present.values.joined().map(\.person)))
    return present.mapValues { sentence($0, people) }
  }

  private func sentence(_ present: [TicketPresence], _ people: [EntityID: Person]) -> String {
    let writers = names(present.filter(\.isWriting), people)
    if !writers.isEmpty {
      return desk.wording.text(
        "presence_writing", ["names": desk.format.list(writers), "count": String(writers.count)])
    }
    let viewers = names(present.filter { !$0.isLastKnown }, people)
    if !viewers.isEmpty {
      return desk.wording.text(
        "presence_viewing", ["names": desk.format.list(viewers), "count": String(viewers.count)])
    }
    return desk.wording.text("presence_last_known", ["names": desk.format.list(names(present, people))])
  }

  private func names(_ present: [TicketPresence], _ people: [EntityID: Person]) -> [String] {
    present.prefix(3).map { "\(desk.name($0.person, people)) (\(desk.site(of: $0.node).code))" }
  }
}
