import Foundation
import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import Store
import Texts
import WebPages

extension PageRoutes {
  /// How long the chosen language is remembered in the browser, in seconds.
  private static let languageSeconds = 365 * 24 * 3600

  func addDoor(to router: Router<RelevoRequestContext>) {
    router.get("sign-in") { request, context in try await showSignIn(request, context) }
    router.post("sign-in") { request, context in try await signIn(request, context) }
    router.post("sign-out") { request, context in try await signOut(request, context) }
    router.post("language") { request, context in try await chooseLanguage(request, context) }
  }

  private func showSignIn(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let target = Self.ownPath(request.uri.queryParameters.get("return_to") ?? "/")
    if context.viewer != nil { return Self.redirect(target) }
    let desk = try await desk(request, context)
    return try await desk.answer(signInPage(desk, returnTo: target), request)
  }

  private func signInPage(_ desk: PageDesk, email: String = "", refusal: String? = nil, returnTo: String) -> SignInPage
  {
    SignInPage(
      site: desk.here, email: email, refusal: refusal, returnTo: returnTo, demoAccounts: demoAccounts(desk))
  }

  /// `email,email — password` of a demonstration, each with its role.
  private func demoAccounts(_ desk: PageDesk) -> [DemoAccount] {
    guard let line = server.settings.demoAccounts, let dash = line.range(of: " — ") else { return [] }
    let password = String(line[dash.upperBound...])
    return line[..<dash.lowerBound].split(separator: ",").compactMap { entry in
      let parts = entry.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2 else { return nil }
      return DemoAccount(role: desk.wording.text("demo_role_" + parts[1]), email: parts[0], password: password)
    }
  }

  private func signIn(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    guard server.isFromOwnPage(request) else { throw Problem.csrfMissing }
    let form = try await Form(request)
    let target = Self.ownPath(form["return_to"])
    let email = form["email"].trimmingCharacters(in: .whitespaces)
    let person = try await server.store.person(email: email)
    let hash = person?.isActive == true ? person?.passwordHash : nil
    // Verified also where nobody is known, so that both answers take the same time.
    let isRight = try await server.services.verifyPassword(form["password"], against: hash ?? "")
    guard isRight, let person, hash != nil else {
      let desk = try await desk(request, context)
      let page = signInPage(desk, email: email, refusal: desk.wording.text("sign_in_refused"), returnTo: target)
      return try await desk.answer(page, request, status: .unprocessableContent)
    }
    var response = Self.redirect(target)
    response.setCookie(try await server.credentials.openSession(for: person.id))
    return response
  }

  private func signOut(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (_, viewer) = try await form(request, context)
    var response = Self.redirect("/sign-in")
    response.setCookie(try await server.credentials.closeSession(of: viewer))
    return response
  }

  private func chooseLanguage(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    guard server.isFromOwnPage(request) else { throw Problem.csrfMissing }
    let form = try await Form(request)
    var response = Self.redirect(Self.ownPath(form["return_to"]))
    guard let language = Language(tag: form["language"]) else { return response }
    response.setCookie(
      Cookie(
        name: "relevo_language", value: language.rawValue, maxAge: Self.languageSeconds, path: "/",
        secure: server.isSecure, httpOnly: true, sameSite: .lax))
    return response
  }
}
