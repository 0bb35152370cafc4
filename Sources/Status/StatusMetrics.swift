/// The status as OpenMetrics text (openmetrics.io, version 1.0). What is not known has no sample at all.
package enum StatusMetrics {
  /// - Parameter isWhole: ends with `# EOF`; pass false to add families of one's own after it.
  package static func render(
    _ report: StatusReport, limits: StatusLimits = StatusLimits(), isWhole: Bool = true
  ) -> String {
    let families =
      nodeFamilies(report, limits) + identityFamilies(report) + storeFamilies(report) + peerFamilies(report)
      + flowFamilies(report) + balanceFamilies(report)
    return families.map(\.text).joined() + (isWhole ? "# EOF\n" : "")
  }

  private static func nodeFamilies(_ report: StatusReport, _ limits: StatusLimits) -> [Family] {
    let site = [("site", report.site)]
    return [
      Family(
        "relevo_build", .information, "Version of the program and of the protocol.",
        [Sample(site + [("version", report.version), ("protocol", String(report.protocolVersion))], "1")]),
      Family(
        "relevo_status_level", .gauge, "0 ok, 1 warning, 2 critical, 3 unknown: the exit code of relevo status.",
        [Sample(site, String(report.level(limits: limits).exitCode))]),
      Family(
        "relevo_finding_level", .gauge, "Level of each finding, with the name of its runbook.",
        report.findings(limits: limits).map { finding in
          Sample(
            site + [("name", finding.kind.rawValue), ("peer", finding.peer ?? "")], String(finding.level.exitCode))
        }),
      Family(
        "relevo_uptime_seconds", .gauge, "Since the node started.", unit: "seconds",
        [Sample(site, report.uptimeSeconds)]),
      Family(
        "relevo_only_here_operations", .gauge, "Operations no other node has acknowledged.",
        [Sample(site, report.onlyHere.operations)]),
      Family("relevo_conflicts_open", .gauge, "Fields with more than one value.", [Sample(site, report.conflictsOpen)]),
      Family(
        "relevo_operations_deferred", .gauge, "Operations stored and forwarded but not folded in, by reason.",
        [
          Sample(site + [("reason", "newer_kind")], report.operations.deferredOfNewerKind),
          Sample(site + [("reason", "undecodable")], report.operations.deferredUndecodable),
          Sample(site + [("reason", "unknown_stream")], report.operations.heldOfUnknownStreams),
        ]),
      Family(
        "relevo_tickets_unassigned_past_limit", .gauge, "Tickets without an owner for too long.",
        [Sample(site, report.tickets.unassignedPastLimit)]),
      Family(
        "relevo_tickets_unservable", .gauge, "Tickets that nobody can serve as things are.",
        [Sample(site, report.tickets.unservable)]),
      Family(
        "relevo_stream_head", .gauge, "Sequence of the last operation held of each stream.",
        (report.heads ?? [:]).sorted { $0.key < $1.key }.map { Sample(site + [("stream", $0.key)], String($0.value)) }),
    ]
  }

  private static func identityFamilies(_ report: StatusReport) -> [Family] {
    let site = [("site", report.site)]
    func flag(_ value: Bool?) -> Int64? { value.map { $0 ? 1 : 0 } }
    return [
      Family(
        "relevo_synced", .gauge, "1 when every peer is known to have all of ours and we all of theirs.",
        [Sample(site, report.peers.isEmpty ? nil : flag(report.isSynced))]),
      Family(
        "relevo_fork_proofs", .gauge, "Streams that were written by two machines.",
        [Sample(site, report.operations.forkProofs.map { Int64($0.count) })]),
      Family(
        "relevo_stranger_refused", .gauge, "1 when a key outside the cluster was turned away at the start.",
        [Sample(site, flag(report.identity?.isStrangerRefused))]),
      Family(
        "relevo_witness_written", .gauge, "1 when the witness file could be written at the last commit.",
        [Sample(site, flag(report.identity?.isWitnessWritten))]),
      Family(
        "relevo_incarnation_settled", .gauge, "0 while a new stream has not synchronised with every member.",
        [Sample(site, flag(report.identity?.isSettled))]),
      Family(
        "relevo_site_lacks_operations", .gauge, "What sites without a direct link have not said they hold.",
        (report.holdings ?? []).map { Sample(site + [("peer", $0.site)], $0.lacksOperations) }),
    ]
  }

  private static func balanceFamilies(_ report: StatusReport) -> [Family] {
    let sites = report.balance?.sites ?? []
    func labels(_ figures: BalanceStatus.SiteFigures) -> [(String, String)] { [("site", figures.site ?? "remote")] }
    func family<Value>(
      _ name: String, _ help: String, unit: String? = nil, _ value: (BalanceStatus.SiteFigures) -> Value?,
      _ sample: ([(String, String)], Value?) -> Sample
    ) -> Family {
      Family(name, .gauge, help, unit: unit, sites.map { sample(labels($0), value($0)) })
    }
    return [
      Family(
        "relevo_equal_service_index", .gauge,
        "The site's wait for the first answer of a person relative to the company's, last four weeks.",
        sites.flatMap { figures in
          [
            Sample(labels(figures) + [("quantile", "0.5")], figures.indexMedian),
            Sample(labels(figures) + [("quantile", "0.9")], figures.indexP90),
          ]
        }),
      family("relevo_equal_service_tickets", "Tickets the index stands on.", \.count) { Sample($0, $1) },
      family(
        "relevo_expected_wait_seconds", "How long a ticket that arrives now waits for a person.", unit: "seconds",
        \.expectedWaitSeconds
      ) { Sample($0, $1) },
      family("relevo_tickets_waiting", "Open tickets of the site's people that nobody has.", \.waiting) {
        Sample($0, $1)
      },
      family("relevo_agents_on_shift", "Agents of the site who take work now.", \.onShift) { Sample($0, $1) },
    ]
  }

  private static func flowFamilies(_ report: StatusReport) -> [Family] {
    let peers = report.peersWorstFirst
    func labels(_ peer: PeerStatus) -> [(String, String)] { [("site", report.site), ("peer", peer.site)] }
    func both(
      _ name: String, kind: Family.Kind = .gauge, _ help: String, unit: String? = nil,
      _ out: (PeerStatus) -> Double?, _ incoming: (PeerStatus) -> Double?
    ) -> Family {
      Family(
        name, kind, help, unit: unit,
        peers.flatMap { peer in
          [
            Sample(labels(peer) + [("direction", "out")], out(peer)),
            Sample(labels(peer) + [("direction", "in")], incoming(peer)),
          ]
        })
    }
    return [
      both(
        "relevo_peer_operations_per_second", "Operations sent or received a second.",
        { $0.flow?.outPerSecond }, { $0.flow?.inPerSecond }),
      both(
        "relevo_peer_left_seconds", "Until nothing waits, at the present rate.", unit: "seconds",
        { $0.outSecondsLeft }, { $0.inSecondsLeft }),
      both(
        "relevo_peer_credit_bytes", "What may still be sent before the reader allows more.", unit: "bytes",
        { $0.flow?.creditOutBytes.map(Double.init) }, { $0.flow?.creditInBytes.map(Double.init) }),
      both(
        "relevo_peer_traffic_operations", kind: .counter,
        "Operations sent and received since the start.",
        { $0.flow?.sent.map { Double($0.operations) } }, { $0.flow?.received.map { Double($0.operations) } }),
      both(
        "relevo_peer_traffic_bytes", kind: .counter, "Bytes of frames sent and received since the start.",
        unit: "bytes",
        { $0.flow?.sent.map { Double($0.bytes) } }, { $0.flow?.received.map { Double($0.bytes) } }),
      Family(
        "relevo_peer_stalled_seconds", .gauge, "Since anything that waits was acknowledged.", unit: "seconds",
        peers.map { Sample(labels($0), $0.flow?.stalledSeconds) }),
      Family(
        "relevo_peer_digest", .stateSet, "How the peer's state digest compares with ours.",
        peers.filter { $0.digest != nil }.flatMap { peer in
          DigestComparison.allCases.map { comparison in
            Sample(
              labels(peer) + [("relevo_peer_digest", comparison.rawValue)], comparison == peer.digest ? "1" : "0")
          }
        }),
      Family(
        "relevo_peer_paused_timestamp_seconds", .gauge, "Since when a person has stopped the link.", unit: "seconds",
        peers.map { Sample(labels($0), $0.pause?.since.map { $0.milliseconds / 1000 }) }),
      Family(
        "relevo_peer_refused_frames", .gauge, "Frames refused since the start, by reason.",
        peers.flatMap { peer in
          (peer.refusedFrames ?? [:]).sorted { $0.key < $1.key }.map {
            Sample(labels(peer) + [("reason", $0.key)], $0.value)
          }
        }),
    ]
  }

  private static func storeFamilies(_ report: StatusReport) -> [Family] {
    let site = [("site", report.site)]
    return [
      Family(
        "relevo_database_bytes", .gauge, "Size of the database file.", unit: "bytes",
        [Sample(site, report.store.databaseBytes)]),
      Family(
        "relevo_wal_bytes", .gauge, "Size of the write-ahead log.", unit: "bytes", [Sample(site, report.store.walBytes)]
      ),
      Family(
        "relevo_disk_free_bytes", .gauge, "Free on the file system of the data directory.", unit: "bytes",
        [Sample(site, report.store.diskFreeBytes)]),
      Family(
        "relevo_last_backup_timestamp_seconds", .gauge, "When the last backup ended, since 1970.", unit: "seconds",
        [Sample(site, report.store.lastBackupAt.map { $0.milliseconds / 1000 })]),
    ]
  }

  private static func peerFamilies(_ report: StatusReport) -> [Family] {
    let peers = report.peersWorstFirst
    func family(
      _ name: String, _ help: String, unit: String? = nil, _ sample: (PeerStatus, [(String, String)]) -> Sample
    ) -> Family {
      Family(
        name, .gauge, help, unit: unit, peers.map { sample($0, [("site", report.site), ("peer", $0.site)]) })
    }
    return [
      Family(
        "relevo_peer_link", .stateSet, "State of the connection to each peer.",
        peers.flatMap { peer in
          PeerLink.allCases.map { link in
            Sample(
              [("site", report.site), ("peer", peer.site), ("relevo_peer_link", link.rawValue)],
              link == peer.link ? "1" : "0")
          }
        }),
      family("relevo_peer_out_operations", "Operations the peer has not acknowledged.") {
        Sample($1, $0.outOperations)
      },
      family("relevo_peer_oldest_out_seconds", "Age of the oldest of them.", unit: "seconds") {
        Sample($1, $0.oldestOutSeconds)
      },
      family("relevo_peer_in_operations", "Operations the peer has and we lack.") { Sample($1, $0.inOperations) },
      family("relevo_peer_lag_seconds", "How far our copy of the peer is behind.", unit: "seconds") {
        Sample($1, $0.lagSeconds)
      },
      family("relevo_peer_backlog_bytes", "Encoded size of what waits for the peer.", unit: "bytes") {
        Sample($1, $0.backlogBytes)
      },
      family("relevo_peer_rtt_seconds", "Round trip.", unit: "seconds") { Sample($1, $0.rttSeconds) },
      family("relevo_peer_last_contact_seconds", "Since the last frame from the peer.", unit: "seconds") {
        Sample($1, $0.lastContactSeconds)
      },
      family("relevo_peer_clock_offset_seconds", "The peer's clock minus ours.", unit: "seconds") {
        Sample($1, $0.clockOffsetSeconds)
      },
      family("relevo_peer_conflicts_open", "Open conflicts with changes of the peer.") { Sample($1, $0.conflictsOpen) },
      family("relevo_peer_refused_operations", "Operations refused since the start.") {
        Sample($1, $0.refusedOperations)
      },
    ]
  }
}

/// One measured value; nil when it is not known.
private struct Sample {
  let labels: [(String, String)]
  let value: String?

  init(_ labels: [(String, String)], _ value: String) {
    self.labels = labels
    self.value = value
  }

  init(_ labels: [(String, String)], _ value: Int64?) {
    self.labels = labels
    self.value = value.map { String($0) }
  }

  init(_ labels: [(String, String)], _ value: Double?) {
    self.labels = labels
    self.value = value.flatMap { $0.isFinite ? String($0) : nil }
  }
}

/// A metric family: its metadata is written only when it has a sample.
private struct Family {
  enum Kind: String {
    case gauge
    case counter
    case information = "info"
    case stateSet = "stateset"
  }

  let name: String
  let kind: Kind
  let help: String
  let unit: String?
  let samples: [Sample]

  init(_ name: String, _ kind: Kind, _ help: String, unit: String? = nil, _ samples: [Sample]) {
    self.name = name
    self.kind = kind
    self.help = help
    self.unit = unit
    self.samples = samples
  }

  var text: String {
    let suffix =
      switch kind {
      case .information: "_info"
      case .counter: "_total"
      case .gauge, .stateSet: ""
      }
    let lines = samples.compactMap { sample in
      sample.value.map { value in
        let labels = sample.labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
        return "\(name)\(suffix){\(labels)} \(value)\n"
      }
    }
    guard !lines.isEmpty else { return "" }
    let unitLine = unit.map { "# UNIT \(name) \($0)\n" } ?? ""
    return "# TYPE \(name) \(kind.rawValue)\n\(unitLine)# HELP \(name) \(help)\n" + lines.joined()
  }

  private static func escaped(_ text: String) -> String {
    text.map { character in
      switch character {
      case "\\": "\\\\"
      case "\"": "\\\""
      default: character.isNewline ? "\\n" : String(character)
      }
    }.joined()
  }
}
