// swift-tools-version: 6.2
// Relevo: a helpdesk for organisations with several offices. Rooms and import rules: docs/modules.md.
import PackageDescription

/// What every target of ours is compiled with.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
  .treatWarning("DeprecatedDeclaration", as: .warning),
]

func room(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
  .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
}

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "relevo",
  products: [.executable(name: "relevo", targets: ["relevo"])],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(
      name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZeroMQ", pkgConfig: "libzmq", providers: [.apt(["libzmq3-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .systemLibrary(name: "CMD4C", pkgConfig: "md4c-html", providers: [.apt(["libmd4c-dev", "libmd4c-html0-dev"])]),

    room("OperationLog", []),
    room("Helpdesk", ["OperationLog"]),
    room("Assignment", ["Helpdesk", "OperationLog"]),
    room("Replication", ["OperationLog", "CZstd"]),
    room("Store", ["OperationLog", "Helpdesk", grdb, sqlite, logging, metrics]),
    room(
      "SiteEngine",
      ["OperationLog", "Helpdesk", "Assignment", "Replication", "Store", logging, metrics]),
    room("OpenSSLCrypto", ["OperationLog", "CLibCrypto"]),
    room("PeerTransport", ["CZeroMQ", logging]),
    room("Texts", ["Helpdesk", "OperationLog"], resources: [.embedInCode("Translations")]),
    room("RichText", ["CLibXML2", "CMD4C"]),
    room("Status", ["OperationLog", "Texts"]),
    room(
      "WebPages", ["Helpdesk", "OperationLog", "Texts", "RichText", "Status", mustache],
      resources: [.embedInCode("Templates"), .embedInCode("Assets")]),
    room(
      "WebServer",
      [
        "Helpdesk", "OperationLog", "Assignment", "Store", "Texts", "WebPages", "RichText", "Status", "OpenSSLCrypto",
        hummingbird, hummingbirdTLS, logging, metrics,
      ], resources: [.embedInCode("OpenAPI")]),
    room(
      "Node",
      [
        "OperationLog", "Helpdesk", "Assignment", "Replication", "Store", "SiteEngine", "OpenSSLCrypto",
        "PeerTransport", "Texts", "RichText", "Status", "WebPages", "WebServer", hummingbird, hummingbirdTLS, grdb,
        yams, lifecycle, signals, logging, metrics,
      ]),
    .executableTarget(name: "relevo", dependencies: ["Node", arguments], swiftSettings: strict),
    .executableTarget(
      name: "relevo-bench",
      dependencies: [
        "Node", "Replication", "Store", "Helpdesk", "OperationLog", "OpenSSLCrypto", "PeerTransport", "CZeroMQ", grdb,
        sqlite, logging, arguments,
      ],
      swiftSettings: strict),

    room(
      "Simulator",
      [
        "OperationLog", "Helpdesk", "Assignment", "Replication", "Store", "SiteEngine", "OpenSSLCrypto", grdb, sqlite,
        logging,
      ]),
    .executableTarget(
      name: "relevo-sim", dependencies: ["Simulator", "OperationLog", logging, arguments], swiftSettings: strict),

    tests("OperationLogTests", ["OperationLog", "OpenSSLCrypto"]),
    tests("HelpdeskTests", ["Helpdesk", "OperationLog", "OpenSSLCrypto"]),
    tests("AssignmentTests", ["Assignment", "Helpdesk", "OperationLog"]),
    tests("ReplicationTests", ["Replication", "OperationLog", "OpenSSLCrypto"]),
    tests("StoreTests", ["Store", "Helpdesk", "OperationLog", "OpenSSLCrypto", grdb]),
    tests(
      "SiteEngineTests",
      ["SiteEngine", "Store", "Helpdesk", "OperationLog", "OpenSSLCrypto", "Replication", "Assignment", logging]),
    tests("PeerTransportTests", ["PeerTransport", "OpenSSLCrypto"]),
    tests("TextsTests", ["Texts", "Helpdesk"]),
    tests("RichTextTests", ["RichText"]),
    tests("StatusTests", ["Status", "Texts"]),
    tests("WebPagesTests", ["WebPages", "Texts", "Status", "RichText"]),
    tests(
      "WebServerTests",
      [
        "WebServer", "Store", "Helpdesk", "OperationLog", "OpenSSLCrypto", "Status", "Texts", grdb, hummingbird,
        logging,
      ]),
    tests("NodeTests", ["Node"]),
    tests(
      "SimulatorTests",
      [
        "Simulator", "SiteEngine", "Store", "Replication", "Helpdesk", "OperationLog", "OpenSSLCrypto", grdb, sqlite,
      ]),
    tests("TidyTests", []),
    tests("ClusterTests", []),
  ]
)
