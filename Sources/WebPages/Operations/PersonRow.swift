import Mustache

/// One person in the list.
///
/// Forms post `role` to `{path}/role`, and `{path}/deactivate`, `{path}/activate`.
package struct PersonRow: MustacheParent, Sendable {
  /// `/people/{id}`.
  package var path: String

  /// Initials and name.
  package var person: PersonChip

  /// Address they sign in with.
  package var email: String

  /// Home site.
  package var site: SiteChip

  /// Role in words.
  package var role: String

  /// Roles the reader may give; empty when they may not change this one.
  package var roles: [Choice]

  /// True when the reader may change this person's role and sign-in; nobody may change themselves.
  package var mayChange: Bool

  /// False when they can no longer sign in.
  package var isActive: Bool

  /// Such as "today" or "never".
  package var lastSeen: String?

  /// Such as "VPN, printers · away until 28 Dec"; nil for people who only ask.
  package var work: String?

  /// Every value the template shows; those with a default may be left out.
  package init(
    path: String, person: PersonChip, email: String, site: SiteChip, role: String, roles: [Choice] = [],
    mayChange: Bool = false, isActive: Bool = true, lastSeen: String? = nil, work: String? = nil
  ) {
    self.path = path
    self.person = person
    self.email = email
    self.site = site
    self.role = role
    self.roles = roles
    self.mayChange = mayChange
    self.isActive = isActive
    self.lastSeen = lastSeen
    self.work = work
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "path": path
    case "person": person
    case "email": email
    case "site": site
    case "role": role
    case "roles": roles
    case "mayChange": mayChange
    case "isActive": isActive
    case "lastSeen": shown(lastSeen)
    case "work": shown(work)
    default: nil
    }
  }
}
