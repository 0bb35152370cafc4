import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import Store

extension APIRoutes {
  /// Tokens of programs.
  var tokenRoutes: [Route] {
    [
      Route(method: .get, path: "/tokens") { try await listTokens($0, $1) },
      Route(method: .post, path: "/tokens") { try await createToken($0, $1) },
      Route(method: .delete, path: "/tokens/{token}") { try await revokeToken($0, $1) },
    ]
  }

  private func listTokens(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    var query = QueryFields(request)
    var holder: EntityID? = viewer.person.id
    if let name = query.text("person") {
      holder = try await person(name)?.id
      if holder == nil {
        let refusal = Self.unknown("person", name)
        query.add("person", Problem.Sentence("refusal.\(refusal.name)", refusal.arguments))
      }
    }
    try query.finish()
    if holder != viewer.person.id, viewer.person.role < .admin { throw CommandRefusal.notAllowed(needs: .admin) }
    let tokens = try await server.store.tokens(of: holder)
    let people = try await server.directory.people(tokens.map(\.person))
    return Self.list(tokens) { json, token in
      json.object { json in Self.write(token, people[token.person], into: &json) }
    }
  }

  private static func write(_ token: AccessToken, _ person: Person?, into json: inout JSONWriter) {
    json.member("id", token.id.description)
    json.member("name", token.name)
    json.key("person")
    json.object { json in
      json.member("id", token.person.description)
      json.member("name", person?.name)
      json.member("email", person?.email)
    }
    json.member("revoked", token.isRevoked)
  }

  private func createToken(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    var fields = try await BodyFields(request)
    let name = fields.text("name", isRequired: true) ?? ""
    var holder = viewer.person
    if let email = fields.text("person") {
      if let found = try await person(email) {
        holder = found
      } else {
        _ = reference("person", email, nil, &fields)
      }
    }
    try fields.finish()
    let secret = secrets.token(
      actor: viewer.person.id, request: try Self.idempotencyKey(request), name: name, person: holder.id)
    let digest = server.credentials.digest(ofToken: secret)
    let outcome = try await execute(.createToken(person: holder.id, name: name, digest: digest), request, viewer)
    guard let token = try await server.store.tokens(of: holder.id).first(where: { $0.id == outcome.entity }) else {
      throw Problem.notFound
    }
    return Self.json(.created) { json in
      json.object { json in
        Self.write(token, holder, into: &json)
        json.member("secret", secret)
      }
    }
  }

  private func revokeToken(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let name = try Self.part("token", context)
    guard let id = EntityID(hex: name) else { throw Problem.notFound }
    if viewer.person.role < .admin {
      // Other people's tokens do not exist for those who may not revoke them.
      let own = try await server.store.tokens(of: viewer.person.id)
      guard own.contains(where: { $0.id == id }) else { throw Problem.notFound }
    }
    do {
      _ = try await execute(.revokeToken(id), request, viewer)
    } catch CommandRefusal.referenceUnknown {
      throw Problem.notFound
    }
    return Response(status: .noContent)
  }
}
