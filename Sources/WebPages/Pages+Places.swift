/// Titles, places and live topics of the pages.
extension SignInPage {
  package var place: Place? { nil }
  package var topics: [String] { [] }
  package func title(_ wording: Wording) -> String { wording.text("sign_in_title", ["site": site.name]) }
}

extension HomePage {
  package var place: Place? { .home }
  package var topics: [String] { ["requests"] }
  package func title(_ wording: Wording) -> String { wording.text("nav_home") }
}

extension MyRequestsPage {
  package var place: Place? { .requests }
  package var topics: [String] { ["requests"] }
  package func title(_ wording: Wording) -> String { wording.text("requests_title") }
}

extension NewRequestPage {
  package var place: Place? { .newRequest }
  package var topics: [String] { [] }
  package func title(_ wording: Wording) -> String { wording.text("new_request_title") }
}

extension RequestPage {
  package var place: Place? { nil }
  package var topics: [String] { ["ticket:" + id, "acknowledged"] }
  package func title(_ wording: Wording) -> String { "\(number) · \(status.label)" }
}

extension QueuePage {
  package var place: Place? { .queue }
  package var topics: [String] { ["queue"] }
  package func title(_ wording: Wording) -> String { "\(heading) · \(summary)" }
}

extension TicketPage {
  package var place: Place? { nil }
  package var topics: [String] { ["ticket:" + id, "presence:" + id, "acknowledged"] }
  package func title(_ wording: Wording) -> String { "\(number) · \(status.label) · \(subject)" }
}

extension ConflictsPage {
  package var place: Place? { .conflicts }
  package var topics: [String] { ["conflicts"] }
  package func title(_ wording: Wording) -> String { "\(wording.text("nav_conflicts")) · \(summary)" }
}

extension NewTicketPage {
  package var place: Place? { .newTicket }
  package var topics: [String] { [] }
  package func title(_ wording: Wording) -> String { wording.text("new_ticket_title") }
}

extension OpsPage {
  package var place: Place? { .status }
  package var topics: [String] { ["status"] }
  package func title(_ wording: Wording) -> String { "\(wording.text("nav_status")) · \(site.code) · \(level)" }
}

extension PeoplePage {
  package var place: Place? { .people }
  package var topics: [String] { [] }
  package func title(_ wording: Wording) -> String { wording.text("nav_people") }
}

extension ErrorPage {
  package var place: Place? { nil }
  package var topics: [String] { [] }
  package func title(_ wording: Wording) -> String { title }
}
