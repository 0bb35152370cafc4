import Foundation
import Glibc
import Logging
import OperationLog
import Replication
import SiteEngine
package import Status
import Store
import Synchronization
import Texts

extension RunningNode {
  /// How often the status is written to disk for the time when the node is stopped; the links are looked at every second.
  private static let statusSeconds = 10
  /// With more open conflicts than this nobody counts them by office.
  private static let conflictsMax = 200
  static let lastBackup = "last_backup_at"

  /// Writes `status.json` and remembers peers, until cancelled.
  func keepStatus() async throws {
    let state = try await store.digest()
    if state.vector == engine.heldVector() { engine.tell(.stateChanged(digest: state.digest, load: [])) }
    var second = 0
    while !Task.isCancelled {
      watch.note(engine.peerFigures(), now: clock.now)
      if second % 2 == 0 { await countConflicts() }
      if second % Self.statusSeconds == 0 {
        await writeStatusFile()
        await saveRememberedPeers()
        if caughtUp() { await clearAwaitingCatchUp() }
      }
      second += 1
      try await Task.sleep(for: .seconds(1))
    }
  }

  /// Counts open conflicts by the node that wrote one of the values, when the state changed since the last time.
  private func countConflicts() async {
    do {
      let digest = try await store.digest().digest
      guard watch.conflictsDigest != digest, try await store.conflictCount() <= Self.conflictsMax else { return }
      var counts: [NodeID: Int64] = [:]
      for row in try await store.conflictedTickets(limit: Self.conflictsMax) {
        guard let detail = try await store.detail(row.id) else { continue }
        for conflict in detail.conflicts {
          for node in Set(conflict.choices.map(\.node)) { counts[node, default: 0] += 1 }
        }
      }
      watch.setConflicts(counts, digest: digest)
    } catch {
      logger.warning("open conflicts could not be counted by office: \(error)")
    }
  }

  private func clearAwaitingCatchUp() async {
    do {
      if try await store.localSetting(Self.awaitingCatchUp) != nil {
        try await store.removeLocalSetting(Self.awaitingCatchUp)
      }
    } catch {
      logger.warning("could not note that the node has caught up: \(error)")
    }
  }

  func writeStatusFile() async {
    let report = await statusReport()
    let bytes = StatusJSON.bytes(report, format: ReaderFormat.english(now: clock.wall))
    let path = directory.path + "/status.json"
    do {
      try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      logger.warning("the status could not be written to \(path): \(error.localizedDescription)")
    }
  }

  /// The present status: figures of the links from memory, those of the store in one read.
  package func statusReport() async -> StatusReport {
    let now = clock.wall
    let names = directoryNames()
    var report = StatusReport(
      site: configuration.site, siteName: names.siteNames[configuration.site],
      role: foundedHere ? .central : .branch, node: keys.node.description,
      version: Self.version, protocolVersion: Int(LocalNode.protocolMax), nodeState: .running,
      writtenAt: UTCMoment(milliseconds: now), uptimeSeconds: (now - startedAt) / 1000)
    let onlyHere = engine.onlyHere()
    report.onlyHere = OnlyHereStatus(
      operations: Int64(clamping: onlyHere.operations), since: onlyHere.since.map { UTCMoment(milliseconds: $0) })
    do {
      let figures = try await store.figures(now: now)
      report.stateDigest = figures.digest.description
      report.heads = Dictionary(
        figures.vector.sorted.map { ($0.stream.description, $0.sequence) }, uniquingKeysWith: { first, _ in first })
      report.conflictsOpen = Int64(figures.conflictsOpen)
      report.operations = OperationsStatus(
        deferredOfNewerKind: Int64(figures.deferredCount - figures.undecodableCount),
        deferredUndecodable: Int64(figures.undecodableCount), heldOfUnknownStreams: Int64(figures.heldRunCount),
        forkProofs: try await forkProofs())
      report.tickets = try await ticketsStatus(figures)
      report.store = try await storeStatus(figures)
      report.peers = peers(now: now, figures: figures, names: names)
      report.holdings = holdings(now: now, names: names)
      report.identity = identityStatus()
      report.balance = balanceWatch.latest
    } catch {
      logger.error("the status could not read the store: \(error)")
      // What is not known is no finding, but that it cannot be known is one.
      if !(error is CancellationError) { report.store.writesRefused = writesRefused ?? .damaged }
    }
    return report
  }

  /// True at the node that wrote the cluster's first operation.
  private func ticketsStatus(_ figures: StoreFigures) async throws -> TicketsStatus {
    let unservable = desk.unservableTickets
    var example: String?
    if let first = unservable.examples.first, let row = try await store.row(first.ticket) {
      example = "\(row.number) \(first.reason)"
    }
    return TicketsStatus(
      unassignedPastLimit: Int64(figures.unassignedOverdue), unservable: Int64(unservable.count),
      unservableExample: example)
  }

  private var writesRefused: Status.WriteRefusal? {
    store.writeRefusal.map { refusal in
      switch refusal {
      case .diskFull: .diskFull
      case .inputOutput: .inputOutput
      case .damaged: .damaged
      }
    }
  }

  private var foundedHere: Bool { FileManager.default.fileExists(atPath: directory.path + "/founder") }

  private func storeStatus(_ figures: StoreFigures) async throws -> StoreStatus {
    var disk = statvfs()
    let isKnown = statvfs(directory.path, &disk) == 0
    let backup = try await store.localSetting(Self.lastBackup).flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
    let created =
      // Unknown is nil.
      try? FileManager.default.attributesOfItem(atPath: directory.path + "/node.json")[.creationDate] as? Date
    return StoreStatus(
      databaseBytes: figures.databaseBytes, walBytes: figures.walBytes,
      diskFreeBytes: isKnown ? Int64(clamping: UInt64(disk.f_bavail) * UInt64(disk.f_frsize)) : nil,
      diskTotalBytes: isKnown ? Int64(clamping: UInt64(disk.f_blocks) * UInt64(disk.f_frsize)) : nil,
      lastBackupAt: backup.map { UTCMoment(milliseconds: $0) },
      createdAt: (created ?? nil).map { UTCMoment(milliseconds: Int64($0.timeIntervalSince1970 * 1000)) },
      writesRefused: writesRefused)
  }

  private func peers(now: Int64, figures: StoreFigures, names: DirectoryNames) -> [PeerStatus] {
    let ownVector = engine.vectorDigest()
    var peers = engine.peerFigures().filter(\.isNeighbour).map { peer in
      var digest = DigestComparison.notComparable
      if let theirs = peer.stateDigest, peer.vectorDigest == ownVector, engine.heldVector() == figures.vector {
        digest = theirs == figures.digest ? .equal : .different
      }
      let code = names.codes[peer.node] ?? peer.site
      let watched = watch.flow(of: peer, now: clock.now)
      return PeerStatus(
        site: code, name: names.siteNames[code], link: PeerLink(rawValue: peer.link.word) ?? .down,
        outOperations: peer.outOperations.map { Int64(clamping: $0) },
        oldestOutSeconds: peer.outOperations == 0 ? nil : peer.outSince.map { max(0, now - $0) / 1000 },
        inOperations: peer.inOperations.map { Int64(clamping: $0) },
        lagSeconds: peer.inOperations.map { $0 == 0 ? 0 : Double(max(0, now - (peer.inSince ?? now))) / 1000 },
        backlogBytes: peer.backlogBytes.map { Int64(clamping: $0) },
        rttSeconds: peer.rttMilliseconds.map { Double($0) / 1000 },
        lastContactSeconds: peer.lastContact.map { max(0, now - $0) / 1000 },
        clockOffsetSeconds: peer.clockOffsetMilliseconds.map { Double($0) / 1000 }, version: peer.program,
        protocolVersion: peer.protocolVersion.map(Int.init),
        conflictsOpen: figures.conflictsOpen == 0 ? 0 : watch.conflicts(of: peer.node, digest: figures.digest),
        digest: digest, refusedOperations: Int64(clamping: peer.counters.runsRefused), flow: watched.flow,
        pause: peer.link == .paused ? watch.pause(of: peer.node) : nil,
        refusedFrames: StatusWatch.refusedFrames(peer.counters), lastRefusedFrameSeconds: watched.lastRefusedSeconds,
        isLoadImplausible: desk.isLoadImplausible(peer.node),
        // Where both sides turn each other away, only what was said ourselves is known.
        partedBecause: (peer.lastBye ?? peer.lastByeSent).map(\.word))
    }
    for site in names.unknownNeighbours {
      peers.append(PeerStatus(site: site, name: names.siteNames[site], link: .connecting))
    }
    return peers
  }

  /// What nodes we have no link to are known to hold, by what others tell of them.
  private func holdings(now: Int64, names: DirectoryNames) -> [HoldingStatus] {
    let neighbours = Set(engine.peerFigures().filter(\.isNeighbour).map(\.node))
    return engine.distantFigures().compactMap { distant in
      guard !neighbours.contains(distant.node), let code = names.codes[distant.node] else { return nil }
      return HoldingStatus(
        site: code, name: names.siteNames[code], lacksOperations: Int64(clamping: distant.outOperations),
        // It has been silent about them at least since it spoke last.
        oldestSeconds: distant.outOperations == 0 ? nil : max(0, now - distant.statedWall) / 1000)
    }
  }
}

extension ByeReason {
  /// The fixed word of the status JSON; a number for reasons of a newer version.
  var word: String { self == .protocolRange ? "protocol_range" : description }
}

extension ReaderFormat {
  /// English in UTC: what files and machines get.
  static func english(now: Int64) -> ReaderFormat {
    ReaderFormat(language: .english, zone: .utc, nowMilliseconds: now)
  }
}
