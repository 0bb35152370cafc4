import Mustache
package import RichText

/// `/requests/{number}`: one request as its requester sees it.
///
/// Forms post to `/requests/{number}/reply` (`body`), `/reopen` (`body`), `/close`, each with `csrf`, `rendered`,
/// `key`.
package struct RequestPage: Page {
  package static let template = "request"

  /// Ticket identifier, the live topic is `ticket:ID`.
  package var id: String

  /// Such as `LYO-1042`; shown small.
  package var number: String

  /// `/requests/{number}`, the stem of the form addresses.
  package var path: String

  /// What it is about, the page's heading.
  package var subject: String

  /// Shape and word for the reader.
  package var status: StatusBadge

  /// Opaque version tag of what this page shows.
  package var rendered: String

  /// Fresh idempotency key; each form adds its own ending.
  package var key: String

  /// Where it stands, such as "**Amina**, Lyon, is on it"; see `Wording.standing`.
  package var standing: TrustedHTML

  /// Who is on it; nil while nobody is.
  package var owner: PersonChip?

  /// What comes next and by when, such as "Next word from her by 10:40."
  package var expectation: String?

  /// Such as "Busier than usual in Lyon today: …".
  package var busyNote: String?

  /// Messages and plain-word events, oldest first; internal notes never.
  package var entries: [ThreadEntry]

  /// Reply text kept after a refusal.
  package var draft: String

  /// Why the last form was not accepted and what to do.
  package var refusal: String?

  /// False only when it is closed for good.
  package var canReply: Bool

  /// True when the agent says it is solved: asks "does it work?".
  package var isResolved: Bool

  /// What was done, in plain words.
  package var resolution: TrustedHTML?

  /// True after confirmation; "still broken" stays possible until `reopenUntil`.
  package var isClosed: Bool

  /// Until when "still broken" reopens this request instead of opening a new one.
  package var reopenUntil: Moment?

  /// Every value the template shows; those with a default may be left out.
  package init(
    id: String, number: String, path: String, subject: String, status: StatusBadge, rendered: String, key: String,
    standing: TrustedHTML, owner: PersonChip? = nil, expectation: String? = nil, busyNote: String? = nil,
    entries: [ThreadEntry], draft: String = "", refusal: String? = nil, canReply: Bool = true,
    isResolved: Bool = false, resolution: TrustedHTML? = nil, isClosed: Bool = false, reopenUntil: Moment? = nil
  ) {
    self.id = id
    self.number = number
    self.path = path
    self.subject = subject
    self.status = status
    self.rendered = rendered
    self.key = key
    self.standing = standing
    self.owner = owner
    self.expectation = expectation
    self.busyNote = busyNote
    self.entries = entries
    self.draft = draft
    self.refusal = refusal
    self.canReply = canReply
    self.isResolved = isResolved
    self.resolution = resolution
    self.isClosed = isClosed
    self.reopenUntil = reopenUntil
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "id": id
    case "number": number
    case "path": path
    case "subject": subject
    case "status": status
    case "rendered": rendered
    case "key": key
    case "standing": standing.html
    case "owner": shown(owner)
    case "expectation": shown(expectation)
    case "busyNote": shown(busyNote)
    case "entries": entries
    case "draft": draft
    case "refusal": shown(refusal)
    case "canReply": canReply
    case "isResolved": isResolved
    case "resolution": shown(resolution?.html)
    case "isClosed": isClosed
    case "reopenUntil": shown(reopenUntil)
    default: nil
    }
  }
}
