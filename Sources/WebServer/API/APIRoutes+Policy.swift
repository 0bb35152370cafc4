import Assignment
import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import Store

extension APIRoutes {
  /// The rules of assignment as central IT sets them.
  var policyRoutes: [Route] {
    [
      Route(method: .get, path: "/policy") { try await showPolicy($0, $1) },
      Route(method: .put, path: "/policy") { try await setPolicy($0, $1) },
      Route(method: .post, path: "/balance/dry-run") { try await tryPolicy($0, $1) },
    ]
  }

  private func showPolicy(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try Self.viewer(context, atLeast: .lead)
    var query = QueryFields(request)
    let code = query.text("site")
    try query.finish()
    return try await answer(code)
  }

  private func setPolicy(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try Self.viewer(context, atLeast: .admin)
    try QueryFields(request).finish()
    var fields = try await BodyFields(request)
    let code = fields.text("site")
    let policy = PolicyFields.read(&fields, onto: try await server.policy(code))
    try fields.finishNotEmpty()
    _ = try await execute(
      .definePolicy(key: code ?? PolicyText.company, text: Array(policy.text.utf8)), request, viewer)
    return try await answer(code)
  }

  private func tryPolicy(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try Self.viewer(context, atLeast: .lead)
    try QueryFields(request).finish()
    var fields = try await BodyFields(request)
    let proposed = PolicyFields.read(&fields, onto: try await server.policy())
    try fields.finishNotEmpty()
    let outcome = try await server.reports.trial.run(proposed, server)
    let names = try await server.directory.names()
    let rows = outcome?.run.proposed.service.rows ?? []
    let earlier = Dictionary(
      (outcome?.run.present.service.rows ?? []).map { ($0.site, $0) }, uniquingKeysWith: { first, _ in first })
    return Self.json(capacity: 2048) { json in
      json.object { json in
        json.member("tickets", outcome?.count ?? 0)
        json.key("present")
        json.object { json in Self.write(outcome?.run.present, into: &json) }
        json.key("proposed")
        json.object { json in Self.write(outcome?.run.proposed, into: &json) }
        json.key("sites")
        json.array(rows) { json, row in
          json.object { json in
            json.member("site", names.site(row.site)?.code)
            json.member("count", row.count)
            json.member("median_seconds_before", orNull: earlier[row.site].map { $0.median / 1000 })
            json.member("median_seconds_after", row.median / 1000)
            json.member("p90_seconds_before", orNull: earlier[row.site].map { $0.p90 / 1000 })
            json.member("p90_seconds_after", row.p90 / 1000)
          }
        }
      }
    }
  }

  private static func write(_ result: PolicyDryRun.Result?, into json: inout JSONWriter) {
    json.member("mean_wait_seconds", orNull: result.map { $0.meanWaitMilliseconds / 1000 })
    json.member("to_other_sites", orNull: result.map { Int64($0.handOvers) })
    json.member("unserved", orNull: result.map { Int64($0.unserved) })
    json.member("jain", perMille: result.map(\.service.jainPerMille))
  }

  private func answer(_ code: String?) async throws -> Response {
    let key = try await server.policyKey(code)
    let text = try await server.store.policies().first { $0.key == key }?.text
    let policy = try await server.policy(code)
    return Self.json { json in
      json.object { json in
        json.member("site", key == PolicyText.company ? nil : key)
        json.member("is_set", text != nil)
        PolicyFields.write(policy, into: &json)
      }
    }
  }
}

extension ServerContext {
  /// The key of a site's policy, or the company's; throws `referenceUnknown` for a code that is no site's.
  func policyKey(_ code: String?) async throws -> String {
    guard let code else { return PolicyText.company }
    guard let site = try await directory.names().site(code: code) else {
      throw CommandRefusal.referenceUnknown(field: "site", value: String(code.prefix(100)))
    }
    return site.code
  }

  /// The policy in force at a site, or the company's where `code` is nil.
  func policy(_ code: String? = nil) async throws -> AssignmentPolicy {
    let key = try await policyKey(code)
    let policies = try await store.policies()
    let text =
      policies.first { $0.key == key && $0.text != nil }?.text
      ?? policies.first { $0.key == PolicyText.company }?.text
    return text.flatMap { AssignmentPolicy(parsing: String(decoding: $0, as: UTF8.self)) } ?? AssignmentPolicy()
  }
}
