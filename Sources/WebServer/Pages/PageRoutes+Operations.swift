import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import Status
import Store
import Texts
import WebPages

/// The status page for operations staff, with the same model as `relevo status`.
extension PageRoutes {
  func addOperations(to router: Router<RelevoRequestContext>) {
    router.get("ops") { request, context in try await showOperations(request, context) }
  }

  private func showOperations(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try requireAgent(context)
    let desk = try await desk(request, context)
    let report = await server.services.statusReport()
    let page = OpsPageBuilder(desk: desk).page(report)
    return try await desk.answer(page, request)
  }
}

/// Makes the status page from the status model.
struct OpsPageBuilder {
  let desk: PageDesk

  func page(_ report: StatusReport) -> OpsPage {
    let findings = report.findings()
    let level = report.level()
    let code = code(level)
    let role = report.role.map { desk.wording.text("ops_role_\($0.rawValue)") }
    let uptime = report.uptimeSeconds.map { desk.format.duration(seconds: $0) } ?? "?"
    let version = desk.wording.text(
      "ops_version_line", ["version": report.version, "protocol": String(report.protocolVersion)])
    let identity = [role, version, desk.wording.text("ops_up", ["duration": uptime])].compactMap { $0 }
    return OpsPage(
      site: desk.here, code: code, level: desk.wording.text("ops_level_\(code)"),
      headline: findings.first { code != "ok" || $0.level != .ok }.map { $0.message(desk.format) }
        ?? desk.wording.text("ops_all_well"),
      identity: identity.joined(separator: " · "),
      moment: .at(report.writtenAt?.milliseconds ?? desk.format.nowMilliseconds, desk.format),
      findings: findings.map { finding in
        OpsFinding(
          code: self.code(finding.level), level: desk.wording.text("ops_level_\(self.code(finding.level))"),
          message: finding.message(desk.format), action: finding.action(desk.format), runbook: finding.runbook)
      },
      peers: report.peersWorstFirst.map(peer), onlyHere: onlyHere(report), picture: picture(report),
      holdings: (report.holdings ?? []).map(holding), store: store(report))
  }

  private func code(_ level: StatusLevel) -> String {
    switch level {
    case .ok: "ok"
    case .warning: "warning"
    case .critical: "critical"
    case .unknown: "unknown"
    }
  }

  private func peer(_ peer: PeerStatus) -> OpsPeer {
    let row = PeerRow(peer, format: desk.format)
    return OpsPeer(
      site: SiteChip(code: peer.site, name: peer.name ?? peer.site), linkCode: linkCode(peer.link),
      link: linkText(peer.link),
      out: row.out, oldest: row.oldest, incoming: row.incoming, lag: row.lag, backlog: row.backlog,
      roundTrip: row.roundTrip, lastContact: row.lastContact, clock: row.clock, version: row.version,
      conflicts: row.conflicts, outRate: row.outRate, outLeft: row.outLeft, outCredit: row.creditOut,
      inRate: row.inRate, inLeft: row.inLeft, inCredit: row.creditIn, stalled: row.stalled, digest: row.digestText,
      pause: peer.pause == nil ? nil : row.pauseText)
  }

  private func linkCode(_ link: PeerLink) -> String {
    switch link {
    case .live: "live"
    case .catchingUp: "slow"
    case .connecting: "unknown"
    default: "down"
    }
  }

  /// The word without the terminal's symbol: the page draws its own.
  private func linkText(_ link: PeerLink) -> String { desk.format.text("status.link_state.\(link.rawValue)") }

  private func onlyHere(_ report: StatusReport) -> String? {
    guard let count = report.onlyHere.operations, count > 0 else { return nil }
    let since = report.onlyHere.since.map { desk.format.moment($0.milliseconds) } ?? "?"
    return desk.wording.text("ops_only_here", ["count": desk.format.number(count), "since": since])
  }

  private func picture(_ report: StatusReport) -> SitePicture {
    let links = report.peers.map { peer in
      SitePicture.Wire(
        from: desk.here.code, to: peer.site, code: linkCode(peer.link),
        label: linkText(peer.link), out: waits(peer.outOperations), incoming: waits(peer.inOperations))
    }
    let others =
      report.peers.map { SiteChip(code: $0.site, name: $0.name ?? $0.site) }
      + (report.holdings ?? []).map { SiteChip(code: $0.site, name: $0.name ?? $0.site) }
    return SitePicture.placing(here: desk.here, others: others, links: links, wording: desk.wording)
  }

  /// Nothing where nothing waits, "?" where nobody knows.
  private func waits(_ count: Int64?) -> String? {
    guard let count else { return "?" }
    return count == 0 ? nil : desk.format.number(count)
  }

  private func holding(_ holding: HoldingStatus) -> String {
    let site = holding.name.map { "\($0) (\(holding.site))" } ?? holding.site
    guard let count = holding.lacksOperations else {
      return desk.format.text("status.text.holding_unknown", ["site": site])
    }
    return desk.format.text(
      count == 0 ? "status.text.holding_all" : "status.text.holding_lacks",
      ["site": site, "count": desk.format.number(count)])
  }

  private func store(_ report: StatusReport) -> [Fact] {
    func bytes(_ key: String, _ value: Int64?) -> Fact {
      Fact(label: desk.wording.text(key), value: value.map { desk.format.bytes($0) } ?? "?", isUnknown: value == nil)
    }
    let backup = report.store.lastBackupAt
    return [
      bytes("ops_database", report.store.databaseBytes), bytes("ops_journal", report.store.walBytes),
      bytes("ops_disk_free", report.store.diskFreeBytes),
      Fact(
        label: desk.wording.text("ops_backup"),
        value: backup.map { desk.format.moment($0.milliseconds) } ?? desk.wording.text("ops_never")),
      Fact(
        label: desk.wording.text("ops_digest"), value: report.stateDigest.map { String($0.prefix(16)) } ?? "?",
        isUnknown: report.stateDigest == nil),
    ]
  }
}
