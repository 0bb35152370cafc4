/// What surrounds every page: who reads, in which language, at which node, and what everybody should know now.
package struct Frame: Sendable {
  /// What the reader may do; decides navigation and layout.
  package enum Audience: String, Sendable {
    case visitor, employee, agent, lead, admin
  }

  /// The reader's words.
  package var wording: Wording

  /// The site whose node answers.
  package var here: SiteChip

  /// What the reader may do.
  package var audience: Audience

  /// Who reads; nil before signing in.
  package var reader: PersonChip?

  /// Token every form carries back; the same for all forms of a browser session.
  package var csrf: String

  /// Path and query of this page, to come back to after switching the language.
  package var address: String

  /// Lines at the top of the page: what just happened, links that are cut.
  package var notices: [Notice]

  /// Undecided conflicts, shown beside the navigation entry for agents.
  package var conflictCount: Int

  /// Tickets offered to the reader that wait for their answer, shown beside the navigation entry.
  package var offerCount = 0

  /// Whether the reader takes new tickets at present; nil for readers who never do.
  package var takesWork: Bool?

  /// Fresh idempotency key for the forms around a page.
  package var key: String

  /// Everything the surroundings of a page need.
  package init(
    wording: Wording, here: SiteChip, audience: Audience, reader: PersonChip? = nil, csrf: String, address: String,
    notices: [Notice] = [], conflictCount: Int = 0, takesWork: Bool? = nil, key: String = ""
  ) {
    self.wording = wording
    self.here = here
    self.audience = audience
    self.reader = reader
    self.csrf = csrf
    self.address = address
    self.notices = notices
    self.conflictCount = conflictCount
    self.takesWork = takesWork
    self.key = key
  }

  /// Agents, leads and admins work in a wide layout; visitors and employees read in a narrow one.
  var isAgentSide: Bool { audience == .agent || audience == .lead || audience == .admin }
}
