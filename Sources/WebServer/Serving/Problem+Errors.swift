import HTTPTypes
package import Helpdesk
import Hummingbird
import Logging
import OpenSSLCrypto
package import Store
import Texts

extension Problem {
  /// A refusal of the domain as an answer; its text is `refusal.<name>`.
  package init(_ refusal: CommandRefusal) {
    if case .busy = refusal {
      self = .busy
      return
    }
    let detail = Sentence("refusal.\(refusal.name)", refusal.arguments)
    self.init(
      Self.status(of: refusal), refusal.name, detail: detail,
      faults: refusal.pointer.map { [Fault(.body($0), detail)] } ?? [])
  }

  private static func status(of refusal: CommandRefusal) -> HTTPResponse.Status {
    switch refusal {
    case .notAllowed: .forbidden
    case .actorUnknown: .unauthorized
    case .ticketUnknown: .notFound
    case .changedMeanwhile: .preconditionFailed
    case .alreadyClosed, .notClosed, .nothingToChange, .notInConflict, .alreadyAssigned, .notCustodian, .lastAdmin,
      .notCustodianSite, .custodianReachable, .alreadyCustodian, .movedTooOften, .notOffered, .workStarted, .claimLost,
      .answeredMeanwhile:
      .conflict
    case .referenceUnknown, .fieldEmpty, .fieldTooLong, .tooMany, .valueUnknown, .waitingReasonMissing, .keyReused,
      .notAnAgent:
      .unprocessableContent
    case .busy: .serviceUnavailable
    }
  }

  /// A failing store as an answer that says what to do; its own words go to the log, because they name files.
  package init(_ failure: StoreFailure) {
    switch failure.code {
    case .diskFull: self.init(HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"), "disk_full")
    case .incarnationPending: self.init(.serviceUnavailable, "incarnation_pending", headers: [.retryAfter: "5"])
    case .readOnly, .corrupt, .wrongNode, .newerSchema, .other:
      self.init(.serviceUnavailable, "store_failed", headers: [.retryAfter: "30"])
    }
  }

  /// Whatever a route threw as an answer; what nobody foresaw is logged and answered with 500.
  static func of(_ error: any Error, logger: Logger) -> Problem {
    switch error {
    case let problem as Problem: return problem
    case let refusal as CommandRefusal: return Problem(refusal)
    case let failure as StoreFailure:
      logger.error("store failure: \(failure)")
      return Problem(failure)
    case let refusal as PasswordRefusal:
      switch refusal {
      case .busy: return .busy
      case .tooLong: return .unprocessable([Fault(.body("/password"), Sentence("problem.password_too_long"))])
      case .failed:
        logger.error("password hashing failed: \(refusal)")
        return .failed
      }
    case let http as HTTPError where http.status == .notFound: return .notFound
    case let http as HTTPError where http.status == .contentTooLarge: return .bodyTooLarge
    default:
      logger.error("unforeseen failure: \(error)")
      return .failed
    }
  }

  /// The problem document (RFC 9457) in a reader's language.
  func document(_ language: Language, _ catalogue: Catalogue) -> Response {
    func text(_ sentence: Sentence) -> String {
      catalogue.text(sentence.key, language: language, arguments: sentence.arguments)
    }
    var json = JSONWriter()
    json.object { json in
      json.member("type", "urn:relevo:problem:\(name)")
      json.member("title", catalogue.text("problem.title.\(status.code)", language: language))
      json.member("status", status.code)
      json.member("detail", text(detail))
      json.key("errors")
      json.array(faults) { json, fault in
        json.object { json in
          switch fault.place {
          case .body(let pointer): json.member("pointer", pointer)
          case .query(let name): json.member("parameter", name)
          case .header(let name): json.member("header", name)
          case .path(let name): json.member("path", name)
          }
          json.member("detail", text(fault.detail))
        }
      }
    }
    var headers = headers
    headers[.contentType] = "application/problem+json"
    headers[.contentLanguage] = language.rawValue
    headers[.cacheControl] = "no-store"
    return Response(status: status, headers: headers, body: json.body)
  }
}
