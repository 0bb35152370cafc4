import Dispatch
import Foundation
import Glibc

/// Time on the wall and time on the processors.
enum Clocks {
  /// Seconds of a clock that only goes forward.
  static func now() -> Double {
    Double(DispatchTime.now().uptimeNanoseconds) / 1e9
  }

  /// Processor seconds of all threads of this process, user and system.
  static func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  /// Time that pieces of work took together, on the wall and on the processors of this process.
  struct Span {
    private(set) var wall = 0.0
    private(set) var processor = 0.0

    mutating func time(_ work: () async throws -> Void) async rethrows {
      let (started, used) = (Clocks.now(), Clocks.processorSeconds())
      try await work()
      wall += Clocks.now() - started
      processor += Clocks.processorSeconds() - used
    }
  }

  private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

  /// Processor seconds of another process, from `/proc/PID/stat` (proc(5), fields 14 and 15). Throws when it is gone.
  static func processorSeconds(of process: Int32) throws -> Double {
    let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    // The name in parentheses may hold spaces; the fields are counted behind it, from the third on.
    let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ").dropFirst()
    let values = Array(fields)
    guard values.count > 12, let user = Double(values[11]), let system = Double(values[12]) else {
      throw BenchFailure("/proc/\(process)/stat has another form than proc(5) says")
    }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Resident memory of another process in MiB, from `/proc/PID/status`. Throws when it is gone.
  static func residentMebibytes(of process: Int32) throws -> Double { try mebibytes("VmRSS:", of: process) }

  /// The most it has had resident since it began, in MiB. Throws when it is gone.
  static func highestMebibytes(of process: Int32) throws -> Double { try mebibytes("VmHWM:", of: process) }

  private static func mebibytes(_ key: String, of process: Int32) throws -> Double {
    let text = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    for line in text.split(separator: "\n") where line.hasPrefix(key) {
      if let kibibytes = Double(line.split { " \t".contains($0) }[safely: 1] ?? "") { return kibibytes / 1024 }
    }
    throw BenchFailure("/proc/\(process)/status does not say \(key)")
  }
}

extension Array {
  /// Nil outside the bounds.
  subscript(safely index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

extension Array where Element == Double {
  /// The middle value; 0 of nothing.
  var median: Double { percentile(50) }

  /// The value that this share of the values does not exceed; 0 of nothing.
  func percentile(_ share: Double) -> Double {
    let ordered = sorted()
    guard !ordered.isEmpty else { return 0 }
    return ordered[Swift.min(ordered.count - 1, Int((Double(ordered.count) * share / 100).rounded(.down)))]
  }
}
