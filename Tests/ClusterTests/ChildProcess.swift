import Foundation
import Glibc
import Synchronization

/// A process of the tested program whose output goes to files; killed at the latest when nobody holds it any more.
final class ChildProcess: Sendable {
  /// How a process ended.
  enum Ending: Equatable {
    case code(Int32)
    case signal(Int32)
  }

  /// A process could not be started.
  struct StartFailure: Error, CustomStringConvertible {
    let description: String
  }

  let id: pid_t
  private let seenEnding = Mutex<Ending?>(nil)

  /// Starts the program; both files are appended to, and may be the same. Throws `StartFailure`.
  init(_ program: String, _ arguments: [String], output: String, errors: String) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The threads that run tests block most signals, and a child inherits that: SIGTERM would never reach it.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    var argumentWords: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    var environmentWords: [UnsafeMutablePointer<CChar>?] = Self.environment().map { strdup($0) } + [nil]
    defer { for word in argumentWords + environmentWords { free(word) } }
    var id: pid_t = 0
    let result = posix_spawn(&id, program, &actions, &attributes, &argumentWords, &environmentWords)
    guard result == 0 else {
      throw StartFailure(description: "\(program) could not be started: \(String(cString: strerror(result)))")
    }
    self.id = id
  }

  /// Ours without the variables that would override a node's configuration.
  private static func environment() -> [String] {
    var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("RELEVO_") }
    variables["LC_ALL"] = "C.UTF-8"
    variables["NO_COLOR"] = "1"
    return variables.map { "\($0.key)=\($0.value)" }
  }

  /// How it ended; nil while it runs.
  func ending() -> Ending? {
    seenEnding.withLock { seen in
      if let seen { return seen }
      var status: Int32 = 0
      guard waitpid(id, &status, WNOHANG) == id else { return nil }
      let signal = status & 0x7f
      seen = signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
      return seen
    }
  }

  /// Sends a signal while the process runs; its number is never reused before `ending` has seen the end.
  func send(_ signal: Int32) {
    seenEnding.withLock { seen in
      if seen == nil { kill(id, signal) }
    }
  }

  deinit {
    guard ending() == nil else { return }
    kill(id, SIGKILL)
    var status: Int32 = 0
    waitpid(id, &status, 0)
  }
}
