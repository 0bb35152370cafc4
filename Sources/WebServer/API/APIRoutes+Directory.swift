import HTTPTypes
import Helpdesk
import Hummingbird
import OpenSSLCrypto
import OperationLog
import Store

extension APIRoutes {
  /// Sites, categories and queues.
  var directoryRoutes: [Route] {
    [
      Route(method: .get, path: "/sites") { try await listSites($0, $1) },
      Route(method: .get, path: "/sites/{code}") { try await showSite($0, $1) },
      Route(method: .patch, path: "/sites/{code}") { try await editSite($0, $1) },
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
    return Self.list(names.sites) { json, site in write(site, names, into: &json) }
  }

  private func write(_ site: Site, _ names: DirectoryNames, into json: inout JSONWriter) {
    let links = server.services.reachableSites()
    let now = server.now
    let hours = names.roster.calendar(of: site.id)
    json.object { json in
      json.member("code", site.code)
      json.member("name", site.name)
      json.member("time_zone", site.timeZone)
      json.member("node", site.node?.description)
      json.member("here", site.code == server.store.home.siteCode)
      // Only direct neighbours are known; what lies behind them is not.
      json.member("link", links.up.contains(site.code) ? "up" : links.down.contains(site.code) ? "down" : nil)
      json.member("calendar", names.calendar(site.calendar)?.key)
      json.member("hours", hours.hours.description)
      json.member("open", hours.isOpen(at: now))
      json.member("next_opening", moment: hours.nextOpening(after: now))
    }
  }

  private func showSite(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try context.requireViewer()
    try QueryFields(request).finish()
    return try await answer(try await pathSite(context))
  }

  private func pathSite(_ context: RelevoRequestContext) async throws -> Site {
    let code = try Self.part("code", context)
    guard let site = try await server.directory.names().site(code: code) else { throw Problem.notFound }
    return site
  }

  private func answer(_ site: Site) async throws -> Response {
    let names = try await server.directory.names()
    return Self.json(headers: [.eTag: "\"\(Self.version(of: site))\""]) { json in write(site, names, into: &json) }
  }

  /// A tag of everything about a site that can be changed.
  private static func version(of site: Site) -> String {
    var writer = ByteWriter()
    for part in [site.code, site.name, site.timeZone, site.calendar?.description ?? ""] { writer.text(part) }
    return Base64URL.encode(Array(SHA256Hashing().sha256(writer.bytes).bytes.prefix(12)))
  }

  private func editSite(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try Self.viewer(context, atLeast: .lead)
    let site = try await pathSite(context)
    let names = try await server.directory.names()
    var fields = try await BodyFields(request)
    var definition = SiteDefinition(code: site.code)
    definition.name = fields.text("name")
    if let zone = fields.text("time_zone") {
      if let fault = CalendarFields.zoneFault(zone, server.services.zones) { fields.add("time_zone", fault) }
      definition.timeZone = zone
    }
    if let key = fields.nullableText("calendar") {
      if let key {
        definition.calendar = reference("calendar", key, names.calendar(key: key)?.id, &fields).map { .some($0) }
      } else {
        definition.calendar = .some(nil)
      }
    }
    try fields.finishNotEmpty()
    switch EntityTag.condition(request) {
    case .absent: throw Problem(.preconditionRequired, "if_match_missing")
    case .any: break
    case .malformed: throw Problem.ifMatchMalformed
    case .tags(let tags):
      guard tags.contains(Self.version(of: site)) else { throw Problem(.preconditionFailed, "site_changed") }
    }
    _ = try await execute(.defineSite(definition), request, viewer)
    guard let changed = try await server.store.sites().first(where: { $0.id == site.id }) else {
      throw Problem.notFound
    }
    return try await answer(changed)
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
