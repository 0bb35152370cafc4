/// The status as OpenMetrics text (openmetrics.io, version 1.0). What is not known has no sample at all.
package enum StatusMetrics {
  /// - Parameter isWhole: ends with `# EOF`; pass false to add families of one's own after it.
  package static func render(
    _ report: StatusReport, limits: StatusLimits = StatusLimits(), isWhole: Bool = true
  ) -> String {
    let families = nodeFamilies(report, limits) + storeFamilies(report) + peerFamilies(report)
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
        "relevo_stream_head", .gauge, "Sequence of the last operation held of each stream.",
        (report.heads ?? [:]).sorted { $0.key < $1.key }.map { Sample(site + [("stream", $0.key)], String($0.value)) }),
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
    let suffix = kind == .information ? "_info" : ""
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
