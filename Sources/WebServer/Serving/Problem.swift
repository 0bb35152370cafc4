package import HTTPTypes

/// Why a request was not carried out: becomes an RFC 9457 problem document, or an error page for people.
package struct Problem: Error, Sendable {
  /// A sentence of the catalogue by key, in no language yet.
  package struct Sentence: Hashable, Sendable {
    /// Key in the catalogue.
    package var key: String
    /// By placeholder.
    package var arguments: [String: String]

    /// A key with what it needs.
    package init(_ key: String, _ arguments: [String: String] = [:]) {
      self.key = key
      self.arguments = arguments
    }
  }

  /// Where in a request a fault lies.
  package enum Place: Hashable, Sendable {
    /// JSON pointer into the body (RFC 6901).
    case body(String)
    case query(String)
    case header(String)
    case path(String)
  }

  /// One thing that is wrong with a request, and where.
  package struct Fault: Hashable, Sendable {
    /// Where.
    package var place: Place
    package var detail: Sentence

    /// One fault.
    package init(_ place: Place, _ detail: Sentence) {
      self.place = place
      self.detail = detail
    }
  }

  /// The status of the answer.
  package let status: HTTPResponse.Status
  /// Stable name, lower_snake_case: the end of the problem's type.
  package let name: String
  package var detail: Sentence
  /// Everything that is wrong, each with its place.
  package var faults: [Fault]
  /// Sent with the answer, e.g. `Retry-After`.
  package var headers: HTTPFields

  package init(
    _ status: HTTPResponse.Status, _ name: String, detail: Sentence? = nil, faults: [Fault] = [],
    headers: HTTPFields = [:]
  ) {
    self.status = status
    self.name = name
    self.detail = detail ?? Sentence("problem.\(name)")
    self.faults = faults
    self.headers = headers
  }

  // MARK: The ones without a place

  /// Neither a token nor a session.
  package static let signInNeeded = Problem(
    .unauthorized, "sign_in_needed", headers: [.wwwAuthenticate: "Bearer realm=\"relevo\""])
  /// A token nobody holds any more.
  package static let tokenUnknown = Problem(
    .unauthorized, "token_unknown", headers: [.wwwAuthenticate: "Bearer realm=\"relevo\", error=\"invalid_token\""])
  /// A browser's write without its session's token.
  package static let csrfMissing = Problem(.forbidden, "csrf_missing")
  /// Nothing here, or nothing the caller may see.
  package static let notFound = Problem(.notFound, "not_found")
  /// More than `FrontDoor.bodyBytesMax`.
  package static let bodyTooLarge = Problem(.contentTooLarge, "body_too_large")
  /// Nobody foresaw it; the log says more.
  package static let failed = Problem(.internalServerError, "failed")
  /// A bound was reached; a second later it may fit.
  package static let busy = Problem(
    .serviceUnavailable, "busy", detail: Sentence("refusal.busy"), headers: [.retryAfter: "1"])
  /// A body of another content type.
  package static let jsonNeeded = Problem(.unsupportedMediaType, "json_needed")

  /// An `If-Match` that is neither `*` nor a tag.
  package static let ifMatchMalformed = unprocessable([
    Fault(.header("If-Match"), Sentence("problem.if_match_malformed"))
  ])

  /// What may be done at this address instead.
  package static func methodNotAllowed(_ allowed: [String]) -> Problem {
    let list = allowed.joined(separator: ", ")
    return Problem(
      .methodNotAllowed, "method_not_allowed", detail: Sentence("problem.method_not_allowed", ["allowed": list]),
      headers: [.allow: list])
  }

  /// 422 with the faults listed; the first one's sentence is the detail.
  package static func unprocessable(_ faults: [Fault]) -> Problem {
    Problem(
      .unprocessableContent, "request_unsuitable",
      detail: faults.first?.detail ?? Sentence("problem.request_unsuitable"),
      faults: faults)
  }
}
