package import Mustache

/// A page: a model of finished strings and flags, and the template of the same name that lays it out.
package protocol Page: MustacheParent, Sendable {
  /// Name of the template in `Templates`, without its ending.
  static var template: String { get }

  /// Where the page stands in the navigation; nil for pages outside of it.
  var place: Place? { get }

  /// The window title's own part: place and state, such as "MAD-1042 · waiting for you".
  func title(_ wording: Wording) -> String

  /// Topics whose live events concern this page, such as `queue` or `ticket:ID`.
  var topics: [String] { get }
}

/// Where a page stands in the navigation.
package enum Place: String, Sendable, CaseIterable {
  case home, requests, newRequest, queue, offers, newTicket, conflicts, balance, hours, people, status
}
