import HTTPTypes
import Helpdesk
import Hummingbird
import NIOCore

/// A request's JSON object, taken apart field by field; every fault is kept with its pointer and told together.
struct BodyFields {
  private var members: [String: JSONValue] = [:]
  private var order: [String] = []
  private var asked: Set<String> = []
  private(set) var faults: [Problem.Fault] = []

  /// Reads the object; throws 415 for another content type and 400 for what is no JSON.
  ///
  /// - Parameter mayBeMissing: an empty body counts as `{}`.
  init(_ request: Request, mayBeMissing: Bool = false) async throws {
    let bytes = Array(buffer: try await request.body.collect(upTo: FrontDoor.bodyBytesMax))
    if bytes.isEmpty, mayBeMissing { return }
    if let type = request.headers[.contentType] {
      let media = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
      guard media == "application/json" else { throw Problem.jsonNeeded }
    }
    do throws(JSONDefect) {
      try take(JSONReader.read(bytes))
    } catch {
      throw Self.problem(error)
    }
  }

  private mutating func take(_ value: JSONValue) throws(JSONDefect) {
    guard case .object(let fields) = value else {
      faults.append(Problem.Fault(.body(""), Problem.Sentence("problem.object_needed")))
      return
    }
    for field in fields {
      members[field.name] = field.value
      order.append(field.name)
    }
  }

  private static func problem(_ defect: JSONDefect) -> Problem {
    switch defect {
    case .notUTF8: Problem(.badRequest, "not_utf8")
    case .malformed(let offset):
      Problem(
        .badRequest, "json_malformed", detail: Problem.Sentence("problem.json_malformed", ["offset": String(offset)]))
    case .repeatedName(let name):
      Problem(
        .badRequest, "json_repeated_name",
        detail: Problem.Sentence("problem.json_repeated_name", ["field": String(name.prefix(100))]))
    case .tooDeep: Problem(.badRequest, "json_too_deep")
    }
  }

  // MARK: Fields

  /// True when the field was sent, even as `null`.
  mutating func has(_ name: String) -> Bool {
    asked.insert(name)
    return members[name] != nil
  }

  /// A text; nil when it was not sent.
  mutating func text(_ name: String, isRequired: Bool = false) -> String? {
    guard let value = value(name, isRequired: isRequired) else { return nil }
    guard case .string(let text) = value else { return wrong(name, "text_needed") }
    return text
  }

  /// A text or `null`; outer nil when it was not sent.
  mutating func nullableText(_ name: String) -> String?? {
    if case .null = value(name, isRequired: false) { return .some(nil) }
    return text(name).map { .some($0) }
  }

  /// One of an enumeration's names.
  mutating func code<Code: NamedCode>(_ name: String, among codes: [Code]? = nil) -> Code? {
    guard let text = text(name) else { return nil }
    let choices = codes ?? Array(Code.allCases)
    guard let code = choices.first(where: { $0.name == text }) else {
      let arguments = [
        "field": name, "value": String(text.prefix(100)), "choices": choices.map(\.name).joined(separator: ", "),
      ]
      add(name, Problem.Sentence("refusal.value_unknown", arguments))
      return nil
    }
    return code
  }

  /// One of an enumeration's names or `null`; outer nil when it was not sent.
  mutating func nullableCode<Code: NamedCode>(_ name: String) -> Code?? {
    if case .null = value(name, isRequired: false) { return .some(nil) }
    return code(name).map { .some($0) }
  }

  /// `true` or `false`; nil when it was not sent.
  mutating func flag(_ name: String) -> Bool? {
    guard let value = value(name, isRequired: false) else { return nil }
    guard case .flag(let flag) = value else { return wrong(name, "flag_needed") }
    return flag
  }

  /// A whole number within the range.
  mutating func integer(_ name: String, in range: ClosedRange<Int64>, isRequired: Bool = false) -> Int? {
    guard let value = value(name, isRequired: isRequired) else { return nil }
    guard let number = value.integer, range.contains(number) else {
      let arguments = ["field": name, "min": String(range.lowerBound), "max": String(range.upperBound)]
      add(name, Problem.Sentence("problem.integer_needed", arguments))
      return nil
    }
    return Int(number)
  }

  /// A list of texts; nil when it was not sent.
  mutating func texts(_ name: String) -> [String]? {
    guard let value = value(name, isRequired: false) else { return nil }
    guard case .array(let elements) = value else { return wrong(name, "texts_needed") }
    var texts: [String] = []
    for (index, element) in elements.enumerated() {
      guard case .string(let text) = element else {
        add("\(name)/\(index)", Problem.Sentence("problem.text_needed", ["field": "\(name)/\(index)"]))
        return nil
      }
      texts.append(text)
    }
    return texts
  }

  /// The members of an object inside: a text for each of the names, all required, no others.
  mutating func object(_ name: String, of names: [String]) -> [String: String]? {
    guard let value = value(name, isRequired: true) else { return nil }
    guard case .object(let fields) = value else { return wrong(name, "object_needed") }
    var result: [String: String] = [:]
    for field in fields {
      let path = "\(name)/\(Self.escaped(field.name))"
      guard names.contains(field.name) else {
        add(path, Problem.Sentence("problem.field_unknown", ["field": String(field.name.prefix(100))]))
        continue
      }
      guard case .string(let text) = field.value else {
        add(path, Problem.Sentence("problem.text_needed", ["field": path]))
        continue
      }
      result[field.name] = text
    }
    for missing in names where !fields.contains(where: { $0.name == missing }) {
      add("\(name)/\(missing)", Problem.Sentence("problem.field_missing", ["field": missing]))
    }
    return result.count == names.count ? result : nil
  }

  /// A list of objects whose members are texts; nil when it was not sent or one of them is wrong.
  mutating func objects(_ name: String, required: [String], optional: [String]) -> [[String: String]]? {
    guard let value = value(name, isRequired: false) else { return nil }
    guard case .array(let elements) = value else { return wrong(name, "objects_needed") }
    let before = faults.count
    var result: [[String: String]] = []
    for (index, element) in elements.enumerated() {
      guard case .object(let fields) = element else { return wrong("\(name)/\(index)", "object_needed") }
      var object: [String: String] = [:]
      for field in fields {
        let path = "\(name)/\(index)/\(Self.escaped(field.name))"
        if !(required + optional).contains(field.name) {
          add(path, Problem.Sentence("problem.field_unknown", ["field": String(field.name.prefix(100))]))
        } else if case .string(let text) = field.value {
          object[field.name] = text
        } else {
          add(path, Problem.Sentence("problem.text_needed", ["field": path]))
        }
      }
      for missing in required where !fields.contains(where: { $0.name == missing }) {
        add("\(name)/\(index)/\(missing)", Problem.Sentence("problem.field_missing", ["field": missing]))
      }
      result.append(object)
    }
    return faults.count == before ? result : nil
  }

  /// Notes a fault found by the caller.
  mutating func add(_ name: String, _ sentence: Problem.Sentence) {
    faults.append(Problem.Fault(.body("/\(name)"), sentence))
  }

  /// Throws everything that is wrong, fields nobody asked for included; call it after the last field was read.
  func finish() throws(Problem) {
    let unknown = order.filter { !asked.contains($0) }.map { name in
      Problem.Fault(
        .body("/" + Self.escaped(name)),
        Problem.Sentence("problem.field_unknown", ["field": String(name.prefix(100))]))
    }
    let all = faults + unknown
    guard all.isEmpty else { throw .unprocessable(all) }
  }

  /// As `finish`, and refuses an object without any field.
  func finishNotEmpty() throws(Problem) {
    try finish()
    guard !order.isEmpty else {
      throw .unprocessable([Problem.Fault(.body(""), Problem.Sentence("problem.nothing_sent"))])
    }
  }

  private mutating func value(_ name: String, isRequired: Bool) -> JSONValue? {
    asked.insert(name)
    if let value = members[name] { return value }
    // A body that is no object has said so already.
    if isRequired, !faults.contains(where: { $0.place == .body("") }) {
      add(name, Problem.Sentence("problem.field_missing", ["field": name]))
    }
    return nil
  }

  private mutating func wrong<Value>(_ name: String, _ key: String) -> Value? {
    add(name, Problem.Sentence("problem.\(key)", ["field": name]))
    return nil
  }

  /// A name as a step of a JSON pointer (RFC 6901).
  private static func escaped(_ name: String) -> String {
    String(name.prefix(100).flatMap { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) })
  }
}
