import Mustache

/// The answer of a model for a value it knows by name and does not have.
///
/// It renders as nothing and closes sections. Answering nil instead would make Mustache look for the name in the
/// surrounding models, and a row without an owner would show the owner of something else.
struct Absent: MustacheCustomRenderable {
  static let value = Absent()

  var renderText: String { "" }
  var isNull: Bool { true }
}

/// The value, or `Absent` in its place.
func shown<Value>(_ value: Value?) -> Any {
  if let value { value } else { Absent.value }
}
