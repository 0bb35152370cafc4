import Mustache

/// One login of the demonstration.
package struct DemoAccount: MustacheParent, Sendable {
  /// Such as "Agent in Lyon".
  package var role: String

  /// What to type as e-mail.
  package var email: String

  /// What to type as password.
  package var password: String

  /// Every value the template shows; those with a default may be left out.
  package init(role: String, email: String, password: String) {
    self.role = role
    self.email = email
    self.password = password
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "role": role
    case "email": email
    case "password": password
    default: nil
    }
  }
}
