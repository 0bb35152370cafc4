import Mustache

/// A ticket that is offered to the reader, or the one they would do best to take next: what it is, and why them.
package struct OfferCard: MustacheParent, Sendable {
  /// Such as `LYO-1042`.
  package var number: String

  /// `/tickets/{number}`, the stem of the form addresses.
  package var path: String

  /// What it is about.
  package var subject: String

  /// Last word on it in plain text.
  package var snippet: String

  /// Who needs help, by name.
  package var requester: String

  /// Where the requester is.
  package var site: SiteChip

  /// Shape and word.
  package var priority: PriorityBadge

  /// The clock that runs out first; nil when none runs.
  package var due: DueMark?

  /// Why it comes to the reader, in plain sentences; never empty.
  package var reasons: [String]

  /// Such as "Please answer by 10:40; after that it goes to somebody else."; nil for what is only suggested.
  package var until: String?

  /// Opaque version tag of what is shown.
  package var rendered: String

  /// Fresh idempotency key; each form adds its own ending.
  package var key: String

  /// Decline reason kept after a refusal.
  package var declineDraft = ""

  /// Every value the template shows.
  package init(
    number: String, path: String, subject: String, snippet: String, requester: String, site: SiteChip,
    priority: PriorityBadge, due: DueMark?, reasons: [String], until: String?, rendered: String, key: String
  ) {
    self.number = number
    self.path = path
    self.subject = subject
    self.snippet = snippet
    self.requester = requester
    self.site = site
    self.priority = priority
    self.due = due
    self.reasons = reasons
    self.until = until
    self.rendered = rendered
    self.key = key
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "number": number
    case "path": path
    case "subject": subject
    case "snippet": snippet
    case "requester": requester
    case "site": site
    case "priority": priority
    case "due": shown(due)
    case "reasons": reasons
    case "until": shown(until)
    case "isOffer": until != nil
    case "rendered": rendered
    case "key": key
    case "declineDraft": declineDraft
    default: nil
    }
  }
}
