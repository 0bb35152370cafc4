import HTTPTypes

/// Which methods each address of the API answers to, so that any other method gets 405 with the list.
struct MethodTable: Sendable {
  private struct Row {
    let segments: [Substring]
    let methods: Set<String>
  }

  private let rows: [Row]

  /// Paths as the router takes them, with `{name}` for a part that varies.
  init(_ routes: [(method: HTTPRequest.Method, path: String)]) {
    var methods: [String: Set<String>] = [:]
    for route in routes {
      methods[route.path, default: []].insert(route.method.rawValue)
      if route.method == .get { methods[route.path, default: []].insert(HTTPRequest.Method.head.rawValue) }
    }
    rows = methods.map { Row(segments: $0.key.split(separator: "/"), methods: $0.value) }
  }

  /// Sorted; nil when nothing answers at this path.
  func methods(at path: String) -> [String]? {
    let segments = path.split(separator: "/")
    var found: Set<String> = []
    for row in rows where row.segments.count == segments.count {
      if zip(row.segments, segments).allSatisfy({ $0 == $1 || $0.first == "{" }) { found.formUnion(row.methods) }
    }
    return found.isEmpty ? nil : found.sorted()
  }
}
