package import HTTPTypes

/// Why a request was not carried out: becomes an RFC 9457 problem document, or an error page for people.
package struct Problem: Error, Sendable {
  /// A sentence of the catalogue by key, in no language yet.
  package struct Sentence: Hashable, Sendable {
    package var key: String
    package var arguments: [String: String]

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
    package var place: Place
    package var detail: Sentence

    package init(_ place: Place, _ detail: Sentence) {
      self.place = place
      self.detail = detail
    }
  }

  package let status: HTTPResponse.Status
  /// Stable name, lower_snake_case: the end of the problem's type.
  package let name: String
  package var detail: Sentence
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

  package static let signInNeeded = Problem(
    .unauthorized, "sign_in_needed", headers: [.wwwAuthenticate: "Bearer realm=\"relevo\""])
  package static let tokenUnknown = Problem(
    .unauthorized, "token_unknown", headers: [.wwwAuthenticate: "Bearer realm=\"relevo\", error=\"invalid_token\""])
  package static let csrfMissing = Problem(.forbidden, "csrf_missing")
  package static let notFound = Problem(.notFound, "not_found")
  package static let bodyTooLarge = Problem(.contentTooLarge, "body_too_large")
  package static let failed = Problem(.internalServerError, "failed")
  package static let busy = Problem(
    .serviceUnavailable, "busy", detail: Sentence("refusal.busy"), headers: [.retryAfter: "1"])
  package static let jsonNeeded = Problem(.unsupportedMediaType, "json_needed")

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
      .unprocessableContent, "request_unsuitable", detail: faults.first?.detail ?? Sentence("problem.request_unsuitable"),
      faults: faults)
  }
}
