import Hummingbird

/// A request's query, decoded as forms and programs encode it; unknown and repeated parameters are refused.
struct QueryFields {
  private var values: [String: String] = [:]
  private var order: [String] = []
  private var asked: Set<String> = []
  private var faults: [Problem.Fault] = []

  /// Reads the query; what is wrong with it is told by `finish`.
  init(_ request: Request) {
    guard let query = request.uri.query else { return }
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decoded(parts[0]), let value = Self.decoded(parts.count > 1 ? parts[1] : "") else {
        let shown = String(parts[0].prefix(100))
        faults.append(Problem.Fault(.query(shown), Problem.Sentence("problem.query_unreadable", ["parameter": shown])))
        continue
      }
      if values.updateValue(value, forKey: name) != nil {
        let shown = String(name.prefix(100))
        faults.append(Problem.Fault(.query(shown), Problem.Sentence("problem.query_repeated", ["parameter": shown])))
      } else {
        order.append(name)
      }
    }
  }

  /// A parameter as it was sent, decoded; nil when it was not.
  mutating func text(_ name: String) -> String? {
    asked.insert(name)
    return values[name]
  }

  /// A whole number within the range; `fallback` when it was not sent.
  mutating func integer(_ name: String, in range: ClosedRange<Int>, fallback: Int) -> Int {
    guard let text = text(name) else { return fallback }
    guard let number = Int(text), range.contains(number) else {
      let arguments = ["field": name, "min": String(range.lowerBound), "max": String(range.upperBound)]
      faults.append(Problem.Fault(.query(name), Problem.Sentence("problem.integer_needed", arguments)))
      return fallback
    }
    return number
  }

  /// One of some words; nil when it was not sent or is none of them.
  mutating func choice(_ name: String, _ words: [String]) -> String? {
    guard let text = text(name) else { return nil }
    if words.contains(text) { return text }
    let arguments = ["field": name, "value": String(text.prefix(100)), "choices": words.joined(separator: ", ")]
    add(name, Problem.Sentence("refusal.value_unknown", arguments))
    return nil
  }

  /// Notes a fault found by the caller.
  mutating func add(_ name: String, _ sentence: Problem.Sentence) {
    faults.append(Problem.Fault(.query(name), sentence))
  }

  /// Throws everything that is wrong; call it after the last parameter was read.
  func finish() throws(Problem) {
    let unknown = order.filter { !asked.contains($0) }.map { name in
      let shown = String(name.prefix(100))
      return Problem.Fault(.query(shown), Problem.Sentence("problem.query_unknown", ["parameter": shown]))
    }
    let all = faults + unknown
    guard all.isEmpty else { throw .unprocessable(all) }
  }

  /// Percent-encoding undone and `+` read as a space; nil when the bytes are no UTF-8 or the encoding is broken.
  static func decoded(_ text: Substring, plusIsSpace: Bool = true) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var iterator = text.utf8.makeIterator()
    while let byte = iterator.next() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else { return nil }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsSpace: bytes.append(0x20)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
}
