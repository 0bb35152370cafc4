import HTTPTypes

/// Header names the library has no constant for.
extension HTTPField.Name {
  static let secFetchSite = constant("sec-fetch-site")
  static let idempotencyKey = constant("idempotency-key")
  static let speaksAs = constant("x-relevo-as")
  static let csrfToken = constant("x-csrf-token")
  static let lastEventID = constant("last-event-id")
  static let referrerPolicy = constant("referrer-policy")
  static let frameOptions = constant("x-frame-options")
  static let openerPolicy = constant("cross-origin-opener-policy")
  static let permissionsPolicy = constant("permissions-policy")

  /// Names written here are valid by their spelling, so one that is not is a mistake of this file.
  private static func constant(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("“\(name)” is no header name") }
    return name
  }
}
