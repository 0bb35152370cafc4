import Foundation
import Node
import Testing

/// What `relevo config` prints, and the files that ship with the project.
@Suite struct ConfigurationListingTests {
  private func read(_ text: String, environment: [String: String] = [:]) -> ConfigurationReading {
    ConfigurationReader.read(text: text, file: "node.yaml", environment: environment, isReadable: { _ in true })
  }

  /// The repository, found from this file's own place in it.
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test("Each effective value is shown with the line, the variable or the default it comes from")
  func origins() throws {
    let text = """
      site: LYO
      replication:
        neighbours:
          - site: MAD
            address: tcp://10.0.0.1:9420
      """
    let reading = read(text, environment: ["RELEVO_HTTP_PORT": "9000"])
    let expected = """
      site: LYO                            # node.yaml:1:7
      data_directory: /var/lib/relevo      # default
      http:
        host: 127.0.0.1                    # default
        port: 9000                         # environment RELEVO_HTTP_PORT
        public_url: http://127.0.0.1:9000  # default, from http.host, http.port and http.tls
      replication:
        bind: tcp://127.0.0.1:9420         # default
        advertise: tcp://127.0.0.1:9420    # default, from replication.bind
        neighbours:
          - site: MAD                      # node.yaml:4:13
            address: tcp://10.0.0.1:9420   # node.yaml:5:16
      balance:
        interval_seconds: 180              # default
      log:
        level: info                        # default
        format: text                       # default

      """
    #expect(ConfigurationListing.show(reading.values, origins: true) == expected)
  }

  @Test("What is shown can be read back and means the same, also with odd characters", arguments: [true, false])
  func roundTrip(origins: Bool) throws {
    let text = """
      site: LYO
      data_directory: "/srv/a # b: \\"c\\"\\\\ \\u00e9\\t"
      http: {host: "::1", tls: {certificate: /c.pem, key: "/k e y.pem"}}
      replication: {bind: "tcp://*:9420", advertise: "tcp://a:1", neighbours: [{site: MAD, address: "tcp://[::1]:2"}]}
      balance: {interval_seconds: 7}
      log: {level: trace, format: json}
      """
    let first = read(text)
    let shown = ConfigurationListing.show(first.values, origins: origins)
    #expect(try read(shown).checked() == first.checked())
  }

  @Test("The values that apply are also listed as JSON")
  func json() throws {
    let text = try ConfigurationListing.showJSON(read("site: LYO\n").values)
    let rows = try JSONDecoder().decode([[String: String]].self, from: Data(text.utf8))
    #expect(rows.first == ["key": "site", "value": "LYO", "origin": "node.yaml:1:7"])
    #expect(rows.count == 10)
  }

  @Test("Problems are also listed as JSON, an empty array when there are none")
  func problemsAsJSON() throws {
    let text = try ConfigurationListing.problemsJSON(read("site: lyo\n").problems)
    let rows = try JSONDecoder().decode([[String: String]].self, from: Data(text.utf8))
    #expect(rows.map { $0["place"] } == ["node.yaml:1:7"])
    #expect(rows.map { $0["did_you_mean"] } == ["LYO"])
    #expect(
      try JSONDecoder().decode([[String: String]].self, from: Data(ConfigurationListing.problemsJSON([]).utf8)) == [])
  }

  @Test("The printed example passes its own check")
  func exampleIsRight() throws {
    let reading = read(ConfigurationListing.example())
    #expect(reading.problems == [])
    #expect(try reading.checked().replication.neighbours.map(\.site) == ["LYO", "BOG"])
  }

  @Test("The example names every key, and what it shows in comments is right too")
  func commentedExampleIsRight() throws {
    let uncommented = ConfigurationListing.example().split(separator: "\n").map { line in
      let body = line.drop { $0 == " " }
      let isKey =
        body.hasPrefix("# ")
        && body.dropFirst(2).prefix { $0 != ":" }.allSatisfy { $0.isLetter || $0 == "_" || $0 == " " }
        && (body.hasSuffix(".pem") || body.hasSuffix("tls:") || body.hasSuffix("{}"))
      return isKey ? line.replacing("# ", with: "", maxReplacements: 1) : line
    }.joined(separator: "\n")
    let configuration = try read(uncommented).checked()
    #expect(configuration.http.tls?.key == "/etc/relevo/tls/key.pem")
  }

  @Test(
    "The three sample offices pass the check and know each other",
    arguments: [
      ("madrid", "MAD", 8421, 9421), ("lyon", "LYO", 8422, 9422), ("bogota", "BOG", 8423, 9423),
    ])
  func sampleCluster(name: String, site: String, httpPort: Int, replicationPort: Int) throws {
    let path = Self.root.appending(path: "cluster-config/\(name).yaml").path
    let reading = ConfigurationFile.read(path: path, environment: ["RELEVO_DATA_DIRECTORY": "/tmp/\(name)"])
    #expect(reading.problems == [])
    let configuration = try reading.checked()
    #expect(configuration.site == site)
    #expect(configuration.dataDirectory == "/tmp/\(name)")
    #expect(configuration.http.port == httpPort)
    #expect(configuration.http.publicURL == "http://127.0.0.1:\(httpPort)")
    #expect(configuration.replication.bind == "tcp://127.0.0.1:\(replicationPort)")
    let others = ["MAD": 9421, "LYO": 9422, "BOG": 9423].filter { $0.key != site }
    let neighbours = configuration.replication.neighbours
    #expect(Set(neighbours.map(\.site)) == Set(others.keys))
    #expect(neighbours.allSatisfy { $0.address == "tcp://127.0.0.1:\(others[$0.site] ?? 0)" })
  }

  @Test("The file is --config, else RELEVO_CONFIG, else the standard place")
  func whichFile() {
    #expect(ConfigurationFile.path(option: "a.yaml", environment: ["RELEVO_CONFIG": "b.yaml"]) == "a.yaml")
    #expect(ConfigurationFile.path(option: nil, environment: ["RELEVO_CONFIG": "b.yaml"]) == "b.yaml")
    #expect(ConfigurationFile.path(option: nil, environment: ["RELEVO_CONFIG": ""]) == "/etc/relevo/relevo.yaml")
    #expect(ConfigurationFile.path(option: nil, environment: [:]) == "/etc/relevo/relevo.yaml")
  }

  @Test("A missing file, a folder, a file that is not UTF-8 and one that is too long are each refused by name")
  func unreadableFiles() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "relevo-configuration-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // Leftovers in the temporary folder harm nobody.

    let missing = folder.appending(path: "missing.yaml").path
    let refusal = try #require(throws: ConfigurationRefusal.self) {
      try ConfigurationFile.load(path: missing, environment: [:])
    }
    #expect(refusal.description.hasPrefix("\(missing):1:1: there is no such file."))
    #expect(throws: ConfigurationRefusal.self) { try ConfigurationFile.load(path: folder.path, environment: [:]) }

    let latin = folder.appending(path: "latin.yaml")
    try Data([0x73, 0xE9, 0x0A]).write(to: latin)
    #expect(
      ConfigurationFile.read(path: latin.path, environment: [:]).problems.first?.message.contains("UTF-8") == true)

    let long = folder.appending(path: "long.yaml")
    for (count, isTooLong) in [(ConfigurationFile.bytesMax, false), (ConfigurationFile.bytesMax + 1, true)] {
      try Data(("site: LYO\n" + String(repeating: "#", count: count - 10)).utf8).write(to: long)
      #expect(ConfigurationFile.read(path: long.path, environment: [:]).problems.isEmpty == !isTooLong)
    }
  }
}
