/// Which target may import what: the table of rooms in docs/modules.md, as a failing test.
///
/// A row also allows what its targets import themselves, so `Node` may import `GRDB` because `Store` does.
enum ImportRules {
  /// One row of the table.
  struct Row {
    /// Targets and products.
    let imports: [String]
    /// A pure room has no Foundation, no C library and no operating system: values in, values out.
    let isPure: Bool

    init(_ imports: [String], isPure: Bool = false) {
      self.imports = imports
      self.isPure = isPure
    }
  }

  /// The rooms, in the order of `Package.swift`.
  static let rows: [String: Row] = [
    "OperationLog": Row([], isPure: true),
    "Helpdesk": Row(["OperationLog"], isPure: true),
    "Assignment": Row(["Helpdesk"], isPure: true),
    // A lock for the spare contexts of zstd, which are no state anybody can see.
    "Replication": Row(["OperationLog", "CZstd", "Synchronization"], isPure: true),
    "Store": Row(["OperationLog", "Helpdesk", "GRDB", "Logging", "Metrics"]),
    "SiteEngine": Row(["OperationLog", "Helpdesk", "Assignment", "Replication", "Store", "Logging", "Metrics"]),
    "OpenSSLCrypto": Row(["OperationLog", "CLibCrypto"]),
    "PeerTransport": Row(["Logging", "CZeroMQ"]),
    "Texts": Row(["Helpdesk"], isPure: true),
    "RichText": Row(["CLibXML2", "CMD4C"], isPure: true),
    "Mail": Row(["Helpdesk", "Texts", "RichText", "Logging"]),
    "Status": Row(["OperationLog", "Texts"], isPure: true),
    "WebPages": Row(["Helpdesk", "Texts", "RichText", "Status", "Mustache"], isPure: true),
    "WebServer": Row([
      "Helpdesk", "Assignment", "Store", "Texts", "WebPages", "Status", "OpenSSLCrypto", "Hummingbird",
      "HummingbirdTLS",
    ]),
    "Node": Row([
      "OperationLog", "Helpdesk", "Assignment", "Replication", "Store", "SiteEngine", "OpenSSLCrypto", "PeerTransport",
      "Texts", "RichText", "Mail", "Status", "WebPages", "WebServer", "Yams", "ServiceLifecycle",
    ]),
    "relevo": Row(["Node", "ArgumentParser"]),
    "relevo-bench": Row(["Node", "ArgumentParser"]),
    "Simulator": Row([
      "OperationLog", "Helpdesk", "Assignment", "Replication", "Texts", "RichText", "Status", "WebPages", "Store",
      "SiteEngine", "OpenSSLCrypto",
    ]),
    "relevo-sim": Row(["Simulator", "ArgumentParser"]),
  ]

  /// The modules that come with a product; where a product is not listed, its module has its name.
  static let modules: [String: [String]] = [
    "GRDB": ["GRDB", "GRDBSQLite"],
    "Metrics": ["Metrics", "CoreMetrics"],
    "Hummingbird": [
      "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOCore", "NIOPosix", "NIOHTTPTypes", "ServiceLifecycle",
      "AsyncAlgorithms",
    ],
    "HummingbirdTLS": ["HummingbirdTLS", "NIOSSL"],
    "ServiceLifecycle": ["ServiceLifecycle", "UnixSignals"],
  ]

  /// What every room that is not pure may take from the system.
  static let system: Set<String> = [
    "Foundation", "FoundationEssentials", "Glibc", "Dispatch", "Synchronization", "RegexBuilder",
  ]

  /// What every test may use besides the targets it depends on.
  static let testing: Set<String> = system.union(["Testing", "FoundationNetworking"])

  /// Everything that a target and its own imports allow, or nil for a target without a row.
  static func allowed(in target: String) -> Set<String>? {
    guard let row = rows[target] else { return nil }
    let reachable = reach(row.imports)
    return row.isPure ? reachable : reachable.union(system)
  }

  /// Modules of the named targets and products, and of what their rows name in turn.
  static func reach(_ names: [String]) -> Set<String> {
    var modules: Set<String> = []
    for name in names {
      modules.formUnion(Self.modules[name] ?? [name])
      if let row = rows[name] { modules.formUnion(reach(row.imports)) }
    }
    return modules
  }

  /// The imports of a file, with their lines and whether they are `@testable`.
  static func imports(in source: LexedSource) -> [(line: Int, module: String, isTestable: Bool)] {
    let form =
      #/
      ^\s*(?:@\w+(?:\([^)]*\))?\s+)*
      (?:(?:public|package|internal|fileprivate|private)\s+)?
      import\s+
      (?:(?:struct|class|enum|protocol|func|var|let|typealias|actor)\s+)?
      (\w+)
      /#
    return source.code.enumerated().compactMap { index, line in
      guard line.contains("import "), let match = line.firstMatch(of: form) else { return nil }
      return (index + 1, String(match.1), line.contains("@testable"))
    }
  }

  /// What a file imports against its row; `dependencies` are those of its test target.
  static func findings(in file: SourceFile, dependencies: [String] = []) -> [Finding] {
    let found = imports(in: file.lexed)
    let allowed = file.isTest ? testing.union(reach(dependencies)) : allowed(in: file.target)
    guard let allowed else {
      return [Finding(path: file.path, line: 1, message: "no row says what \(file.target) may import")]
    }
    return found.compactMap { line, module, isTestable in
      // The one build has testing enabled; what is not a test still has no business inside other rooms.
      if isTestable, !file.isTest {
        return Finding(path: file.path, line: line, message: "@testable outside of tests")
      }
      guard !allowed.contains(module) else { return nil }
      return Finding(path: file.path, line: line, message: "\(file.target) may not import \(module)")
    }
  }
}
