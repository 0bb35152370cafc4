/// One key that the configuration file may hold: how it is checked, what it means, and what applies without it.
///
/// The table `all` is the only list of keys: reading, overriding by environment, `config show` and `config example`
/// all walk it, so that a new key is one new row.
struct ConfigurationKey: Sendable {
  /// What kind of value stands under a key.
  enum Shape: Sendable {
    /// One text, number or word; nil from the check means right.
    case scalar(check: @Sendable (String) -> ConfigurationComplaint?)
    /// A list of `{site, address}`.
    case neighbours
    /// Reserved for a later version: may stand there empty.
    case reserved
  }

  /// What applies when neither the file nor the environment says anything.
  enum Fallback: Sendable {
    /// Nothing does: the key must be given.
    case required
    /// The feature is off.
    case absent
    /// This value.
    case value(String)
    /// Computed from other keys, named for people.
    case derived(from: String)
  }

  /// Dotted path, such as `http.port`.
  let path: String
  let shape: Shape
  let fallback: Fallback
  /// What the example shows; for neighbours, one per line as `SITE=address`.
  let example: String
  /// False where the example only shows the key in a comment.
  let isActiveInExample: Bool
  /// Lines for the example's comment, without `#`.
  let explanation: [String]

  /// The name that overrides it: `http.port` is `RELEVO_HTTP_PORT`.
  var environmentName: String {
    "RELEVO_" + path.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
  }

  /// The sections above the key: `["http", "tls"]` for `http.tls.key`.
  var sections: [String] {
    path.split(separator: ".").dropLast().map(String.init)
  }

  /// The last part of the path.
  var name: String {
    path.split(separator: ".").last.map(String.init) ?? path
  }

  /// Every key, in the order in which files and listings show them.
  static let all: [ConfigurationKey] = topLevel + http + replication + balance + log

  /// Dotted paths of all sections: `http`, `http.tls`, `replication`, `balance`, `log`.
  static let sectionPaths: Set<String> = Set(
    all.flatMap { key in key.sections.indices.map { key.sections[...$0].joined(separator: ".") } })

  /// The explanation of each section, for the example.
  static let sectionExplanations: [String: [String]] = [
    "http": ["What browsers and API clients reach."],
    "http.tls": [
      "Certificate for https, as two PEM files. Leave it out when a proxy in front of the node ends TLS.",
      "Both files are read when the node starts.",
    ],
    "replication": [
      "The encrypted links to the other offices. Each node has its own keys, made by 'relevo cluster init' or",
      "'relevo join'; none of them belongs into this file.",
    ],
    "balance": ["Whether all offices are served alike: what relevo status and /metrics say about it."],
    "log": ["What the node writes about its own work, to standard error. It never holds ticket text or names."],
  ]

  private static let topLevel: [ConfigurationKey] = [
    ConfigurationKey(
      path: "site", shape: .scalar(check: ConfigurationValues.siteCode), fallback: .required,
      example: "MAD", isActiveInExample: true,
      explanation: ["The office this node serves: 2 to 8 capital letters and digits. Ticket numbers begin with it."]),
    ConfigurationKey(
      path: "data_directory", shape: .scalar(check: ConfigurationValues.absolutePath),
      fallback: .value("/var/lib/relevo"), example: "/var/lib/relevo", isActiveInExample: true,
      explanation: [
        "Holds the store, the keys of this node and the socket that the relevo command talks to. One node per",
        "directory, on a local disk, readable by the service's user alone.",
      ]),
    ConfigurationKey(
      path: "mail", shape: .reserved, fallback: .absent, example: "{}", isActiveInExample: false,
      explanation: ["Reserved for mail; this version neither sends nor reads any, so it may only stand here empty."]),
  ]

  private static let http: [ConfigurationKey] = [
    ConfigurationKey(
      path: "http.host", shape: .scalar(check: ConfigurationValues.host), fallback: .value("127.0.0.1"),
      example: "127.0.0.1", isActiveInExample: true,
      explanation: [
        "The address to listen on. 127.0.0.1 serves this machine alone (a proxy, for instance); 0.0.0.0 all."
      ]),
    ConfigurationKey(
      path: "http.port", shape: .scalar(check: ConfigurationValues.port), fallback: .value("8420"),
      example: "8420", isActiveInExample: true, explanation: ["TCP port, 1 to 65535."]),
    ConfigurationKey(
      path: "http.public_url", shape: .scalar(check: ConfigurationValues.publicURL),
      fallback: .derived(from: "http.host, http.port and http.tls"), example: "https://help.example.org",
      isActiveInExample: true,
      explanation: [
        "The address people type; links carry it. Needed when host is 0.0.0.0, else host and port make it up."
      ]),
    ConfigurationKey(
      path: "http.tls.certificate", shape: .scalar(check: ConfigurationValues.absolutePath), fallback: .absent,
      example: "/etc/relevo/tls/certificate.pem", isActiveInExample: false,
      explanation: ["The certificate chain, the server's own certificate first."]),
    ConfigurationKey(
      path: "http.tls.key", shape: .scalar(check: ConfigurationValues.absolutePath), fallback: .absent,
      example: "/etc/relevo/tls/key.pem", isActiveInExample: false,
      explanation: ["The private key that belongs to it; readable by the service's user alone."]),
  ]

  private static let replication: [ConfigurationKey] = [
    ConfigurationKey(
      path: "replication.bind", shape: .scalar(check: ConfigurationValues.bindEndpoint),
      fallback: .value("tcp://127.0.0.1:9420"), example: "tcp://0.0.0.0:9420", isActiveInExample: true,
      explanation: [
        "Where this node waits for other offices. Strangers are refused by their key, whatever the address."
      ]),
    ConfigurationKey(
      path: "replication.advertise", shape: .scalar(check: ConfigurationValues.callableEndpoint),
      fallback: .derived(from: "replication.bind"), example: "tcp://madrid.example.org:9420", isActiveInExample: true,
      explanation: [
        "The address invitations carry: how other offices reach the one above. Needed when bind names no host."
      ]),
    ConfigurationKey(
      path: "replication.neighbours", shape: .neighbours, fallback: .value(""),
      example: "LYO=tcp://lyon.example.org:9420\nBOG=tcp://bogota.example.org:9420", isActiveInExample: true,
      explanation: [
        "The offices this node calls. One of two neighbours naming the other is enough; both may. Anything one",
        "node holds it passes on, so a chain or a hub works as well as a full mesh.",
      ]),
  ]

  private static let balance: [ConfigurationKey] = [
    ConfigurationKey(
      path: "balance.interval_seconds", shape: .scalar(check: ConfigurationValues.balanceInterval),
      fallback: .value("180"), example: "180", isActiveInExample: true,
      explanation: [
        "Seconds between two measurements, 1 to 86400; each reads the tickets of the last four weeks."
      ])
  ]

  private static let log: [ConfigurationKey] = [
    ConfigurationKey(
      path: "log.level", shape: .scalar(check: ConfigurationValues.logLevel), fallback: .value("info"),
      example: "info", isActiveInExample: true,
      explanation: ["trace, debug, info, notice, warning, error or critical."]),
    ConfigurationKey(
      path: "log.format", shape: .scalar(check: ConfigurationValues.logFormat), fallback: .value("text"),
      example: "text", isActiveInExample: true,
      explanation: ["text for people, json (one object per line) for collectors."]),
  ]
}
