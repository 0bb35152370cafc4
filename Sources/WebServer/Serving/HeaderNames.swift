import HTTPTypes

/// Header names the library has no constant for.
extension HTTPField.Name {
  /// Where a browser says a request comes from.
  static let secFetchSite = constant("sec-fetch-site")
  /// The caller's name for a write, so that a retry does nothing twice.
  static let idempotencyKey = constant("idempotency-key")
  /// The person the console speaks for.
  static let speaksAs = constant("x-relevo-as")
  /// A session's proof that one of our own pages asks.
  static let csrfToken = constant("x-csrf-token")
  /// The event a client saw last.
  static let lastEventID = constant("last-event-id")
  /// What other sites learn of our addresses.
  static let referrerPolicy = constant("referrer-policy")
  /// Whether others may frame our pages, for browsers that know no policy.
  static let frameOptions = constant("x-frame-options")
  /// Keeps other windows away from ours.
  static let openerPolicy = constant("cross-origin-opener-policy")
  /// What our pages may ask of the device.
  static let permissionsPolicy = constant("permissions-policy")
  /// Asks a proxy to pass events on at once.
  static let accelBuffering = constant("x-accel-buffering")

  /// What a browser fetches a page for, such as `prefetch`.
  static let secPurpose = constant("sec-purpose")
  /// The same, of older browsers.
  static let purpose = constant("purpose")

  /// Names written here are valid by their spelling, so one that is not is a mistake of this file.
  private static func constant(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("“\(name)” is no header name") }
    return name
  }
}
