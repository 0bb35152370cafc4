import Foundation
import Helpdesk
import Hummingbird
import OperationLog
import RichText
import Status
import Store
import Texts
import WebPages

/// What building a page for one reader needs: their words, their clock, the directory, and the server.
struct PageDesk: Sendable {
  let server: ServerContext
  let viewer: Viewer?
  let wording: Wording
  let format: ReaderFormat
  let names: DirectoryNames
  /// Path and query of the request.
  let address: String

  init(_ server: ServerContext, _ request: Request, _ context: RelevoRequestContext) async throws {
    self.server = server
    viewer = context.viewer
    names = try await server.directory.names()
    wording = Wording(context.language, catalogue: server.catalogue)
    let site = names.site(context.viewer?.person.site) ?? names.site(server.store.home.site)
    format = ReaderFormat(
      language: context.language, zone: Self.zone(site?.timeZone), nowMilliseconds: server.now,
      catalogue: server.catalogue)
    address = request.uri.string
  }

  /// The rules of an IANA zone; UTC for a name the machine does not know.
  static func zone(_ name: String?) -> ReaderZone {
    guard let name, let zone = TimeZone(identifier: name) else { return .utc }
    return ReaderZone { zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double($0) / 1000)) }
  }

  /// Fields of forms whose label a refusal may quote.
  private static let labelled: Set<String> = [
    "body", "description", "email", "name", "reason", "site", "requester", "resolution", "role", "subject", "tags",
  ]

  // MARK: Chips

  func site(_ id: EntityID?) -> SiteChip {
    guard let site = names.site(id) else { return SiteChip(code: "?", name: wording.text("site_unknown")) }
    return SiteChip(code: site.code, name: site.name)
  }

  func site(of node: NodeID) -> SiteChip {
    if let site = names.site(of: node) { return SiteChip(code: site.code, name: site.name) }
    return node == server.store.home.node ? here : site(nil)
  }

  var here: SiteChip {
    let home = server.store.home
    return names.site(home.site).map { SiteChip(code: $0.code, name: $0.name) }
      ?? SiteChip(code: home.siteCode, name: home.siteCode)
  }

  /// The name people see of somebody; the node itself has none, and a node's command line is named by its site.
  func name(_ id: EntityID, _ people: [EntityID: Person]) -> String {
    if let person = people[id] { return person.name }
    // What the command line of a node does carries the node's identifier as its actor.
    if let site = names.site(of: NodeID(high: id.high, low: id.low)) {
      return wording.text("person_console", ["site": site.code])
    }
    return wording.text("person_system")
  }

  func chip(_ id: EntityID, _ people: [EntityID: Person]) -> PersonChip {
    PersonChip(name: name(id, people), isYou: id == viewer?.person.id)
  }

  // MARK: Frame

  func frame(notices: [Notice] = []) async throws -> Frame {
    let audience: Frame.Audience =
      switch viewer?.person.role {
      case nil: .visitor
      case .employee?: .employee
      case .agent?: .agent
      case .lead?: .lead
      case .admin?: .admin
      }
    let conflicts = viewer?.isAgent == true ? try await server.store.conflictCount() : 0
    var frame = Frame(
      wording: wording, here: here, audience: audience,
      reader: viewer.map { PersonChip(name: $0.person.name, isYou: true) }, csrf: viewer?.csrf ?? "",
      address: address, notices: notices + cutNotices(), conflictCount: conflicts,
      takesWork: viewer?.isAgent == true ? viewer?.person.isAvailable : nil, key: key())
    if let viewer, viewer.isAgent {
      frame.offerCount = try await server.store.offers(to: viewer.person.id, limit: 50).count
    }
    return frame
  }

  /// A line for each neighbour that cannot be reached: work goes on, nothing is lost.
  private func cutNotices() -> [Notice] {
    guard viewer?.isAgent == true else { return [] }
    let down = server.services.reachableSites().down
    guard !down.isEmpty else { return [] }
    let sites = down.map { code in names.site(code: code)?.name ?? code }
    return [
      Notice(
        code: "warning", text: RichText.sentence(wording.text("notice_cut", ["sites": format.list(sites)])),
        link: PageLink(label: wording.text("nav_status"), path: "/ops"))
    ]
  }

  /// The whole page, or the part that `?fragment=` asks for.
  func answer(_ page: some Page, _ request: Request, status: HTTPResponse.Status = .ok, notices: [Notice] = [])
    async throws -> Response
  {
    let frame = try await frame(notices: notices)
    let name = request.uri.queryParameters.get("fragment")
    if let fragment = name.flatMap({ Pages.Fragment(rawValue: $0) }) {
      guard let part = Pages.fragment(fragment, of: page, in: frame) else { throw Problem.notFound }
      return Self.html(part, status: status)
    }
    return Self.html(Pages.html(page, in: frame), status: status)
  }

  static func html(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  /// A fresh idempotency key for the forms of a page.
  func key() -> String { Hexadecimal.encode(server.services.randomBytes(12)) }

  /// The text of a refusal in the reader's language.
  func text(_ refusal: CommandRefusal) -> String {
    var arguments = refusal.arguments
    if let field = arguments["field"], Self.labelled.contains(field) {
      arguments["field"] = wording.text("label_" + field)
    }
    if case .changedMeanwhile(let fields) = refusal {
      arguments["fields"] = format.list(fields.map { wording.field($0.name) })
    }
    return server.catalogue.text("refusal.\(refusal.name)", language: format.language, arguments: arguments)
  }

  /// Whether a step's mark is shown: while it is on its way, and for two minutes after it was made.
  func isWorthShowing(_ reach: WriteReach, of step: HistoryStep) -> Bool {
    reach.code != "everywhere" || format.nowMilliseconds - step.at < 2 * 60_000
  }

  /// How far a write has travelled.
  func reach(_ dot: Dot, node: NodeID) -> WriteReach {
    let holders = server.services.sitesHolding(dot)
    let home = site(of: node).code
    let siteCount = Set(names.sites.compactMap(\.node)).count
    let down = server.services.reachableSites().down.filter { !holders.contains($0) }
    return wording.reach(
      write: "\(dot.stream):\(dot.sequence)", home: home, reached: holders.filter { $0 != home },
      siteCount: max(siteCount, 1), cutOff: node == server.store.home.node ? down : [])
  }
}
