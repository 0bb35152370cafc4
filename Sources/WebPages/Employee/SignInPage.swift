import Mustache

/// `/sign-in`: who are you.
///
/// Posts `email`, `password`, `return_to`, `csrf` to `/sign-in`.
package struct SignInPage: Page {
  package static let template = "sign_in"

  /// The office whose node answers.
  package var site: SiteChip

  /// What was typed before, kept after a refusal.
  package var email: String

  /// Why signing in did not work and what to do, such as "E-mail and password do not match. …".
  package var refusal: String?

  /// Path to go to afterwards; the server checks that it stays on this node.
  package var returnTo: String

  /// Logins of a demonstration, shown under the form; empty in real life.
  package var demoAccounts: [DemoAccount]

  /// Every value the template shows; those with a default may be left out.
  package init(
    site: SiteChip, email: String = "", refusal: String? = nil, returnTo: String = "/",
    demoAccounts: [DemoAccount] = []
  ) {
    self.site = site
    self.email = email
    self.refusal = refusal
    self.returnTo = returnTo
    self.demoAccounts = demoAccounts
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "site": site
    case "email": email
    case "refusal": shown(refusal)
    case "returnTo": returnTo
    case "demoAccounts": demoAccounts
    default: nil
    }
  }
}
