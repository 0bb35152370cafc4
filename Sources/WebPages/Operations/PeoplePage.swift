import Mustache

/// `/people`: who can sign in and what they may do.
///
/// The form posts `name`, `email`, `site`, `role`, `language`, `csrf`, `key` to `/people`.
package struct PeoplePage: Page {
  package static let template = "people"

  /// Such as "41 people, 12 of them agents".
  package var summary: String

  /// Part of a name or e-mail, `?q=`.
  package var query: String

  /// At most 50, by name.
  package var rows: [PersonRow]

  /// Set exactly when `rows` is empty.
  package var empty: EmptyState?

  /// Where the list goes on.
  package var pager: Pager

  /// Fresh idempotency key.
  package var key: String

  /// Kept after a refusal.
  package var name: String

  /// Kept after a refusal.
  package var email: String

  /// Sites the reader may add people to.
  package var sites: [Choice]

  /// Roles the reader may give.
  package var roles: [Choice]

  /// Languages of the installation.
  package var languages: [Choice]

  /// Why the person was not added and what to do.
  package var refusal: String?

  /// Such as a first password to hand over, shown once after adding somebody.
  package var invitation: String?

  /// Every value the template shows; those with a default may be left out.
  package init(
    summary: String, query: String = "", rows: [PersonRow], empty: EmptyState? = nil, pager: Pager = Pager(),
    key: String, name: String = "", email: String = "", sites: [Choice] = [], roles: [Choice] = [],
    languages: [Choice] = [], refusal: String? = nil, invitation: String? = nil
  ) {
    self.summary = summary
    self.query = query
    self.rows = rows
    self.empty = empty
    self.pager = pager
    self.key = key
    self.name = name
    self.email = email
    self.sites = sites
    self.roles = roles
    self.languages = languages
    self.refusal = refusal
    self.invitation = invitation
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "summary": summary
    case "query": query
    case "rows": rows
    case "empty": shown(empty)
    case "pager": pager
    case "key": key
    case "name": self.name
    case "email": email
    case "sites": sites
    case "roles": roles
    case "languages": languages
    case "refusal": shown(refusal)
    case "invitation": shown(invitation)
    default: nil
    }
  }
}
