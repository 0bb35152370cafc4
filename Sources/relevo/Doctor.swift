import CLibCrypto
import CZeroMQ
import Foundation
import GRDBSQLite
import Glibc
import Node
import Status
import Texts

/// The checks, each a question with a yes or no that the machine can answer at once.
struct Doctor {
  let path: String
  let reading: ConfigurationReading

  enum Level: String, Encodable {
    case ok, warning, critical

    var mark: String {
      switch self {
      case .ok: "●"
      case .warning: "▲"
      case .critical: "■"
      }
    }

    var exitCode: Int32 {
      switch self {
      case .ok: 0
      case .warning: 1
      case .critical: 2
      }
    }
  }

  struct Check: Encodable {
    var name: String
    var level: Level
    var found: String
    /// What to do about it; nil when all is right.
    var action: String?

    init(_ name: String, _ level: Level, _ found: String, action: String? = nil) {
      self.name = name
      self.level = level
      self.found = found
      self.action = action
    }
  }

  func checks() -> [Check] {
    var checks = [configurationCheck()]
    if let configuration = reading.configuration {
      checks.append(directoryCheck(configuration.dataDirectory))
      checks.append(keysCheck(configuration.dataDirectory))
      checks.append(diskCheck(configuration.dataDirectory))
      checks.append(fileSystemCheck(configuration.dataDirectory))
      checks.append(databaseCheck(configuration.dataDirectory))
      checks.append(nodeCheck(configuration))
      checks += portChecks(configuration)
      checks += certificateChecks(configuration)
      checks += peerChecks(configuration)
    }
    return checks + [clockCheck(), entropyCheck(), openFilesCheck()] + libraryChecks()
  }

  private func configurationCheck() -> Check {
    guard let first = reading.problems.first else { return Check("configuration", .ok, path) }
    let rest = reading.problems.count > 1 ? " (and \(reading.problems.count - 1) more)" : ""
    return Check(
      "configuration", .critical, first.description + rest,
      action: "See all of it with: relevo config check --config \(path)")
  }

  private func directoryCheck(_ directory: String) -> Check {
    var status = stat()
    guard lstat(directory, &status) == 0 else {
      return Check(
        "data directory", .warning, "\(directory) is not there yet",
        action: "'relevo cluster init' or 'relevo join' makes it; if the node has run before, its disk is not mounted.")
    }
    let mode = status.st_mode & 0o777
    let shown = "\(directory), mode \(String(mode, radix: 8)), owner \(status.st_uid)"
    if mode & 0o077 != 0 {
      return Check(
        "data directory", .critical, shown,
        action: "Other accounts may enter it, and it holds keys: chmod 700 \(directory)")
    }
    guard access(directory, R_OK | W_OK | X_OK) == 0 else {
      return Check(
        "data directory", .critical, shown, action: "This account may not write there: run as the node's user.")
    }
    return Check("data directory", .ok, shown)
  }

  private func keysCheck(_ directory: String) -> Check {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []  // Its absence is told above.
    let open = names.sorted().filter { name in
      var status = stat()
      return lstat(directory + "/" + name, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        && status.st_mode & 0o077 != 0
        && name == "node.json"
    }
    guard !open.isEmpty else {
      return Check("keys", .ok, names.contains("relevo.sqlite") ? "readable by the node alone" : "none yet")
    }
    return Check(
      "keys", .warning, "readable by other accounts: \(open.joined(separator: ", "))",
      action: "chmod 600 \(open.map { directory + "/" + $0 }.joined(separator: " "))")
  }

  private func diskCheck(_ directory: String) -> Check {
    var place = directory
    var disk = statvfs()
    while statvfs(place, &disk) != 0 {
      guard place != "/", !place.isEmpty else {
        return Check(
          "disk", .critical, "no file system is found for \(directory)", action: "Mount it, or change data_directory.")
      }
      place = (place as NSString).deletingLastPathComponent
    }
    let free = Int64(
      clamping: UInt64(disk.f_bavail).multipliedReportingOverflow(by: UInt64(disk.f_frsize)).partialValue)
    let found = "\(Terminal.format(.english).bytes(free)) free at \(place)"
    if disk.f_flag & UInt(ST_RDONLY) != 0 {
      return Check(
        "disk", .critical, "\(place) is mounted read-only",
        action: "Remount it for writing: see docs/runbooks/store-not-writable.md")
    }
    if free < 200 << 20 {
      return Check("disk", .critical, found, action: "Free some space: see docs/runbooks/disk-low.md")
    }
    if free < 1 << 30 {
      return Check("disk", .warning, found, action: "Free some space: see docs/runbooks/disk-low.md")
    }
    return Check("disk", .ok, found)
  }

  private func nodeCheck(_ configuration: NodeConfiguration) -> Check {
    let client = ControlClient(dataDirectory: configuration.dataDirectory)
    do {
      let answer = try client.send("GET", "/livez", timeoutSeconds: 2)
      if answer.status == 200 { return Check("node", .ok, "running, answers on \(client.path)") }
      return Check("node", .warning, "answers \(answer.status) on \(client.path)", action: "See the node's log.")
    } catch ControlFailure.notRunning {
      if DataDirectory.isHeld(configuration.dataDirectory) {
        let holder = DataDirectory.holder(configuration.dataDirectory).map { "process \($0)" } ?? "a process"
        return Check(
          "node", .critical, "\(holder) holds the data directory but listens on no socket",
          action: "See docs/runbooks/data-directory-held.md")
      }
      return Check("node", .warning, "stopped", action: "Start it with: relevo serve --config \(path)")
    } catch {
      return Check("node", .critical, error.description, action: "See docs/runbooks/data-directory-held.md")
    }
  }

  /// Compares with the neighbours where the node runs; otherwise looks for a service that keeps the clock.
  private func clockCheck() -> Check {
    let built = 1_767_225_600  // 2026-01-01: no machine that runs this has an earlier date.
    let advice = "Let chrony or systemd-timesyncd keep it: see docs/runbooks/clock-skew.md"
    guard time(nil) >= built else { return Check("clock", .critical, "before 2026", action: "Set the date. " + advice) }
    let report = reading.configuration.flatMap { StatusSource(configuration: $0).running() }
    let offsets =
      report?.peers.compactMap { peer in peer.clockOffsetSeconds.map { (site: peer.site, seconds: $0) } } ?? []
    if let worst = offsets.max(by: { abs($0.seconds) < abs($1.seconds) }) {
      let found =
        "\(worst.seconds >= 0 ? "+" : "")\((worst.seconds * 1000).rounded() / 1000) s at \(worst.site), the furthest neighbour"
      return abs(worst.seconds) > 5 ? Check("clock", .warning, found, action: advice) : Check("clock", .ok, found)
    }
    let traces = ["/run/systemd/timesync/synchronized", "/run/chrony/chronyd.pid", "/run/chrony", "/run/ntpd.pid"]
    if let trace = traces.first(where: { FileManager.default.fileExists(atPath: $0) }) {
      return Check("clock", .ok, "kept by a time service (\(trace))")
    }
    return Check("clock", .ok, "set; no time service is seen from here, as is usual in a container")
  }

  private func libraryChecks() -> [Check] {
    var major: Int32 = 0
    var minor: Int32 = 0
    var patch: Int32 = 0
    zmq_version(&major, &minor, &patch)
    let transport = "libzmq \(major).\(minor).\(patch)"
    let hasCurve = zmq_has("curve") == 1
    return [
      hasCurve
        ? Check("transport", .ok, transport + " with CURVE")
        : Check("transport", .critical, transport + " without CURVE", action: "Install a libzmq built with libsodium."),
      Check("cryptography", .ok, String(cString: OpenSSL_version(OPENSSL_VERSION))),
      Check("SQLite", .ok, "version " + String(cString: sqlite3_libversion())),
      Check("program", .ok, "relevo \(RunningNode.version)"),
    ]
  }
}
