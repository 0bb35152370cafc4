import Texts

@testable import Status

/// 2026-05-12T12:05:09Z.
let noon = UTCMoment(milliseconds: 1_778_587_509_000)

func ago(_ seconds: Int64) -> UTCMoment { UTCMoment(milliseconds: noon.milliseconds - seconds * 1000) }

let english = ReaderFormat(language: .english, zone: .utc, nowMilliseconds: noon.milliseconds)
let spanish = ReaderFormat(
  language: .spanish, zone: ReaderZone(fixedOffsetSeconds: 7200), nowMilliseconds: noon.milliseconds)

/// A peer with nothing wrong and everything known.
func livePeer(_ site: String = "BOG", name: String? = "Bogotá") -> PeerStatus {
  PeerStatus(
    site: site, name: name, link: .live, outOperations: 0, inOperations: 0, lagSeconds: 0.4, backlogBytes: 0,
    rttSeconds: 0.011, lastContactSeconds: 0, clockOffsetSeconds: 0.003, version: "1.4.2", protocolVersion: 1,
    conflictsOpen: 0, digest: .equal, refusedOperations: 0)
}

/// The unreachable Madrid of the interface document.
func downPeer() -> PeerStatus {
  PeerStatus(
    site: "MAD", name: "Madrid", link: .down, outOperations: 214, oldestOutSeconds: 1082, backlogBytes: 1_300_000,
    lastContactSeconds: 1080, version: "1.4.2", protocolVersion: 1, conflictsOpen: 1)
}

/// A node on which everything is known and nothing is wrong.
func wellReport(peers: [PeerStatus] = [livePeer("MAD", name: "Madrid"), livePeer()]) -> StatusReport {
  StatusReport(
    site: "LYO", siteName: "Lyon", role: .branch, node: "00112233445566778899aabbccddeeff", version: "1.4.2",
    protocolVersion: 1, writtenAt: noon, uptimeSeconds: 12 * 86_400 + 4 * 3600 + 59, stateDigest: "ab12",
    heads: ["bb": 7, "aa": 18_446_744_073_709_551_615], peers: peers,
    onlyHere: OnlyHereStatus(operations: 0), conflictsOpen: 0,
    store: StoreStatus(
      databaseBytes: 9_000_000, walBytes: 40_000, diskFreeBytes: 50 << 30, diskTotalBytes: 100 << 30,
      lastBackupAt: ago(3600), createdAt: ago(90 * 86_400)),
    mail: MailStatus(outboxMessages: 0),
    operations: OperationsStatus(
      deferredOfNewerKind: 0, deferredUndecodable: 0, heldOfUnknownStreams: 0, forkProofs: []),
    tickets: TicketsStatus(unassignedPastLimit: 0, unassignedLimitSeconds: 900))
}

/// A node that knows nothing beyond its name.
func emptyReport(peers: [PeerStatus] = []) -> StatusReport {
  StatusReport(site: "LYO", version: "1.4.2", protocolVersion: 1, writtenAt: noon, peers: peers)
}

/// One report for every sentence of every finding; the tests check that none is missing.
func troubledReports() -> [StatusReport] {
  func changed(_ change: (inout StatusReport) -> Void) -> StatusReport {
    var report = wellReport()
    change(&report)
    return report
  }
  func peer(_ change: (inout PeerStatus) -> Void) -> StatusReport {
    var first = livePeer("MAD", name: "Madrid")
    change(&first)
    return wellReport(peers: [first, livePeer()])
  }
  let node = [
    changed { $0.nodeState = .stopped },
    StatusReport(site: "LYO", version: "1.4.2", protocolVersion: 1, nodeState: .stopped, writtenAt: nil),
    changed { $0.nodeState = .notAnswering },
    changed {
      $0.nodeState = .notAnswering
      $0.holderProcess = 4242
    },
    changed { $0.store.writesRefused = .diskFull }, changed { $0.store.writesRefused = .inputOutput },
    changed { $0.store.writesRefused = .damaged },
    changed { $0.store.diskFreeBytes = 900 << 20 }, changed { $0.store.diskFreeBytes = 100 << 20 },
    changed { $0.store.walBytes = 300 << 20 }, changed { $0.store.lastBackupAt = ago(8 * 86_400) },
    changed { $0.store.lastBackupAt = nil },
  ]
  let operations = [
    changed { $0.balance = uneven([("LYO", 2.4), ("MAD", 0.9)]) }, changed { $0.balance = uneven([("MAD", 0.31)]) },
    changed { $0.balance = uneven([(nil, 1.6), ("MAD", 0.79)]) }, changed { $0.balance = uneven([(nil, 0.2)]) },
    changed { $0.operations.deferredOfNewerKind = 1 }, changed { $0.operations.deferredUndecodable = 3 },
    changed { $0.operations.heldOfUnknownStreams = 2 },
    changed {
      $0.operations.forkProofs = [ForkProofStatus(site: "MAD", stream: "abcdef0123", sequence: 9, machines: [])]
    },
    changed {
      $0.operations.forkProofs = [
        ForkProofStatus(site: "LYO", stream: "abcdef0123", sequence: 9, machines: ["lyon-1", "lyon-copy"])
      ]
    },
    changed { $0.onlyHere = OnlyHereStatus(operations: 3, since: ago(1500)) },
    changed { $0.onlyHere = OnlyHereStatus(operations: 3) },
    changed { $0.tickets.unassignedPastLimit = 2 },
    changed {
      $0.tickets.unassignedPastLimit = 2
      $0.tickets.unassignedOldestSeconds = 4000
    },
    changed { $0.tickets.unservable = 2 },
    changed {
      $0.tickets.unservable = 1
      $0.tickets.unservableExample = "LYO-12 no_skill"
    },
    changed { $0.conflictsOpen = 25 },
    changed {
      $0.conflictsOpen = 1
      $0.conflictsOldestSeconds = 100_000
    },
  ]
  let links = [
    wellReport(peers: [downPeer(), livePeer()]),
    peer { $0.link = .down },
    peer {
      $0.link = .connecting
      $0.lastContactSeconds = nil
      $0.outOperations = nil
    },
    peer { $0.link = .keyRefused }, peer { $0.link = .paused },
    peer {
      $0.outOperations = 40
      $0.oldestOutSeconds = 700
    },
    peer { $0.lagSeconds = 3000 }, peer { $0.digest = .different }, peer { $0.refusedOperations = 4 },
    peer { $0.clockOffsetSeconds = 700 }, peer { $0.clockOffsetSeconds = -6 },
    changed { for index in $0.peers.indices { $0.peers[index].clockOffsetSeconds = 8 } },
    changed { for index in $0.peers.indices { $0.peers[index].clockOffsetSeconds = -700 } },
  ]
  return node + operations + links + troubledIdentities() + troubledFlows()
}

private func troubledIdentities() -> [StatusReport] {
  func changed(_ change: (inout IdentityStatus) -> Void) -> StatusReport {
    var report = wellReport()
    var identity = IdentityStatus(isSettled: true, isWitnessWritten: true, isStrangerRefused: true)
    change(&identity)
    report.identity = identity
    return report
  }
  let reasons = FindingKind.newIncarnation.sentences.filter { !["since", "not_settled"].contains($0) }
  return [
    changed { $0.isStrangerRefused = false }, changed { $0.isWitnessWritten = false },
    changed {
      $0.newIncarnationSince = ago(30 * 86_400)
      $0.isSettled = false
    },
  ]
    + reasons.map { reason in
      changed {
        $0.newIncarnationSince = ago(600)
        $0.newIncarnationReason = reason
      }
    }
}

private func troubledFlows() -> [StatusReport] {
  func peer(_ change: (inout PeerStatus) -> Void) -> StatusReport {
    var first = livePeer("MAD", name: "Madrid")
    change(&first)
    return wellReport(peers: [first, livePeer()])
  }
  var distant = wellReport()
  distant.holdings = [HoldingStatus(site: "QUI", name: "Quito", lacksOperations: 12, oldestSeconds: 7200)]
  let parted = ["wrong_cluster", "protocol_range", "revoked", "wrong_node"].map { reason in
    peer {
      $0.link = .down
      $0.partedBecause = reason
    }
  }
  return parted + [
    distant,
    peer {
      $0.link = .paused
      $0.pause = PauseStatus(by: "Ana Ruiz", since: ago(3600))
    },
    peer {
      $0.link = .paused
      $0.pause = PauseStatus(console: "LYO")
    },
    peer {
      $0.outOperations = 40
      $0.flow = PeerFlow(outPerSecond: 0, stalledSeconds: 90)
    },
    peer {
      $0.outOperations = 40
      $0.flow = PeerFlow(outPerSecond: 0, creditOutBytes: 0, stalledSeconds: 90)
    },
    peer { $0.isLoadImplausible = true },
    peer {
      $0.refusedFrames = ["garbage": 3, "gap": 0, "inflation": 1]
      $0.lastRefusedFrameSeconds = 20
    },
  ]
}

/// Sites with these indexes of their medians, all of them measured on 48 tickets; outside of 0.8…1.25 is uneven.
func uneven(_ sites: [(code: String?, index: Double)]) -> BalanceStatus {
  BalanceStatus(
    measuredAt: ago(60),
    sites: sites.map { site in
      BalanceStatus.SiteFigures(
        site: site.code, name: site.code.map { _ in "Office" }, waiting: 3, onShift: 2, expectedWaitSeconds: 900,
        indexMedian: site.index, indexP90: 1, count: 48, isUneven: !(0.8...1.25).contains(site.index))
    })
}
