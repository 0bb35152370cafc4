import Foundation
import Node
import Status
import Texts

/// Where the status comes from: the running node, or what it left on disk.
struct StatusSource {
  /// The node answers from memory; a monitoring system waits no longer than this either.
  private static let timeoutSeconds: Double = 2

  let configuration: NodeConfiguration

  /// A report, and the bytes a running node sent.
  struct Reading {
    var report: StatusReport
    var bytes: Data?

    /// Every neighbour is known to hold what we hold, and we what they hold.
    var isSynced: Bool { report.nodeState == .running && report.isSynced }
  }

  func read() -> Reading {
    let client = ControlClient(
      dataDirectory: configuration.dataDirectory, language: Terminal.language.rawValue)
    do {
      let answer = try client.send("GET", "/api/v1/status", timeoutSeconds: Self.timeoutSeconds)
      let bytes = Data(answer.body)
      if answer.status == 200 {
        return Reading(report: try JSONDecoder().decode(StatusReport.self, from: bytes), bytes: bytes)
      }
      StandardError.write("The node answered its status with \(answer.status); showing the last state written to disk.")
      return Reading(report: lastWritten(.notAnswering))
    } catch ControlFailure.notRunning {
      let isHeld = DataDirectory.isHeld(configuration.dataDirectory)
      return Reading(report: lastWritten(isHeld ? .notAnswering : .stopped))
    } catch {
      StandardError.write(String(describing: error))
      return Reading(report: lastWritten(.notAnswering))
    }
  }

  /// The report of a running node; nil when it does not answer.
  func running() -> StatusReport? {
    let client = ControlClient(dataDirectory: configuration.dataDirectory)
    // Whoever asks this way has its own words for a node that does not answer.
    guard let answer = try? client.send("GET", "/api/v1/status", timeoutSeconds: Self.timeoutSeconds) else {
      return nil
    }
    // Another version's answer is as good as none here.
    return try? JSONDecoder().decode(StatusReport.self, from: Data(answer.body))
  }

  private func lastWritten(_ state: NodeState) -> StatusReport {
    var report =
      written()
      ?? StatusReport(
        site: configuration.site, version: RunningNode.version, protocolVersion: 0, writtenAt: nil)
    report.nodeState = state
    report.uptimeSeconds = nil
    report.holderProcess = state == .notAnswering ? DataDirectory.holder(configuration.dataDirectory) : nil
    return report
  }

  private func written() -> StatusReport? {
    let path = configuration.dataDirectory + "/status.json"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      return try JSONDecoder().decode(StatusReport.self, from: try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      StandardError.write("\(path) cannot be read: \(error.localizedDescription)")
      return nil
    }
  }
}
