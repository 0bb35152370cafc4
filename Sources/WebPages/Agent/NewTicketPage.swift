import Mustache

/// `/tickets/new`: an agent files a ticket for somebody who phoned or came by.
///
/// Posts `requester`, `channel`, `description`, `subject`, `category`, `urgency`, `impact`, `site`, `tags`, `take`,
/// `csrf`, `key` to `/tickets/new`.
package struct NewTicketPage: Page {
  package static let template = "new_ticket"

  /// Fresh idempotency key.
  package var key: String

  /// E-mail or name as typed.
  package var requester: String

  /// Suggestions for the requester field: value is the e-mail, label the name and site.
  package var people: [Choice]

  /// Why the requester was not accepted and what to do.
  package var requesterRefusal: String?

  /// Phone, walk-in, mail; one is chosen.
  package var channels: [Choice]

  /// What was typed before.
  package var description: String

  /// Why the description was not accepted and what to do.
  package var descriptionRefusal: String?

  /// Optional; derived from the description when empty.
  package var subject: String

  /// The first, with an empty value, means "not sure".
  package var categories: [Choice]

  /// How soon it matters.
  package var urgencies: [Choice]

  /// How many are affected.
  package var impacts: [Choice]

  /// Where the caller is.
  package var sites: [Choice]

  /// Separated by blanks or commas.
  package var tags: String

  /// True when "I take it myself" is ticked.
  package var takesIt: Bool

  /// Why the ticket as a whole was not accepted and what to do.
  package var refusal: String?

  /// Every value the template shows; those with a default may be left out.
  package init(
    key: String, requester: String = "", people: [Choice] = [], requesterRefusal: String? = nil, channels: [Choice],
    description: String = "", descriptionRefusal: String? = nil, subject: String = "", categories: [Choice] = [],
    urgencies: [Choice] = [], impacts: [Choice] = [], sites: [Choice] = [], tags: String = "", takesIt: Bool = true,
    refusal: String? = nil
  ) {
    self.key = key
    self.requester = requester
    self.people = people
    self.requesterRefusal = requesterRefusal
    self.channels = channels
    self.description = description
    self.descriptionRefusal = descriptionRefusal
    self.subject = subject
    self.categories = categories
    self.urgencies = urgencies
    self.impacts = impacts
    self.sites = sites
    self.tags = tags
    self.takesIt = takesIt
    self.refusal = refusal
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "key": key
    case "requester": requester
    case "people": people
    case "requesterRefusal": shown(requesterRefusal)
    case "channels": channels
    case "description": description
    case "descriptionRefusal": shown(descriptionRefusal)
    case "subject": subject
    case "categories": categories
    case "urgencies": urgencies
    case "impacts": impacts
    case "sites": sites
    case "tags": tags
    case "takesIt": takesIt
    case "refusal": shown(refusal)
    default: nil
    }
  }
}
