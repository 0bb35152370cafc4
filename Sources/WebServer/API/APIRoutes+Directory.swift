import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import Store

extension APIRoutes {
  /// Sites, categories and queues.
  var directoryRoutes: [Route] {
    [
      Route(method: .get, path: "/sites") { try await listSites($0, $1) },
      Route(method: .get, path: "/categories") { try await listCategories($0, $1) },
      Route(method: .post, path: "/categories") { try await createCategory($0, $1) },
      Route(method: .get, path: "/queues") { try await listQueues($0, $1) },
      Route(method: .post, path: "/queues") { try await createQueue($0, $1) },
    ]
  }

  private func listSites(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try context.requireViewer()
    try QueryFields(request).finish()
    let names = try await server.directory.names()
    let links = server.services.reachableSites()
    let here = server.store.home.siteCode
    return Self.list(names.sites) { json, site in
      json.object { json in
        json.member("code", site.code)
        json.member("name", site.name)
        json.member("time_zone", site.timeZone)
        json.member("node", site.node?.description)
        json.member("here", site.code == here)
        // Only direct neighbours are known; what lies behind them is not.
        json.member("link", links.up.contains(site.code) ? "up" : links.down.contains(site.code) ? "down" : nil)
      }
    }
  }

  // MARK: Categories

  private func listCategories(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try context.requireViewer()
    try QueryFields(request).finish()
    return Self.list(try await server.directory.names().categories) { json, category in
      Self.write(category, into: &json)
    }
  }

  private static func write(_ category: Helpdesk.Category, into json: inout JSONWriter) {
    json.object { json in
      json.member("id", category.id.description)
      json.member("key", category.key)
      json.key("names")
      json.object { json in
        json.member("en", category.nameEnglish)
        json.member("es", category.nameSpanish)
      }
    }
  }

  private func createCategory(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    var fields = try await BodyFields(request)
    let key = fields.text("key", isRequired: true) ?? ""
    let texts = fields.object("names", of: ["en", "es"]) ?? [:]
    try fields.finish()
    let outcome = try await execute(
      .defineCategory(key: key, english: texts["en"] ?? "", spanish: texts["es"] ?? ""), request, viewer)
    guard let category = try await server.store.categories().first(where: { $0.id == outcome.entity }) else {
      throw Problem.notFound
    }
    return Self.json(.created) { json in Self.write(category, into: &json) }
  }

  // MARK: Queues

  private func listQueues(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try context.requireViewer()
    try QueryFields(request).finish()
    return Self.list(try await server.directory.names().queues) { json, queue in Self.write(queue, into: &json) }
  }

  private static func write(_ queue: Queue, into json: inout JSONWriter) {
    json.object { json in
      json.member("id", queue.id.description)
      json.member("name", queue.name)
      json.member("level", queue.level)
    }
  }

  private func createQueue(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    var fields = try await BodyFields(request)
    let name = fields.text("name", isRequired: true) ?? ""
    let level = fields.integer("level", in: 1...3) ?? 1
    try fields.finish()
    let outcome = try await execute(.defineQueue(name: name, level: level), request, viewer)
    guard let queue = try await server.store.queues().first(where: { $0.id == outcome.entity }) else {
      throw Problem.notFound
    }
    return Self.json(.created) { json in Self.write(queue, into: &json) }
  }
}
