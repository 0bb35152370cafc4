import Assignment
import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import Store
import Texts
import WebPages

/// What leads and administrators see and set: the balance of sites, the equal-service report, batches and rules.
extension PageRoutes {
  func addBalance(to router: Router<RelevoRequestContext>) {
    router.get("balance") { request, context in try await showBalance(request, context) }
    router.post("balance/move") { request, context in try await moveBatch(request, context) }
    router.post("balance/dry-run") { request, context in try await tryPolicy(request, context) }
    router.post("balance/policy") { request, context in try await savePolicy(request, context) }
    router.get("reports/equal-service") { request, context in try await showEqualService(request, context) }
    router.get("reports/equal-service.csv") { request, context in try await sendEqualService(request, context) }
  }

  /// Leads and above; throws 403 for others.
  private func requireLead(_ context: RelevoRequestContext) throws -> Viewer {
    let viewer = try context.requireViewer()
    guard viewer.person.role >= .lead else { throw CommandRefusal.notAllowed(needs: .lead) }
    return viewer
  }

  // MARK: Balance

  private func showBalance(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try requireLead(context)
    let desk = try await desk(request, context)
    var aftermath = BalancePageBuilder.Aftermath()
    if let saved = request.uri.queryParameters.get("saved"), saved == "policy" {
      aftermath.outcome = desk.wording.text("bal_policy_saved")
    }
    return try await answer(aftermath, desk, viewer, request)
  }

  private func answer(
    _ aftermath: BalancePageBuilder.Aftermath, _ desk: PageDesk, _ viewer: Viewer, _ request: Request,
    status: HTTPResponse.Status = .ok
  ) async throws -> Response {
    let page = try await BalancePageBuilder(desk: desk, server: server, viewer: viewer).page(
      aftermath, PageSlice(request, size: BalancePageBuilder.rowsMax))
    return try await desk.answer(page, request, status: status)
  }

  private func moveBatch(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try requireLead(context)
    let (form, viewer) = try await form(request, context)
    let desk = try await desk(request, context)
    var aftermath = BalancePageBuilder.Aftermath(form: form)
    guard let from = desk.names.site(code: form["from"]), let to = desk.names.site(code: form["to"]), from.id != to.id
    else {
      aftermath.refusal = desk.wording.text("bal_move_other")
      return try await answer(aftermath, desk, viewer, request, status: .unprocessableContent)
    }
    guard form.text("reason") != nil else {
      aftermath.refusal = desk.text(CommandRefusal.fieldEmpty(field: "reason"))
      return try await answer(aftermath, desk, viewer, request, status: .unprocessableContent)
    }
    let limit = min(max(1, Int(form["limit"]) ?? 1), BatchMove.ticketsMax)
    let move = BatchMove(
      store: server.store, actor: viewer.actor, target: to, reason: form["reason"], key: form.key)
    let outcomes = try await move.run(.waiting(at: from, limit: limit))
    let moved = outcomes.count { $0.refusal == nil }
    aftermath.outcome = desk.wording.text(
      outcomes.isEmpty ? "bal_moved_nothing" : moved == 0 ? "bal_moved_none" : "bal_moved",
      ["count": String(moved), "from": from.name, "to": to.name])
    aftermath.failures = outcomes.compactMap { outcome in
      outcome.refusal.map { "\(outcome.ticket): \(desk.text($0))" }
    }
    return try await answer(aftermath, desk, viewer, request)
  }

  // MARK: Rules

  private func tryPolicy(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try requireLead(context)
    let (form, viewer) = try await form(request, context)
    let desk = try await desk(request, context)
    var aftermath = BalancePageBuilder.Aftermath(policyForm: form)
    do {
      let proposed = try PolicyFields.read(form, onto: try await server.policy())
      aftermath.dryRun = DryRunWords(desk: desk).picture(try await server.reports.trial.run(proposed, server))
      return try await answer(aftermath, desk, viewer, request)
    } catch let fault as PolicyFields.Fault {
      aftermath.policyRefusal = fault.text(desk)
    } catch let refusal as CommandRefusal {
      aftermath.policyRefusal = desk.text(refusal)
    }
    return try await answer(aftermath, desk, viewer, request, status: .unprocessableContent)
  }

  private func savePolicy(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try requireLead(context)
    let (form, viewer) = try await form(request, context)
    let desk = try await desk(request, context)
    var aftermath = BalancePageBuilder.Aftermath(policyForm: form)
    do {
      let policy = try PolicyFields.read(form, onto: try await server.policy())
      _ = try await server.store.execute(
        Command(
          actor: viewer.actor, idempotencyKey: form.key,
          body: .definePolicy(key: PolicyText.company, text: Array(policy.text.utf8))))
      return Self.redirect("/balance?saved=policy")
    } catch let refusal as CommandRefusal {
      aftermath.policyRefusal = desk.text(refusal)
    } catch let fault as PolicyFields.Fault {
      aftermath.policyRefusal = fault.text(desk)
    }
    return try await answer(aftermath, desk, viewer, request, status: .unprocessableContent)
  }

  // MARK: Report

  private func question(_ request: Request, _ builder: EqualServicePageBuilder) async throws
    -> EqualServicePageBuilder.Question
  {
    let query = request.uri.queryParameters
    func text(_ name: Substring) -> String? { query.get(String(name)) }
    return try await builder.question(
      text("basis"), from: text("from"), to: text("to"), period: text("period"), compare: text("compare"))
  }

  private func showEqualService(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try requireLead(context)
    let desk = try await desk(request, context)
    let builder = EqualServicePageBuilder(desk: desk, server: server)
    let question = try await question(request, builder)
    let slice = PageSlice(
      request, size: EqualServicePageBuilder.rowsMax, parameter: EqualServicePageBuilder.rowParameter)
    return try await desk.answer(
      try await builder.page(question, slice), request, status: question.refusal == nil ? .ok : .unprocessableContent)
  }

  private func sendEqualService(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try requireLead(context)
    let desk = try await desk(request, context)
    let builder = EqualServicePageBuilder(desk: desk, server: server)
    let question = try await question(request, builder)
    guard question.refusal == nil else { throw Problem.notFound }
    var words = ServiceWords(
      desk: desk, report: try await builder.report(question.basis, question.period), currentAt: [:])
    words.before = try await builder.earlierReport(question)
    let name = "equal-service-\(question.basis.rawValue).csv"
    return Response(
      status: .ok,
      headers: [
        .contentType: "text/csv; charset=utf-8", .contentDisposition: "attachment; filename=\"\(name)\"",
        .cacheControl: "no-store",
      ], body: ResponseBody(byteBuffer: ByteBuffer(string: EqualServicePageBuilder.csv(words, desk.names))))
  }
}
