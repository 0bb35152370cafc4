import Logging
import Node
import Testing

/// What the reader accepts, what it refuses, and the words and places of its refusals.
@Suite struct ConfigurationReaderTests {
  /// The smallest file that is right.
  private let minimal = "site: LYO\n"

  private func read(_ text: String, environment: [String: String] = [:], readable: Bool = true) -> ConfigurationReading
  {
    ConfigurationReader.read(text: text, file: "node.yaml", environment: environment, isReadable: { _ in readable })
  }

  private func problems(_ text: String, environment: [String: String] = [:], readable: Bool = true) -> [String] {
    read(text, environment: environment, readable: readable).problems.map(\.description)
  }

  @Test("A file that names only its site takes the defaults for everything else")
  func defaults() throws {
    let configuration = try read(minimal).checked()
    #expect(configuration == NodeConfiguration(site: "LYO", dataDirectory: "/var/lib/relevo"))
    #expect(configuration.http.publicURL == "http://127.0.0.1:8420")
    #expect(configuration.replication.advertise == "tcp://127.0.0.1:9420")
  }

  @Test("Every key of a full file arrives in the configuration")
  func fullFile() throws {
    let configuration = try read(
      """
      site: MAD
      data_directory: /srv/relevo
      mail: {}
      http:
        host: 0.0.0.0
        port: 443
        public_url: https://help.example.org/
        tls: {certificate: /etc/tls/c.pem, key: /etc/tls/k.pem}
      replication:
        bind: tcp://*:9000
        advertise: tcp://madrid.example.org:9000
        neighbours:
          - site: LYO
            address: tcp://10.0.0.5:9000
          - {site: BOG, address: "tcp://[fd00::3]:9000"}
      balance:
        interval_seconds: 60
      log:
        level: debug
        format: json
      """
    ).checked()
    let expected = NodeConfiguration(
      site: "MAD", dataDirectory: "/srv/relevo",
      http: .init(
        host: "0.0.0.0", port: 443, publicURL: "https://help.example.org",
        tls: .init(certificate: "/etc/tls/c.pem", key: "/etc/tls/k.pem")),
      replication: .init(
        bind: "tcp://*:9000", advertise: "tcp://madrid.example.org:9000",
        neighbours: [
          .init(site: "LYO", address: "tcp://10.0.0.5:9000"), .init(site: "BOG", address: "tcp://[fd00::3]:9000"),
        ]),
      balance: .init(intervalSeconds: 60), log: .init(level: .debug, format: .json))
    #expect(configuration == expected)
  }

  @Test("An unknown key is refused at its line and column, with the spelling that was meant")
  func unknownKey() {
    #expect(
      problems("site: LYO\nhttp:\n  prot: 8420\n") == ["node.yaml:3:3: unknown key 'http.prot' (did you mean port?)"])
    #expect(
      problems("site: LYO\ndata-directory: /srv\n")
        == ["node.yaml:2:1: unknown key 'data-directory' (did you mean data_directory?)"])
    #expect(problems("site: LYO\ncolour: teal\n") == ["node.yaml:2:1: unknown key 'colour'"])
  }

  @Test("A key in the wrong section is refused, and the message says where it belongs")
  func misplacedKey() {
    #expect(
      problems("site: LYO\npublic_url: http://a.example\n")
        == ["node.yaml:2:1: unknown key 'public_url' (did you mean http.public_url?)"])
  }

  @Test("All problems are reported at once, in the order of the file, those of the environment last")
  func allProblems() {
    let found = read(
      """
      log:
        level: warn
      http:
        port: 70000
        colour: teal
      site: lyon
      """, environment: ["RELEVO_LOG_FORMAT": "xml"]
    ).problems
    #expect(
      found.map(\.place) == [
        .file(path: "node.yaml", line: 2, column: 10), .file(path: "node.yaml", line: 4, column: 9),
        .file(path: "node.yaml", line: 5, column: 3), .file(path: "node.yaml", line: 6, column: 7),
        .environment("RELEVO_LOG_FORMAT"),
      ])
    #expect(found.map(\.suggestion) == ["warning", nil, nil, "LYON", nil])
  }

  @Test("A file without a site is refused with the line to write")
  func missingSite() {
    let expected =
      "node.yaml:1:1: site is missing. Write 'site: MAD' with your own value, or set RELEVO_SITE"
    #expect(problems("http:\n  port: 80\n") == [expected])
    #expect(problems("") == [expected])
    #expect(problems("# only a comment\n") == [expected])
  }

  @Test("A key without a value is refused where it stands", arguments: ["site:", "site: ~", "site: null", "site: ''"])
  func emptyValue(_ text: String) {
    #expect(problems(text) == ["node.yaml:1:1: site has no value. Write one, or remove the line"])
  }

  @Test("Words that YAML would turn into booleans or numbers stay the text that was written")
  func plainWords() throws {
    #expect(try read("site: 'NO'\n").checked().site == "NO")
    #expect(try read("site: NO\n").checked().site == "NO")
  }

  @Test("A section that is written as a value, and a value that is written as a section, are refused")
  func wrongShapes() {
    #expect(
      problems("site: LYO\nhttp: 8420\n")
        == ["node.yaml:2:7: http must be a list of 'key: value' lines, one below the other"])
    #expect(
      problems("site: [LYO]\n") == ["node.yaml:1:7: site takes one value, not a list or a section"])
    #expect(
      problems("- site\n").first == "node.yaml:1:1: the file must be a list of 'key: value' lines, one below the other")
  }

  @Test("Text that is not YAML is refused at the place where reading stopped")
  func syntaxErrors() throws {
    let tab = try #require(read("site: LYO\nhttp:\n\tport: 80\n").problems.first)
    #expect(tab.place == .file(path: "node.yaml", line: 3, column: 1))
    #expect(tab.message.contains("Indent with spaces"))
    let open = try #require(read("site: LYO\nhttp: {port: 80\n").problems.first)
    #expect(open.message.hasPrefix("this is not YAML"))
    let second = try #require(read("site: LYO\n---\nsite: MAD\n").problems.first)
    #expect(second.place == .file(path: "node.yaml", line: 2, column: 1))
  }

  @Test("A key that stands there twice is refused at its second line")
  func duplicateKey() {
    #expect(
      problems("site: LYO\nhttp:\n  port: 80\n  host: a\n  port: 81\n").first
        == "node.yaml:5:3: 'port' stands here a second time. Keep the line that is right")
  }

  @Test(
    "Both sides of the limits of the time between two measurements",
    arguments: [
      ("1", true), ("86400", true), ("0", false), ("86401", false), ("3m", false), ("-1", false), ("07", false),
    ])
  func balanceIntervals(_ text: String, isRight: Bool) {
    let found = problems("site: LYO\nbalance: {interval_seconds: '\(text)'}\n")
    #expect(
      found
        == (isRight
          ? []
          : [
            "node.yaml:2:29: balance.interval_seconds: '\(text)' is no such time: write whole seconds from 1 to 86400"
          ]))
  }

  @Test(
    "Both sides of the limits of a port", arguments: [("1", true), ("65535", true), ("0", false), ("65536", false)])
  func portLimits(_ text: String, isRight: Bool) {
    #expect(problems("site: LYO\nhttp: {port: \(text)}\n").isEmpty == isRight)
  }

  @Test(
    "Ports that are not plain decimal numbers are refused",
    arguments: ["+80", "-1", "080", "8_0", "0x50", "80.0", "8O"])
  func oddPorts(_ text: String) {
    #expect(problems("site: LYO\nhttp: {port: \"\(text)\"}\n").count == 1)
  }

  @Test(
    "A site code has 2 to 8 capital letters and digits, a letter first",
    arguments: [
      ("LY", true), ("ABCDEFGH", true), ("A1", true), ("L", false), ("ABCDEFGHI", false), ("1A", false),
      ("LÝO", false), ("LY-O", false),
    ])
  func siteCodes(_ code: String, isRight: Bool) {
    #expect(problems("site: \"\(code)\"\n").isEmpty == isRight)
  }

  @Test(
    "The public address is a whole site: scheme, host and perhaps a port",
    arguments: [
      ("https://help.example.org", true), ("http://localhost:8421", true), ("http://[::1]:80", true),
      ("http://[::1]", true), ("https://help.example.org/", true), ("help.example.org", false),
      ("https://help.example.org/desk", false), ("https://a@help.example.org", false), ("https://", false),
      ("ftp://help.example.org", false), ("http://host:99999", false), ("http://*:80", false),
    ])
  func publicAddresses(_ address: String, isRight: Bool) {
    #expect(problems("site: LYO\nhttp: {public_url: \"\(address)\"}\n").isEmpty == isRight)
  }

  @Test("An endpoint without its scheme is refused with the full form as a suggestion")
  func endpointScheme() {
    let found = read("site: LYO\nreplication: {bind: \"10.0.0.5:9420\"}\n").problems
    #expect(found.map(\.suggestion) == ["tcp://10.0.0.5:9420"])
  }

  @Test("Listening on every address demands the addresses that people and offices use")
  func wildcards() throws {
    let found = problems("site: LYO\nhttp: {host: 0.0.0.0}\nreplication: {bind: \"tcp://*:9420\"}\n")
    #expect(found.count == 2)
    #expect(found[0].hasPrefix("node.yaml:2:14: http.public_url is missing"))
    #expect(found[1].hasPrefix("node.yaml:3:21: replication.advertise is missing"))
  }

  @Test("The public address and the advertised endpoint follow from what is listened on")
  func derivedAddresses() throws {
    let configuration = try read(
      "site: LYO\nhttp: {host: \"::1\", port: 90, tls: {certificate: /c, key: /k}}\nreplication: {bind: \"tcp://10.0.0.5:9000\"}\n"
    ).checked()
    #expect(configuration.http.publicURL == "https://[::1]:90")
    #expect(configuration.replication.advertise == "tcp://10.0.0.5:9000")
  }

  @Test("A certificate without its key, and files that cannot be read, are refused")
  func tls() {
    #expect(
      problems("site: LYO\nhttp:\n  tls:\n    key: /k.pem\n") == [
        "node.yaml:4:10: http.tls.certificate is missing: a certificate and its key are only of use together"
      ])
    #expect(problems("site: LYO\nhttp: {tls: {certificate: /c, key: /k}}\n", readable: false).count == 2)
  }

  @Test("Neighbours: own site, twice the same, a wildcard address and missing parts are refused")
  func neighbourProblems() {
    let found = problems(
      """
      site: LYO
      replication:
        neighbours:
          - {site: LYO, address: "tcp://a:1"}
          - {site: MAD, address: "tcp://a:1"}
          - {site: MAD, address: "tcp://a:1"}
          - {site: BOG, address: "tcp://*:1"}
          - {site: PAR}
          - {site: ROM, adress: "tcp://a:1"}
          - MIL
      """)
    #expect(found.count == 7)
    #expect(found[0] == "node.yaml:4:14: LYO is this node's own site; list only the others")
    #expect(found[1] == "node.yaml:6:14: MAD is listed twice; keep the address that is right")
    #expect(found[2].hasPrefix("node.yaml:7:28: address: 'tcp://*:1' means every address"))
    #expect(found[3].hasPrefix("node.yaml:8:7: this neighbour lacks its address"))
    #expect(
      found.contains("node.yaml:9:19: a neighbour has no 'adress', only site and address (did you mean address?)"))
    #expect(found[6].hasPrefix("node.yaml:10:7: each neighbour has two lines"))
  }

  @Test("Settings below a reserved section are refused, an empty one is accepted")
  func reservedSection() {
    #expect(problems("site: LYO\nmail:\n").isEmpty)
    #expect(problems("site: LYO\nmail: {server: a}\n").count == 1)
  }

  // MARK: Environment

  @Test("A variable wins over the file, an empty one does not count")
  func environmentWins() throws {
    let environment = [
      "RELEVO_HTTP_PORT": "9000", "RELEVO_DATA_DIRECTORY": "/tmp/lyon", "RELEVO_LOG_LEVEL": "",
      "RELEVO_CONFIG": "/elsewhere.yaml", "PATH": "/bin",
    ]
    let reading = read("site: LYO\nhttp: {port: 80}\nlog: {level: error}\n", environment: environment)
    let configuration = try reading.checked()
    #expect(configuration.http.port == 9000)
    #expect(configuration.http.publicURL == "http://127.0.0.1:9000")
    #expect(configuration.dataDirectory == "/tmp/lyon")
    #expect(configuration.log.level == .error)
  }

  @Test("A variable repairs a wrong value of the file")
  func environmentRepairs() {
    #expect(problems("site: LYO\nhttp: {port: none}\n", environment: ["RELEVO_HTTP_PORT": "80"]).isEmpty)
  }

  @Test("A wrong variable is named instead of a line of the file")
  func environmentProblem() {
    #expect(
      problems(minimal, environment: ["RELEVO_HTTP_PORT": "none"])
        == ["environment RELEVO_HTTP_PORT: http.port: 'none' is not a port: write a whole number from 1 to 65535"])
  }

  @Test("A variable that only resembles a key is refused, so that the slip is noticed")
  func misspelledVariable() {
    #expect(
      problems(minimal, environment: ["RELEVO_HTTP_PROT": "80"]) == [
        "environment RELEVO_HTTP_PROT: no key of the configuration has this name (did you mean RELEVO_HTTP_PORT?)"
      ])
    #expect(problems(minimal, environment: ["RELEVO_CI": "1"]).isEmpty)
  }

  @Test("Neighbours come from a variable as SITE=endpoint, separated by commas")
  func neighboursFromEnvironment() throws {
    let name = "RELEVO_REPLICATION_NEIGHBOURS"
    let configuration = try read(minimal, environment: [name: "MAD=tcp://a:1,BOG=tcp://b:2"]).checked()
    #expect(
      configuration.replication.neighbours == [
        .init(site: "MAD", address: "tcp://a:1"), .init(site: "BOG", address: "tcp://b:2"),
      ])
    #expect(problems(minimal, environment: [name: "MAD"]).count == 1)
  }
}
