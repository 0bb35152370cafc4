import Foundation
import Testing
import Texts

@testable import Status

struct FindingTests {
  @Test("A node on which all is well has no finding")
  func well() {
    #expect(wellReport().findings() == [])
    #expect(wellReport().level() == .ok)
  }

  @Test("A node that knows nothing reports nothing: only facts are findings")
  func nothingKnown() {
    #expect(emptyReport(peers: [PeerStatus(site: "MAD", link: .live)]).findings() == [])
  }

  @Test("Every sentence of every finding occurs in an example, in both languages, with no argument missing")
  func everySentence() {
    var seen: Set<String> = []
    for finding in troubledReports().flatMap({ $0.findings() }) {
      #expect(Set(finding.sentences).isSubset(of: finding.kind.sentences))
      seen.formUnion(finding.sentences.map { finding.kind.rawValue + "." + $0 })
      for format in [english, spanish] {
        let text = finding.message(format) + finding.action(format)
        #expect(!text.contains("{") && !text.contains("status."), "\(text)")
      }
    }
    let all = FindingKind.allCases.flatMap { kind in kind.sentences.map { kind.rawValue + "." + $0 } }
    let shared = all.filter { $0.hasSuffix("waiting") || $0.hasSuffix("waiting_unknown") }
    #expect(Set(all).subtracting(seen).subtracting(shared).sorted() == [])
  }

  @Test("Every sentence and action is translated", arguments: FindingKind.allCases)
  func translated(kind: FindingKind) {
    for language in Language.allCases {
      for sentence in kind.sentences + ["action"] {
        #expect(Catalogue.embedded.contains(kind.key(sentence), language: language), "\(kind.key(sentence))")
      }
    }
  }

  @Test("Every finding has a runbook that exists and says how to know it is over", arguments: FindingKind.allCases)
  func runbook(kind: FindingKind) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appendingPathComponent(kind.runbook), encoding: .utf8)
    for heading in ["## What it means", "## Who is affected", "## What to do", "## How to know it is over"] {
      #expect(text.contains(heading), "\(kind.runbook) lacks “\(heading)”")
    }
    #expect(text.hasPrefix("# "))
  }

  @Test("Every runbook belongs to a finding, and names it")
  func noOrphanRunbook() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("docs/runbooks")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".md") }
    #expect(Set(files) == Set(FindingKind.allCases.map { $0.rawValue + ".md" }))
    for kind in FindingKind.allCases {
      let text = try String(contentsOf: folder.appendingPathComponent(kind.rawValue + ".md"), encoding: .utf8)
      #expect(text.contains("Finding `\(kind.rawValue)`"), "\(kind.rawValue)")
    }
  }

  @Test("An unreachable peer says for how long, what goes on and what waits")
  func linkDown() throws {
    let finding = try #require(wellReport(peers: [downPeer(), livePeer()]).findings().first)
    #expect(finding.kind == .linkDown && finding.level == .warning && finding.peer == "MAD")
    #expect(
      finding.message(english)
        == "MAD Madrid unreachable for 18m. Local work continues; 214 changes wait here, none lost.")
    #expect(
      finding.message(spanish)
        == "MAD Madrid no responde desde hace 18m. Aquí se sigue trabajando; 214 cambios esperan en este nodo y no se "
        + "pierde ninguno.")
    #expect(finding.action(english) == "relevo peer test MAD")
    #expect(finding.runbook == "docs/runbooks/link-down.md")
    var one = downPeer()
    one.outOperations = 1
    #expect(
      wellReport(peers: [one]).findings()[0].message(english)
        == "MAD Madrid unreachable for 18m. Local work continues; 1 change waits here, none lost.")
  }

  @Test("A peer unreachable for more than a day is critical")
  func linkDownForADay() {
    var peer = downPeer()
    peer.lastContactSeconds = 86_400
    #expect(wellReport(peers: [peer]).level() == .warning)
    peer.lastContactSeconds = 86_401
    #expect(wellReport(peers: [peer]).level() == .critical)
  }

  @Test("Dialling counts as down only after a minute")
  func connecting() {
    var report = wellReport(peers: [PeerStatus(site: "MAD", link: .connecting)])
    report.uptimeSeconds = 60
    #expect(report.findings() == [])
    report.uptimeSeconds = 61
    #expect(report.findings().map(\.kind) == [.linkDown])
  }

  @Test(
    "Free disk space has two limits and a share",
    arguments: [
      (50 << 30, 100 << 30, StatusLevel.ok), (10 << 30, 100 << 30, .ok), ((10 << 30) - (1 << 20), 100 << 30, .warning),
      (1 << 30, 2 << 30, .ok), ((1 << 30) - 1, nil, .warning), (200 << 20, nil, .warning),
      ((200 << 20) - 1, nil, .critical), (1 << 62, Int64.max, .ok),
    ] as [(Int64, Int64?, StatusLevel)])
  func disk(free: Int64, total: Int64?, level: StatusLevel) {
    var report = wellReport()
    report.store.diskFreeBytes = free
    report.store.diskTotalBytes = total
    #expect(report.level() == level)
  }

  @Test("A clock more than 5 s off warns, more than 10 min is critical")
  func peerClock() {
    for (offset, level) in [
      (5, .ok), (5.1, .warning), (-5.1, .warning), (600, .warning), (600.1, .critical), (-601, .critical),
      (.nan, .ok), (.infinity, .ok), (1e300, .critical),
    ] as [(Double, StatusLevel)] {
      var report = wellReport()
      report.peers[0].clockOffsetSeconds = offset
      #expect(report.level() == level, "\(offset)")
    }
  }

  @Test("When all peers disagree with our clock in one direction, ours is named, once")
  func ownClock() {
    var report = wellReport()
    report.peers[0].clockOffsetSeconds = 9
    report.peers[1].clockOffsetSeconds = 12
    #expect(report.findings().map(\.sentences) == [["own_behind"]])
    #expect(report.findings()[0].action(english).contains("LYO Lyon"))
    report.peers[1].clockOffsetSeconds = -12
    #expect(report.findings().map(\.peer) == ["BOG", "MAD"])
  }

  @Test("A backup is owed after seven days, and by a new store only when it is that old")
  func backup() {
    var report = wellReport()
    report.store.lastBackupAt = ago(7 * 86_400)
    #expect(report.findings() == [])
    report.store.lastBackupAt = ago(7 * 86_400 + 1)
    #expect(report.findings().map(\.kind) == [.backupOld])
    report.store.lastBackupAt = nil
    report.store.createdAt = ago(3600)
    #expect(report.findings() == [])
    report.store.createdAt = nil
    #expect(report.findings() == [])
  }

  @Test("Changes that exist only here are reported after ten minutes, and never without peers")
  func onlyHere() {
    var report = wellReport()
    report.onlyHere = OnlyHereStatus(operations: 5, since: ago(600))
    #expect(report.findings() == [])
    report.onlyHere = OnlyHereStatus(operations: 5, since: ago(601))
    #expect(report.findings().map(\.kind) == [.onlyHere])
    #expect(report.findings()[0].message(spanish).contains("desde hoy 13:55"))
    report.peers = []
    #expect(report.findings() == [])
  }

  @Test("A young conflict is ordinary work, an old one or many are a warning")
  func conflicts() {
    var report = wellReport()
    report.conflictsOpen = 19
    #expect(report.findings().map(\.level) == [.ok])
    #expect(report.level() == .ok)
    report.conflictsOpen = 20
    #expect(report.level() == .warning)
    report.conflictsOpen = 1
    report.conflictsOldestSeconds = 86_401
    #expect(report.level() == .warning)
  }

  @Test("Different digests at equal operations are critical; digests that cannot be compared say nothing")
  func digests() {
    var report = wellReport()
    report.peers[0].digest = .notComparable
    #expect(report.findings() == [])
    report.peers[0].digest = .different
    #expect(report.findings().map(\.kind) == [.digestDiffers])
    #expect(report.level() == .critical)
  }

  @Test("Findings come worst first, then by kind, then by site; peers likewise")
  func order() {
    var report = wellReport(peers: [livePeer("AAA"), downPeer(), livePeer("ZZZ"), livePeer("BOG")])
    report.peers[0].link = .paused
    report.peers[2].link = .keyRefused
    report.store.walBytes = 1 << 30
    #expect(report.findings().map(\.kind) == [.keyRefused, .linkDown, .linkPaused, .walLarge])
    #expect(report.peersWorstFirst.map(\.site) == ["ZZZ", "MAD", "AAA", "BOG"])
  }

  @Test("A node that does not run is unknown, whatever its last state said")
  func stopped() {
    var report = wellReport()
    report.peers[0].digest = .different
    report.nodeState = .stopped
    #expect(report.level() == .unknown)
    #expect(report.findings()[0].kind == .nodeStopped)
    #expect(report.findings()[0].message(english).contains("today 12:05"))
    #expect(report.findings()[0].message(english, usesUTC: true).contains("2026-05-12T12:05:09Z"))
  }

  @Test("Synced means that every peer is known to lack nothing and to have nothing for us")
  func synced() {
    #expect(wellReport().isSynced)
    #expect(!wellReport(peers: [downPeer()]).isSynced)
    var report = wellReport()
    report.peers[0].inOperations = nil
    #expect(!report.isSynced)
  }
}
