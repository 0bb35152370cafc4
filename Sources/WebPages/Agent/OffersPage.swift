import Mustache

/// `/offers`: what is offered to the reader and waits for a yes or no, and the ticket that would be best to take next.
///
/// Forms post to `{path}/accept`, `{path}/decline` (`reason`) and `{path}/take`, each with `csrf`, `rendered`, `key` and
/// `return=offers`. Fragment: `list`.
package struct OffersPage: Page {
  package static let template = "offers"

  /// Such as "2 tickets wait for your answer".
  package var summary: String

  /// The earliest due first, at most 50.
  package var offers: [OfferCard]

  /// The most overdue ticket the reader could take; nil while they have no room or nothing waits.
  package var next: OfferCard?

  /// Set exactly when there is neither an offer nor a next ticket.
  package var empty: EmptyState?

  /// Why the last form was not accepted and what to do.
  package var refusal: String?

  /// Every value the template shows.
  package init(
    summary: String, offers: [OfferCard], next: OfferCard? = nil, empty: EmptyState? = nil, refusal: String? = nil
  ) {
    self.summary = summary
    self.offers = offers
    self.next = next
    self.empty = empty
    self.refusal = refusal
  }

  package var place: Place? { .offers }
  package var topics: [String] { ["queue"] }
  package func title(_ wording: Wording) -> String { "\(wording.text("nav_offers")) · \(summary)" }

  package func child(named name: String) -> Any? {
    switch name {
    case "summary": summary
    case "offers": offers
    case "hasOffers": !offers.isEmpty
    case "next": shown(next)
    case "empty": shown(empty)
    case "refusal": shown(refusal)
    default: nil
    }
  }
}
