import Mustache

/// `/`: an employee's home: one box, own open requests, what is known to be broken.
///
/// The box posts `description`, `cannot_work`, `csrf`, `key` to `/requests/new`.
package struct HomePage: Page {
  package static let template = "home"

  /// Such as "Good morning, Amina"; see `Wording.greeting`.
  package var greeting: String

  /// Fresh idempotency key of the box.
  package var key: String

  /// Such as "A person usually answers within 25 minutes."; never a vague promise.
  package var expectation: String?

  /// Known outages and news of my site, newest first.
  package var announcements: [Announcement]

  /// My open requests, those that wait for me first; at most 5.
  package var requests: [RequestRow]

  /// How many requests I have in total, for the link to all of them; nil when there are none.
  package var allCount: String?

  /// Every value the template shows; those with a default may be left out.
  package init(
    greeting: String, key: String, expectation: String? = nil, announcements: [Announcement] = [],
    requests: [RequestRow] = [], allCount: String? = nil
  ) {
    self.greeting = greeting
    self.key = key
    self.expectation = expectation
    self.announcements = announcements
    self.requests = requests
    self.allCount = allCount
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "greeting": greeting
    case "key": key
    case "expectation": shown(expectation)
    case "announcements": announcements
    case "requests": requests
    case "allCount": shown(allCount)
    default: nil
    }
  }
}
