import Logging
import OperationLog
import Replication
import SiteEngine
import Status
import Store

/// Links that a person stopped: remembered across restarts, with who did it and when.
extension RunningNode {
  private static let pausedLinks = "paused_links"
  private static let nameBytesMax = 200

  /// Stops exchanging with a neighbour until somebody resumes the link; the order outlives a restart.
  ///
  /// - Parameter person: who asks, by name; nil for this node's command line.
  func pauseLink(to node: NodeID, person: String?) async throws {
    let by = person.map { String($0.prefix(60)) }
    let pause = PauseStatus(
      by: by, console: by == nil ? configuration.site : nil, since: UTCMoment(milliseconds: clock.wall))
    // Whoever paused it first stays named.
    if watch.pause(of: node) == nil { watch.setPause(pause, of: node) }
    try await savePauses()
    engine.tell(.paused(node))
  }

  /// Exchanges with a paused neighbour again.
  func resumeLink(to node: NodeID) async throws {
    watch.setPause(nil, of: node)
    try await savePauses()
    engine.tell(.resumed(node))
  }

  private func savePauses() async throws {
    var writer = ByteWriter()
    let pauses = watch.pauses
    writer.varint(UInt64(pauses.count))
    for (node, pause) in pauses {
      writer.identifier(node)
      writer.text(pause.by ?? "")
      writer.text(pause.console ?? "")
      writer.varint(UInt64(clamping: pause.since?.milliseconds ?? 0))
    }
    try await store.setLocalSetting(Self.pausedLinks, writer.bytes)
  }

  /// Stops the links again that were stopped before the restart; called before the neighbours are dialled.
  func restorePauses() async throws {
    guard let bytes = try await store.localSetting(Self.pausedLinks) else { return }
    var reader = ByteReader(bytes)
    do {
      for _ in 0..<(try reader.count(limit: 5_000)) {
        let node = try reader.identifier(NodeID.self)
        let by = try reader.text(limit: Self.nameBytesMax * 4)
        let console = try reader.text(limit: Self.nameBytesMax)
        let since = Int64(clamping: try reader.varint())
        watch.setPause(
          PauseStatus(
            by: by.isEmpty ? nil : by, console: console.isEmpty ? nil : console,
            since: since > 0 ? UTCMoment(milliseconds: since) : nil), of: node)
        engine.tell(.paused(node))
      }
    } catch {
      logger.error("which links were paused could not be read, so they are dialled: \(error)")
    }
  }
}
