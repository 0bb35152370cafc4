import OpenSSLCrypto

/// What a new password must be, the same on the pages, the API and the command line.
package enum PasswordRule {
  /// Unicode scalars; NIST SP 800-63B asks for eight, we ask for two more.
  package static let charactersMin = 10

  /// What is wrong with a password; nil when it is good.
  package static func fault(_ password: String) -> Problem.Sentence? {
    if password.unicodeScalars.count < charactersMin { return Problem.Sentence("problem.password_too_short") }
    if password.utf8.count > PasswordHasher.passwordBytesMax { return Problem.Sentence("problem.password_too_long") }
    return nil
  }
}
