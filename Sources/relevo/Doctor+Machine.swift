import Foundation
import Glibc
import Node
import Status
import Store
import Texts

/// What the machine under the node must offer: a sound database file, ports, a local disk, entropy, open files.
extension Doctor {
  // MARK: Database

  /// SQLite's own quick check over a read-only connection, which neither writes nor checkpoints; people work meanwhile.
  func databaseCheck(_ directory: String) -> Check {
    let path = directory + "/relevo.sqlite"
    guard access(path, F_OK) == 0 else {
      return Check("database", .ok, "none yet: \(path) comes with 'relevo cluster init' or 'relevo join'")
    }
    do {
      let problems = try QuickCheck.problems(path: path)
      guard problems.isEmpty else {
        return Check(
          "database", .critical, problems.joined(separator: "; "),
          action: "Stop the node, keep a copy of \(directory), and restore the last backup; peers bring the rest back.")
      }
      return Check("database", .ok, "quick check passed, \(Self.size(of: path))")
    } catch {
      return Check(
        "database", .critical, "\(path) cannot be read: \(error)",
        action: "It may be damaged, or this account may not read it: see docs/runbooks/store-not-writable.md")
    }
  }

  private static func size(of path: String) -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { return "size unknown" }
    return Terminal.format(.english).bytes(Int64(status.st_size))
  }

  // MARK: Disk

  /// WAL needs shared memory between processes, which network file systems do not give (sqlite.org/wal.html).
  func fileSystemCheck(_ directory: String) -> Check {
    guard let mount = Self.mount(of: directory) else {
      return Check("file system", .ok, "its kind is not told here")
    }
    if ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "afs", "ceph"].contains(mount.kind) {
      return Check(
        "file system", .critical, "\(mount.place) is a network file system (\(mount.kind))",
        action: "Put data_directory on a local disk: the database's locks do not hold across a network.")
    }
    if mount.kind == "tmpfs" || mount.kind == "ramfs" {
      return Check(
        "file system", .warning, "\(mount.place) is in memory (\(mount.kind)): all is gone when the machine stops",
        action: "Put data_directory on a disk, unless this is a trial.")
    }
    return Check("file system", .ok, "local (\(mount.kind) at \(mount.place))")
  }

  /// The mount that holds a path, from the kernel's list (proc(5), mountinfo); nil where there is none to read.
  private static func mount(of directory: String) -> (place: String, kind: String)? {
    guard let bytes = FileManager.default.contents(atPath: "/proc/self/mountinfo") else { return nil }
    let path = URL(fileURLWithPath: directory).resolvingSymlinksInPath().path
    var best: (place: String, kind: String)?
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 4, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { continue }
      let place = String(fields[4])
      let isAbove = path == place || path.hasPrefix(place == "/" ? "/" : place + "/")
      // Of two mounts at one place the later hides the earlier.
      if isAbove, place.utf8.count >= best?.place.utf8.count ?? 0 { best = (place, String(fields[dash + 1])) }
    }
    return best
  }

  // MARK: Ports

  /// A stopped node needs its ports free; a running one holds them.
  func portChecks(_ configuration: NodeConfiguration) -> [Check] {
    let isRunning = DataDirectory.isHeld(configuration.dataDirectory)
    var checks = [
      portCheck("web port", configuration.http.host, configuration.http.port, isRunning, key: "http.port")
    ]
    let bind = configuration.replication.bind.dropFirst("tcp://".count)
    if let colon = bind.lastIndex(of: ":"), let port = Int(bind[bind.index(after: colon)...]) {
      let host = bind[..<colon].filter { $0 != "[" && $0 != "]" }
      checks.append(
        portCheck("peer port", host == "*" ? "0.0.0.0" : host, port, isRunning, key: "replication.bind"))
    }
    return checks
  }

  private func portCheck(_ name: String, _ host: String, _ port: Int, _ isRunning: Bool, key: String) -> Check {
    let shown = "\(host):\(port)"
    guard port > 0 else { return Check(name, .ok, "chosen by the system at the start") }
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var first: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &first) == 0, let address = first?.pointee else {
      return Check(
        name, .critical, "\(host) is no address of this machine", action: "Correct \(key) in \(path).")
    }
    defer { freeaddrinfo(first) }
    let descriptor = socket(address.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return Check(name, .warning, "\(shown) could not be tried", action: nil) }
    defer { close(descriptor) }
    var reuse: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
    if bind(descriptor, address.ai_addr, address.ai_addrlen) == 0 {
      guard isRunning else { return Check(name, .ok, "\(shown) is free") }
      return Check(
        name, .warning, "\(shown) is free although a process holds the data directory",
        action: "The node may have been started with another configuration: compare it with 'relevo config show'.")
    }
    switch errno {
    case EADDRINUSE where isRunning: return Check(name, .ok, "\(shown) is in use, as it is while the node runs")
    case EADDRINUSE:
      return Check(
        name, .critical, "\(shown) is taken by another program",
        action: "See which with 'ss -ltnp sport = :\(port)', stop it, or change \(key).")
    case EACCES:
      return Check(
        name, .critical, "this account may not listen on \(shown)",
        action: "Ports below 1024 need CAP_NET_BIND_SERVICE: choose a higher one for \(key), with a proxy before it.")
    case EADDRNOTAVAIL:
      return Check(
        name, .critical, "\(host) is no address of this machine", action: "Correct \(key) in \(path).")
    default:
      return Check(
        name, .critical, "\(shown): \(String(cString: strerror(errno)))", action: "Correct \(key) in \(path).")
    }
  }

  // MARK: Peers

  /// What the running node knows of its neighbours' keys and of its own door.
  func peerChecks(_ configuration: NodeConfiguration) -> [Check] {
    guard !configuration.replication.neighbours.isEmpty else {
      return [Check("peers", .ok, "none are configured")]
    }
    guard let report = StatusSource(configuration: configuration).running() else {
      return [
        Check("peers", .ok, "\(configuration.replication.neighbours.count) configured; tried while the node runs")
      ]
    }
    var checks: [Check] = []
    for peer in report.peers.sorted(by: { $0.site < $1.site }) {
      switch peer.link {
      case .keyRefused:
        checks.append(
          Check(
            "peer \(peer.site)", .critical, "a key is refused", action: "See docs/runbooks/key-refused.md"))
      case .down, .connecting:
        checks.append(
          Check(
            "peer \(peer.site)", .warning, "no link", action: "Find out why with: relevo peer test \(peer.site)"))
      case .paused: checks.append(Check("peer \(peer.site)", .ok, "paused by a person"))
      case .live, .catchingUp: checks.append(Check("peer \(peer.site)", .ok, "both keys are accepted"))
      }
    }
    if report.identity?.isStrangerRefused == false {
      checks.append(
        Check(
          "door", .critical, "a key outside the cluster was let in",
          action: "Stop the node: see docs/runbooks/stranger-admitted.md"))
    }
    return checks
  }

  // MARK: System

  func entropyCheck() -> Check {
    var bytes = [UInt8](repeating: 0, count: 32)
    // Before the kernel has gathered enough, a read that may not wait gives nothing.
    let source = open("/dev/random", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    defer { if source >= 0 { close(source) } }
    guard source >= 0, read(source, &bytes, bytes.count) > 0 else {
      return Check(
        "randomness", .critical, "the kernel's random source is not ready",
        action: "Wait until the machine has gathered entropy (rngd or a virtio-rng device helps); keys need it.")
    }
    return Check("randomness", .ok, "the kernel's random source is ready")
  }

  /// Each browser tab, program and peer takes one; a thousand suffice for a small office only.
  func openFilesCheck() -> Check {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return Check("open files", .warning, "the limit cannot be read", action: "See 'ulimit -n'.")
    }
    let soft = Int64(clamping: limit.rlim_cur)
    let hard = Int64(clamping: limit.rlim_max)
    let isUnlimited = limit.rlim_cur == rlim_t.max
    let found = isUnlimited ? "no limit" : "at most \(soft) (may be raised to \(hard))"
    if isUnlimited || soft >= 4_096 { return Check("open files", .ok, found) }
    if soft >= 1_024 {
      return Check(
        "open files", .warning, found,
        action: "Set LimitNOFILE=65536 in the service, or 'ulimit -n 65536' before 'relevo serve'.")
    }
    return Check(
      "open files", .critical, found,
      action: "Set LimitNOFILE=65536 in the service, or 'ulimit -n 65536' before 'relevo serve'.")
  }

  func certificateChecks(_ configuration: NodeConfiguration) -> [Check] {
    guard let tls = configuration.http.tls else { return [] }
    return [tls.certificate, tls.key].map { file in
      access(file, R_OK) == 0
        ? Check("certificate", .ok, file)
        : Check(
          "certificate", .critical, "\(file) cannot be read by this account",
          action: "Correct http.tls in \(path), or let the node's user read the file.")
    }
  }
}
