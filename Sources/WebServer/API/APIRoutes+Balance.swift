import Assignment
import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import Store
import Texts

extension APIRoutes {
  /// How work and service are spread over the sites, and what central IT does about it.
  var balanceRoutes: [Route] {
    [
      Route(method: .get, path: "/reports/equal-service") { try await showEqualService($0, $1) },
      Route(method: .get, path: "/balance") { try await showBalance($0, $1) },
      Route(method: .post, path: "/balance/move") { try await moveBatch($0, $1) },
      Route(method: .get, path: "/tickets/{ticket}/why") { try await explain($0, $1) },
    ]
  }

  // MARK: Reading

  private func showEqualService(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try Self.viewer(context, atLeast: .lead)
    var query = QueryFields(request)
    let basis = Self.basis(&query)
    let period = Self.period(&query, now: server.now)
    try query.finish()
    let report = try await report(basis, period)
    let names = try await server.directory.names()
    let current = Dictionary(
      try await server.services.siteStandings().map { ($0.site, $0.currentAt) }, uniquingKeysWith: { first, _ in first }
    )
    return Self.json(capacity: 4096) { json in
      BalanceJSON(names: names, currentAt: current.compactMapValues { $0 }).write(report, into: &json)
    }
  }

  private func showBalance(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try Self.viewer(context, atLeast: .lead)
    try QueryFields(request).finish()
    let standings = try await server.services.siteStandings()
    let report = try await report(.answer, ReportPeriod(endingAt: server.now))
    let names = try await server.directory.names()
    let current = Dictionary(
      standings.map { ($0.site, $0.currentAt) }, uniquingKeysWith: { first, _ in first }
    ).compactMapValues { $0 }
    return Self.json(capacity: 4096) { json in
      json.object { json in
        let balance = BalanceJSON(names: names, currentAt: current)
        json.key("sites")
        json.array(standings) { json, standing in balance.write(standing, into: &json) }
        json.key("service")
        balance.write(report, into: &json)
      }
    }
  }

  /// The report, at most a minute old.
  private func report(_ basis: EqualServiceReport.Basis, _ period: ReportPeriod) async throws -> EqualServiceReport {
    try await server.reports.report(
      ServiceReports.Question(
        basis: basis, from: period.from, to: period.to, policy: ReportPolicy(try await server.policy())),
      clock: try await server.services.serviceClock())
  }

  private static func basis(_ query: inout QueryFields) -> EqualServiceReport.Basis {
    guard let text = query.text("basis") else { return .answer }
    guard let basis = EqualServiceReport.Basis(rawValue: text) else {
      let choices = EqualServiceReport.Basis.allCases.map(\.rawValue).joined(separator: ", ")
      query.add(
        "basis",
        Problem.Sentence(
          "refusal.value_unknown", ["field": "basis", "value": String(text.prefix(100)), "choices": choices]))
      return .answer
    }
    return basis
  }

  private static func period(_ query: inout QueryFields, now: Int64) -> ReportPeriod {
    let (from, to) = (query.text("from"), query.text("to"))
    do throws(ReportPeriod.Fault) {
      return try ReportPeriod(from: from, to: to, now: now)
    } catch {
      query.add(error.parameter, error.sentence)
      return ReportPeriod(endingAt: now)
    }
  }

  // MARK: Moving

  private func moveBatch(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try Self.viewer(context, atLeast: .lead)
    try QueryFields(request).finish()
    let names = try await server.directory.names()
    var fields = try await BodyFields(request)
    let target = site("to", fields.text("to", isRequired: true), names, &fields)
    let from = site("from", fields.text("from"), names, &fields)
    let tickets = fields.texts("tickets")
    let limit = fields.integer("limit", in: 1...Int64(BatchMove.ticketsMax)) ?? BatchMove.ticketsMax
    let reason = fields.text("reason", isRequired: true) ?? ""
    if let tickets, !(1...BatchMove.ticketsMax).contains(tickets.count) {
      fields.add("tickets", Problem.Sentence("problem.batch_size", ["max": String(BatchMove.ticketsMax)]))
    }
    // What is meant must be said: either these tickets, or what waits at this site.
    if fields.faults.isEmpty, (from == nil) == (tickets == nil) {
      fields.add("tickets", Problem.Sentence("problem.batch_choice"))
    }
    if let from, let target, from.id == target.id {
      fields.add("to", Problem.Sentence("problem.batch_same_site", ["site": target.code]))
    }
    try fields.finish()
    guard let target else { throw Problem.notFound }
    let move = BatchMove(
      store: server.store, actor: viewer.actor, target: target, reason: reason,
      key: try Self.idempotencyKey(request))
    let outcomes = try await move.run(
      tickets.map { .listed($0) } ?? from.map { .waiting(at: $0, limit: limit) } ?? .listed([]))
    let texts = outcomes.map { $0.refusal.map { server.text($0, context.language) } }
    return Self.json(capacity: 1024) { json in
      json.object { json in
        json.member("to", target.code)
        json.member("moved", outcomes.count { $0.refusal == nil })
        json.key("items")
        json.array(zip(outcomes, texts)) { json, item in
          json.object { json in
            json.member("ticket", item.0.ticket)
            json.member("outcome", item.0.refusal == nil ? "moved" : "refused")
            json.member("reason", item.1)
          }
        }
      }
    }
  }

  private func site(_ field: String, _ code: String?, _ names: DirectoryNames, _ fields: inout BodyFields) -> Site? {
    guard let code else { return nil }
    if let site = names.site(code: code) { return site }
    let arguments = [
      "field": field, "value": String(code.prefix(100)),
      "choices": names.sites.prefix(40).map(\.code).joined(separator: ", "),
    ]
    fields.add(field, Problem.Sentence("refusal.value_unknown", arguments))
    return nil
  }

  // MARK: Why here

  private func explain(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try Self.viewer(context, atLeast: .agent)
    let detail = try await detail(context, viewer)
    try QueryFields(request).finish()
    let decisions = RecordedDecision.all(in: detail)
    let names = try await server.directory.names()
    let people = try await server.directory.people(decisions.flatMap(\.people))
    return Self.json(capacity: 2048) { json in
      json.object { json in
        json.member("ticket", detail.row.number)
        json.key("decisions")
        json.array(decisions) { json, decision in
          RecordedDecisionJSON(names: names, people: people).write(decision, into: &json)
        }
      }
    }
  }
}

extension ServerContext {
  /// The sentence of a refusal in the reader's language.
  func text(_ refusal: CommandRefusal, _ language: Language) -> String {
    text("refusal.\(refusal.name)", language, refusal.arguments)
  }
}
