/// The fields of a ticket; raw values are wire tags and never change meaning.
package enum TicketField: UInt8, CaseIterable, Sendable {
  case subject = 1
  case description = 2
  /// `TicketStatus` code in the low byte, `WaitingReason` in the next.
  case status = 3
  case urgency = 4
  case impact = 5
  /// The override; none means "derived from impact and urgency".
  case priority = 6
  case category = 7
  case queue = 8
  /// Support level 1…3.
  case level = 9
  case requester = 10
  case site = 11
  case channel = 12
  case createdAt = 13
  case resolvedAt = 14
  case firstAnsweredAt = 15
  /// Who had the last public word: 1 an agent, 2 the requester's side.
  case lastWordBy = 16
  case assignee = 20
  /// The custodian site; custody of the holder's stream is `custodianStream`.
  case custodian = 21
  case custodianStream = 22
  /// Under a dot: a hand-over or take-over that a rule made; how many there are bounds how often a ticket moves by itself.
  case hop = 23
  /// The agents who declined it: they are not offered it again.
  case declined = 24
  /// Under a dot: an offer that nobody answered in time.
  case lapse = 25
  /// The agents who did not answer an offer of it: others come first.
  case lapsed = 26
  case tag = 30
  case number = 31
  /// Under a person: what they had seen when they last worked on the ticket.
  case work = 40
  /// Under a dot: a word or reassignment that a close must not overlook.
  case voice = 41
  /// Under a dot: what was seen by whoever resolved or closed it with that operation.
  case ending = 42

  /// Fields whose concurrent values are shown to people until one of them decides.
  package static let disputable: [TicketField] = [
    .subject, .description, .status, .urgency, .impact, .priority, .category, .queue,
  ]

  /// The name in the JSON API, and the path component of a conflict.
  package var name: String {
    switch self {
    case .subject: "subject"
    case .description: "description"
    case .status: "status"
    case .urgency: "urgency"
    case .impact: "impact"
    case .priority: "priority"
    case .category: "category"
    case .queue: "queue"
    case .level: "level"
    case .requester: "requester"
    case .site: "site"
    case .channel: "channel"
    case .createdAt: "created_at"
    case .resolvedAt: "resolved_at"
    case .firstAnsweredAt: "first_human_reply_at"
    case .lastWordBy: "last_word_by"
    case .assignee: "assignee"
    case .custodian: "custodian"
    case .custodianStream: "custodian_stream"
    case .hop: "hop"
    case .declined: "declined"
    case .lapse: "lapse"
    case .lapsed: "lapsed"
    case .tag: "tags"
    case .number: "number"
    case .work: "work"
    case .voice: "voice"
    case .ending: "ending"
    }
  }

  package init?(name: String) {
    guard let field = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = field
  }
}
