import Foundation

/// One figure with its target, where it has one, and the processor time it took.
struct Measurement: Encodable {
  enum Target {
    case atLeast(Double)
    case atMost(Double)
    case below(Double)

    func isMet(by value: Double) -> Bool {
      switch self {
      case .atLeast(let limit): value >= limit
      case .atMost(let limit): value <= limit
      case .below(let limit): value < limit
      }
    }
  }

  let part: String
  let name: String
  let value: Double
  let unit: String
  var target: Target?
  /// Seconds of processor time, user and system; nil where the figure is not about work.
  var processorSeconds: Double?

  init(
    _ part: String, _ name: String, _ value: Double, _ unit: String, target: Target? = nil,
    processorSeconds: Double? = nil
  ) {
    self.part = part
    self.name = name
    self.value = value
    self.unit = unit
    self.target = target
    self.processorSeconds = processorSeconds
  }

  /// Nil without a target.
  var isMet: Bool? { target?.isMet(by: value) }

  private enum CodingKeys: String, CodingKey {
    case part, name, value, unit
    case atLeast = "at_least"
    case atMost = "at_most"
    case below
    case isMet = "met"
    case processorSeconds = "cpu_seconds"
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(part, forKey: .part)
    try fields.encode(name, forKey: .name)
    try fields.encode(value, forKey: .value)
    try fields.encode(unit, forKey: .unit)
    switch target {
    case .atLeast(let limit): try fields.encode(limit, forKey: .atLeast)
    case .atMost(let limit): try fields.encode(limit, forKey: .atMost)
    case .below(let limit): try fields.encode(limit, forKey: .below)
    case nil: break
    }
    try fields.encodeIfPresent(isMet, forKey: .isMet)
    try fields.encodeIfPresent(processorSeconds, forKey: .processorSeconds)
  }
}

/// All figures of a run, as a table for people and as JSON for comparing runs.
struct BenchReport {
  private struct Skipped: Encodable {
    let part: String
    let reason: String
  }

  private struct Document: Encodable {
    let version = 1
    let measuredAt: String
    let processors: Int
    let measurements: [Measurement]
    let skipped: [Skipped]

    private enum CodingKeys: String, CodingKey {
      case version
      case measuredAt = "measured_at"
      case processors, measurements, skipped
    }
  }

  private var measurements: [Measurement] = []
  private var skipped: [Skipped] = []

  mutating func add(_ more: [Measurement]) { measurements += more }

  mutating func skip(_ part: String, because reason: String) { skipped.append(Skipped(part: part, reason: reason)) }

  /// True when every part ran and every target was met.
  var isMet: Bool { skipped.isEmpty && measurements.allSatisfy { $0.isMet ?? true } }

  func table() -> String {
    let head = ["part", "what", "figure", "target", "verdict", "CPU s"]
    let rows = measurements.map { measurement in
      [
        measurement.part, measurement.name, "\(Self.text(measurement.value)) \(measurement.unit)",
        Self.text(measurement.target, measurement.unit),
        measurement.isMet.map { $0 ? "met" : "MISSED" } ?? "",
        measurement.processorSeconds.map { Self.fixed($0, 2) } ?? "",
      ]
    }
    let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
    let lines = ([head] + rows).map { row in
      row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 2 || column == 5 ? padding + row[column] : row[column] + padding
      }.joined(separator: "  ")
    }
    return (lines + skipped.map { "\($0.part): not measured: \($0.reason)" }).joined(separator: "\n")
  }

  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(
      Document(
        measuredAt: ISO8601DateFormatter().string(from: Date()),
        processors: ProcessInfo.processInfo.activeProcessorCount, measurements: measurements, skipped: skipped))
  }

  private static func text(_ target: Measurement.Target?, _ unit: String) -> String {
    switch target {
    case .atLeast(let limit): "≥ \(text(limit)) \(unit)"
    case .atMost(let limit): "≤ \(text(limit)) \(unit)"
    case .below(let limit): "< \(text(limit)) \(unit)"
    case nil: ""
    }
  }

  private static func text(_ value: Double) -> String {
    if value >= 1000 { return fixed(value, 0) }
    return fixed(value, value >= 100 || value == value.rounded() ? (value == value.rounded() ? 0 : 1) : 2)
  }

  private static func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
