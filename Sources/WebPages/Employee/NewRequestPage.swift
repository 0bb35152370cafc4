import Mustache

/// `/requests/new`: the description first, everything else optional.
///
/// Posts `description`, `subject`, `category`, `cannot_work`, `impact`, `site`, `csrf`, `key`.
package struct NewRequestPage: Page {
  package static let template = "new_request"

  /// Fresh idempotency key.
  package var key: String

  /// What was typed before, kept after a refusal.
  package var description: String

  /// Optional; the server derives it from the description when it is empty.
  package var subject: String

  /// "I cannot work until this is solved": urgency high.
  package var cannotWork: Bool

  /// Topics; the first has an empty value and means "I do not know".
  package var categories: [Choice]

  /// Who else is affected, in plain words: only me, my team, the office, everybody.
  package var impacts: [Choice]

  /// Where I am now; my own site is chosen. Shown when there is more than one.
  package var sites: [Choice]

  /// Why the description was not accepted and what to do.
  package var descriptionRefusal: String?

  /// Why the request as a whole was not accepted and what to do.
  package var refusal: String?

  /// What happens next and by when, such as "A person usually answers within 25 minutes."
  package var expectation: String?

  /// Every value the template shows; those with a default may be left out.
  package init(
    key: String, description: String = "", subject: String = "", cannotWork: Bool = false, categories: [Choice] = [],
    impacts: [Choice] = [], sites: [Choice] = [], descriptionRefusal: String? = nil, refusal: String? = nil,
    expectation: String? = nil
  ) {
    self.key = key
    self.description = description
    self.subject = subject
    self.cannotWork = cannotWork
    self.categories = categories
    self.impacts = impacts
    self.sites = sites
    self.descriptionRefusal = descriptionRefusal
    self.refusal = refusal
    self.expectation = expectation
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "key": key
    case "description": description
    case "subject": subject
    case "cannotWork": cannotWork
    case "categories": categories
    case "impacts": impacts
    case "sites": sites
    case "descriptionRefusal": shown(descriptionRefusal)
    case "refusal": shown(refusal)
    case "expectation": shown(expectation)
    default: nil
    }
  }
}
