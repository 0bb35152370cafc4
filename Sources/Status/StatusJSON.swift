package import Texts

/// The status JSON: the fixed fields of the interface in their order, then the additions, in every object.
///
/// `StatusReport` reads it back. Every field is always present; what is not known is `null`.
package enum StatusJSON {
  /// UTF-8 of one object without line breaks inside, ending in one.
  ///
  /// - Parameter format: the language of messages; moments inside them are RFC 3339 whatever the reader's zone.
  package static func bytes(
    _ report: StatusReport, format: ReaderFormat, limits: StatusLimits = StatusLimits()
  ) -> [UInt8] {
    var json = JSONBytes()
    json.object { json in
      fixedMembers(report, to: &json)
      json.key("checks")
      json.array(report.findings(limits: limits)) { json, finding in check(finding, format, to: &json) }
      json.member("level", report.level(limits: limits).rawValue)
      additions(report, to: &json)
    }
    return json.bytes + [UInt8(ascii: "\n")]
  }

  /// The same as `bytes`, as text.
  package static func render(
    _ report: StatusReport, format: ReaderFormat, limits: StatusLimits = StatusLimits()
  ) -> String {
    String(decoding: bytes(report, format: format, limits: limits), as: UTF8.self)
  }

  private static func fixedMembers(_ report: StatusReport, to json: inout JSONBytes) {
    json.member("schema", report.schema)
    json.member("site", report.site)
    json.member("node", report.node)
    json.member("version", report.version)
    json.member("protocol", report.protocolVersion)
    json.member("uptime_seconds", report.uptimeSeconds)
    json.member("state_digest", report.stateDigest)
    json.key("heads")
    if let heads = report.heads {
      json.object { json in
        for (stream, sequence) in heads.sorted(by: { $0.key < $1.key }) { json.member(stream, sequence) }
      }
    } else {
      json.null()
    }
    json.key("peers")
    json.array(report.peersWorstFirst) { json, peer in append(peer, to: &json) }
    json.key("only_here")
    json.object { json in
      json.member("operations", report.onlyHere.operations)
      json.member("since", report.onlyHere.since)
    }
    json.member("conflicts_open", report.conflictsOpen)
    json.key("store")
    json.object { json in append(report.store, to: &json) }
    json.key("mail")
    if let mail = report.mail {
      json.object { json in
        json.member("outbox_messages", mail.outboxMessages)
        json.member("outbox_oldest_seconds", mail.outboxOldestSeconds)
      }
    } else {
      json.null()
    }
  }

  private static func append(_ peer: PeerStatus, to json: inout JSONBytes) {
    json.object { json in
      json.member("site", peer.site)
      json.member("link", peer.link.rawValue)
      json.member("out_operations", peer.outOperations)
      json.member("oldest_out_seconds", peer.oldestOutSeconds)
      json.member("in_operations", peer.inOperations)
      json.member("lag_seconds", peer.lagSeconds)
      json.member("backlog_bytes", peer.backlogBytes)
      json.member("rtt_seconds", peer.rttSeconds)
      json.member("last_contact_seconds", peer.lastContactSeconds)
      json.member("clock_offset_seconds", peer.clockOffsetSeconds)
      json.member("version", peer.version)
      json.member("protocol", peer.protocolVersion)
      json.member("name", peer.name)
      json.member("conflicts_open", peer.conflictsOpen)
      json.member("digest", peer.digest?.rawValue)
      json.member("refused_operations", peer.refusedOperations)
      appendMore(peer, to: &json)
    }
  }

  private static func write(_ name: String, _ traffic: PeerTraffic?, into json: inout JSONBytes) {
    json.key(name)
    guard let traffic else { return json.null() }
    json.object { json in
      json.member("operations", traffic.operations)
      json.member("bytes", traffic.bytes)
    }
  }

  private static func appendMore(_ peer: PeerStatus, to json: inout JSONBytes) {
    json.key("flow")
    if let flow = peer.flow {
      json.object { json in
        json.member("out_per_second", flow.outPerSecond)
        json.member("in_per_second", flow.inPerSecond)
        json.member("credit_out_bytes", flow.creditOutBytes)
        json.member("credit_in_bytes", flow.creditInBytes)
        json.member("stalled_seconds", flow.stalledSeconds)
        write("sent", flow.sent, into: &json)
        write("received", flow.received, into: &json)
      }
    } else {
      json.null()
    }
    json.key("pause")
    if let pause = peer.pause {
      json.object { json in
        json.member("by", pause.by)
        json.member("console", pause.console)
        json.member("since", pause.since)
      }
    } else {
      json.null()
    }
    json.key("refused_frames")
    if let frames = peer.refusedFrames {
      json.object { json in
        for (reason, count) in frames.sorted(by: { $0.key < $1.key }) { json.member(reason, count) }
      }
    } else {
      json.null()
    }
    json.member("last_refused_frame_seconds", peer.lastRefusedFrameSeconds)
    json.member("is_load_implausible", peer.isLoadImplausible)
    json.member("parted_because", peer.partedBecause)
    json.member("out_seconds_left", peer.outSecondsLeft)
    json.member("in_seconds_left", peer.inSecondsLeft)
  }

  private static func append(_ store: StoreStatus, to json: inout JSONBytes) {
    json.member("database_bytes", store.databaseBytes)
    json.member("wal_bytes", store.walBytes)
    json.member("disk_free_bytes", store.diskFreeBytes)
    json.member("last_backup_at", store.lastBackupAt)
    json.member("disk_total_bytes", store.diskTotalBytes)
    json.member("created_at", store.createdAt)
    json.member("writes_refused", store.writesRefused?.rawValue)
  }

  private static func check(_ finding: Finding, _ format: ReaderFormat, to json: inout JSONBytes) {
    json.object { json in
      json.member("name", finding.kind.rawValue)
      json.member("level", finding.level.rawValue)
      json.member("message", finding.message(format, usesUTC: true))
      json.member("action", finding.action(format))
      json.member("runbook", finding.runbook)
      json.member("peer", finding.peer)
    }
  }

  private static func additions(_ report: StatusReport, to json: inout JSONBytes) {
    json.member("site_name", report.siteName)
    json.member("role", report.role?.rawValue)
    json.member("node_state", report.nodeState.rawValue)
    json.member("holder_process", report.holderProcess)
    json.member("written_at", report.writtenAt)
    json.member("conflicts_oldest_seconds", report.conflictsOldestSeconds)
    json.key("operations")
    json.object { json in
      json.member("deferred_of_newer_kind", report.operations.deferredOfNewerKind)
      json.member("deferred_undecodable", report.operations.deferredUndecodable)
      json.member("held_of_unknown_streams", report.operations.heldOfUnknownStreams)
      json.key("fork_proofs")
      if let proofs = report.operations.forkProofs {
        json.array(proofs) { json, proof in
          json.object { json in
            json.member("site", proof.site)
            json.member("stream", proof.stream)
            json.member("sequence", proof.sequence)
            json.key("machines")
            json.array(proof.machines) { json, machine in json.string(machine) }
          }
        }
      } else {
        json.null()
      }
    }
    json.key("tickets")
    json.object { json in
      json.member("unassigned_past_limit", report.tickets.unassignedPastLimit)
      json.member("unassigned_limit_seconds", report.tickets.unassignedLimitSeconds)
      json.member("unassigned_oldest_seconds", report.tickets.unassignedOldestSeconds)
      json.member("unservable", report.tickets.unservable)
      json.member("unservable_example", report.tickets.unservableExample)
    }
    places(report, to: &json)
    balance(report, to: &json)
  }

  private static func balance(_ report: StatusReport, to json: inout JSONBytes) {
    json.key("balance")
    guard let balance = report.balance else { return json.null() }
    json.object { json in
      json.member("measured_at", balance.measuredAt)
      json.key("sites")
      json.array(balance.sites) { json, site in
        json.object { json in
          json.member("site", site.site)
          json.member("name", site.name)
          json.member("waiting", site.waiting)
          json.member("on_shift", site.onShift)
          json.member("expected_wait_seconds", site.expectedWaitSeconds)
          json.member("index_median", site.indexMedian)
          json.member("index_p90", site.indexP90)
          json.member("count", site.count)
          json.member("is_uneven", site.isUneven)
        }
      }
    }
  }

  /// Sites without a direct link, and this node's identity.
  private static func places(_ report: StatusReport, to json: inout JSONBytes) {
    json.key("holdings")
    if let holdings = report.holdings {
      json.array(holdings) { json, holding in
        json.object { json in
          json.member("site", holding.site)
          json.member("name", holding.name)
          json.member("lacks_operations", holding.lacksOperations)
          json.member("oldest_seconds", holding.oldestSeconds)
        }
      }
    } else {
      json.null()
    }
    json.key("identity")
    if let identity = report.identity {
      json.object { json in
        json.member("new_incarnation_since", identity.newIncarnationSince)
        json.member("new_incarnation_reason", identity.newIncarnationReason)
        json.member("is_settled", identity.isSettled)
        json.member("is_witness_written", identity.isWitnessWritten)
        json.member("is_stranger_refused", identity.isStrangerRefused)
      }
    } else {
      json.null()
    }
  }
}
