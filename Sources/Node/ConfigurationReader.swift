import Logging
import Yams

/// Turns YAML text and environment into a checked configuration, collecting every problem on the way.
///
/// Pure but for `isReadable`: the caller passes text, names and variables in. Environment beats file, and file beats
/// default; an empty variable counts as not set.
package struct ConfigurationReader {
  private let file: String
  private let environment: [String: String]
  private let isReadable: (String) -> Bool
  private var found: [String: (text: String, place: ConfigurationPlace)] = [:]
  private var neighbours: [FoundNeighbour] = []
  private var problems: [ConfigurationProblem] = []
  /// False when the file is not YAML at all; then nothing is said about keys that it may well hold.
  private var isFileReadable = true

  /// Reads a configuration. `file` is used in messages only; `isReadable` tells whether this process may read a path.
  package static func read(
    text: String, file: String, environment: [String: String], isReadable: (String) -> Bool
  ) -> ConfigurationReading {
    withoutActuallyEscaping(isReadable) { isReadable in
      var reader = ConfigurationReader(file: file, environment: environment, isReadable: isReadable)
      reader.readFile(text)
      reader.readEnvironment()
      return reader.finish()
    }
  }

  private init(file: String, environment: [String: String], isReadable: @escaping (String) -> Bool) {
    self.file = file
    self.environment = environment
    self.isReadable = isReadable
  }

  // MARK: The file

  private mutating func readFile(_ text: String) {
    do {
      guard let root = try Yams.compose(yaml: text) else { return }
      readSection(root, path: "")
    } catch {
      isFileReadable = false
      problems.append(ConfigurationSyntax.problem(error, text: text, file: file))
    }
  }

  private mutating func readSection(_ node: Yams.Node, path: String) {
    if isNull(node) { return }
    guard let mapping = node.mapping else {
      let name = path.isEmpty ? "the file" : path
      report(
        at: place(node), key: path.isEmpty ? nil : path,
        "\(name) must be a list of 'key: value' lines, one below the other")
      return
    }
    for (keyNode, value) in mapping {
      guard let word = keyNode.scalar?.string else {
        report(at: place(keyNode), key: nil, "a key must be one word")
        continue
      }
      let full = path.isEmpty ? word : "\(path).\(word)"
      if ConfigurationKey.sectionPaths.contains(full) {
        readSection(value, path: full)
      } else if let key = ConfigurationKey.all.first(where: { $0.path == full }) {
        readValue(value, of: key, keyPlace: place(keyNode))
      } else {
        reportUnknown(word, full: full, below: path, at: place(keyNode))
      }
    }
  }

  private mutating func readValue(_ node: Yams.Node, of key: ConfigurationKey, keyPlace: ConfigurationPlace) {
    switch key.shape {
    case .scalar:
      guard let scalar = node.scalar else {
        report(at: place(node), key: key.path, "\(key.path) takes one value, not a list or a section")
        return
      }
      guard !isNull(node), !scalar.string.isEmpty else {
        report(at: keyPlace, key: key.path, "\(key.path) has no value. Write one, or remove the line")
        return
      }
      found[key.path] = (scalar.string, place(node))
    case .neighbours:
      readNeighbours(node, key: key)
    case .reserved:
      let isEmpty = isNull(node) || node.mapping?.isEmpty == true
      if !isEmpty {
        report(
          at: place(node), key: key.path,
          "this version has no settings for \(key.path) yet. Remove what stands below it, and it starts")
      }
    }
  }

  private mutating func readNeighbours(_ node: Yams.Node, key: ConfigurationKey) {
    if isNull(node) { return }
    guard let items = node.sequence else {
      report(at: place(node), key: key.path, "\(key.path) is a list: begin each office with '- site: CODE'")
      return
    }
    for item in items {
      guard let mapping = item.mapping else {
        report(
          at: place(item), key: key.path, "each neighbour has two lines, 'site: CODE' and 'address: tcp://host:port'")
        continue
      }
      var parts: [String: (text: String, place: ConfigurationPlace)] = [:]
      for (keyNode, value) in mapping {
        let word = keyNode.scalar?.string ?? ""
        guard word == "site" || word == "address" else {
          report(
            at: place(keyNode), key: key.path, "a neighbour has no '\(word)', only site and address",
            suggestion: ConfigurationSpelling.nearest(to: word, among: ["site", "address"]))
          continue
        }
        if let scalar = value.scalar, !isNull(value) { parts[word] = (scalar.string, place(value)) }
      }
      if let site = parts["site"], let address = parts["address"] {
        neighbours.append(FoundNeighbour(site: site, address: address))
      } else {
        let missing =
          parts["site"] == nil ? "its site, such as 'site: LYO'" : "its address, such as 'address: tcp://host:9420'"
        report(at: place(item), key: key.path, "this neighbour lacks \(missing)")
      }
    }
  }

  private mutating func reportUnknown(_ word: String, full: String, below path: String, at place: ConfigurationPlace) {
    let prefix = path.isEmpty ? "" : "\(path)."
    let paths = ConfigurationKey.all.map(\.path) + ConfigurationKey.sectionPaths.sorted()
    let siblings = paths.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains(".") }
      .map { String($0.dropFirst(prefix.count)) }
    let elsewhere = ConfigurationKey.all.first { $0.name == word }?.path
    report(
      at: place, key: full, "unknown key '\(full)'",
      suggestion: ConfigurationSpelling.nearest(to: word, among: siblings) ?? elsewhere)
  }

  // MARK: The environment

  private mutating func readEnvironment() {
    var known: [String] = []
    for key in ConfigurationKey.all {
      if case .reserved = key.shape { continue }
      known.append(key.environmentName)
      guard let text = environment[key.environmentName], !text.isEmpty else { continue }
      let place = ConfigurationPlace.environment(key.environmentName)
      if case .neighbours = key.shape {
        neighbours = neighbours(listed: text, key: key, place: place)
      } else {
        found[key.path] = (text, place)
      }
    }
    let prefixes = ["RELEVO_HTTP_", "RELEVO_REPLICATION_", "RELEVO_BALANCE_", "RELEVO_LOG_", "RELEVO_MAIL_"]
    for name in environment.keys.sorted() where !known.contains(name) {
      guard prefixes.contains(where: { name.hasPrefix($0) }) else { continue }
      report(
        at: .environment(name), key: nil, "no key of the configuration has this name",
        suggestion: ConfigurationSpelling.nearest(to: name, among: known))
    }
  }

  /// `LYO=tcp://host:port,BOG=tcp://host:port`, the form that the list takes in a variable.
  private mutating func neighbours(
    listed text: String, key: ConfigurationKey, place: ConfigurationPlace
  ) -> [FoundNeighbour] {
    text.split(separator: ",").compactMap { item in
      let parts = item.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        report(at: place, key: key.path, "'\(item)' is not SITE=tcp://host:port; separate several with commas")
        return nil
      }
      return FoundNeighbour(site: (parts[0], place), address: (parts[1], place))
    }
  }

  // MARK: Values, defaults and what belongs together

  private mutating func finish() -> ConfigurationReading {
    checkScalars()
    checkTLS()
    let publicURL = derivedPublicURL()
    let advertise = derivedAdvertise()
    checkNeighbours()
    let values = effectiveValues(publicURL: publicURL, advertise: advertise)
    let sorted = problems.enumerated().sorted { left, right in
      (order(of: left.element.place), left.offset) < (order(of: right.element.place), right.offset)
    }
    let ordered = sorted.map(\.element)
    guard ordered.isEmpty else { return ConfigurationReading(configuration: nil, values: values, problems: ordered) }
    var texts: [String: String] = [:]
    for value in values { texts[value.path] = value.text }
    return ConfigurationReading(
      configuration: NodeConfiguration(checked: texts, neighbours: neighbours), values: values, problems: [])
  }

  private mutating func checkScalars() {
    for key in ConfigurationKey.all {
      guard case .scalar(let check) = key.shape else { continue }
      if let value = found[key.path] {
        guard let complaint = check(value.text) else { continue }
        report(at: value.place, key: key.path, "\(key.path): \(complaint.message)", suggestion: complaint.suggestion)
      } else if case .required = key.fallback, isFileReadable, !problems.contains(where: { $0.key == key.path }) {
        report(
          at: .file(path: file, line: 1, column: 1), key: key.path,
          "\(key.path) is missing. Write '\(key.path): \(key.example)' with your own value, "
            + "or set \(key.environmentName)"
        )
      }
    }
  }

  private mutating func checkTLS() {
    let paths = ["http.tls.certificate", "http.tls.key"]
    let present = paths.filter { found[$0] != nil }
    let alreadyReported = problems.contains { $0.key?.hasPrefix("http.tls") == true }
    if present.count == 1, let given = found[present[0]], !alreadyReported {
      let missing = paths[0] == present[0] ? paths[1] : paths[0]
      report(at: given.place, key: missing, "\(missing) is missing: a certificate and its key are only of use together")
    }
    for path in present {
      guard let value = found[path], ConfigurationValues.absolutePath(value.text) == nil, !isReadable(value.text) else {
        continue
      }
      report(
        at: value.place, key: path, "\(path): this user cannot read \(value.text). Does it exist, and who may read it?")
    }
  }

  /// The public address when none is given; reports when host alone does not tell how people reach it.
  private mutating func derivedPublicURL() -> String? {
    guard found["http.public_url"] == nil, !problems.contains(where: { $0.key == "http.public_url" }) else {
      return nil
    }
    let host = found["http.host"]?.text ?? "127.0.0.1"
    if ConfigurationValues.isWildcard(host) {
      let place = found["http.host"]?.place ?? .file(path: file, line: 1, column: 1)
      report(
        at: place, key: "http.public_url",
        "http.public_url is missing: the node listens on every address, and links need the one that people type")
      return nil
    }
    let scheme = found["http.tls.certificate"] == nil ? "http" : "https"
    let name = host.contains(":") ? "[\(host)]" : host
    return "\(scheme)://\(name):\(found["http.port"]?.text ?? "8420")"
  }

  /// The advertised address when none is given; reports when `bind` names no host that others could call.
  private mutating func derivedAdvertise() -> String? {
    let key = "replication.advertise"
    guard found[key] == nil, !problems.contains(where: { $0.key == key }) else { return nil }
    guard let bind = found["replication.bind"] else { return "tcp://127.0.0.1:9420" }
    guard let endpoint = ConfigurationValues.endpoint(bind.text) else { return nil }
    if ConfigurationValues.isWildcard(endpoint.host) {
      report(
        at: bind.place, key: key,
        "\(key) is missing: the node listens on every address, and other offices need one they can call")
      return nil
    }
    return bind.text
  }

  private mutating func checkNeighbours() {
    var seen: Set<String> = []
    let key = "replication.neighbours"
    for neighbour in neighbours {
      let site = neighbour.site
      if let complaint = ConfigurationValues.siteCode(site.text) {
        report(at: site.place, key: key, "site: \(complaint.message)", suggestion: complaint.suggestion)
      } else if site.text == found["site"]?.text {
        report(at: site.place, key: key, "\(site.text) is this node's own site; list only the others")
      } else if !seen.insert(site.text).inserted {
        report(at: site.place, key: key, "\(site.text) is listed twice; keep the address that is right")
      }
      if let complaint = ConfigurationValues.callableEndpoint(neighbour.address.text) {
        report(
          at: neighbour.address.place, key: key, "address: \(complaint.message)", suggestion: complaint.suggestion)
      }
    }
  }

  private func effectiveValues(publicURL: String?, advertise: String?) -> [ConfigurationValue] {
    var values: [ConfigurationValue] = []
    for key in ConfigurationKey.all {
      if case .neighbours = key.shape {
        for (index, neighbour) in neighbours.enumerated() {
          let path = "\(key.path).\(index)"
          values.append(
            ConfigurationValue(path: "\(path).site", text: neighbour.site.text, place: neighbour.site.place))
          values.append(
            ConfigurationValue(path: "\(path).address", text: neighbour.address.text, place: neighbour.address.place))
        }
        continue
      }
      if let value = found[key.path] {
        values.append(ConfigurationValue(path: key.path, text: value.text, place: value.place))
        continue
      }
      switch key.fallback {
      case .required, .absent: break
      case .value(let text):
        values.append(ConfigurationValue(path: key.path, text: text, place: .fallback("default")))
      case .derived(let source):
        let derived = key.path == "http.public_url" ? publicURL : advertise
        guard let derived else { break }
        values.append(ConfigurationValue(path: key.path, text: derived, place: .fallback("default, from \(source)")))
      }
    }
    return values
  }

  // MARK: Places

  private mutating func report(
    at place: ConfigurationPlace, key: String?, _ message: String, suggestion: String? = nil
  ) {
    problems.append(ConfigurationProblem(place: place, key: key, message: message, suggestion: suggestion))
  }

  private func place(_ node: Yams.Node) -> ConfigurationPlace {
    .file(path: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }

  /// File positions in reading order, then the environment.
  private func order(of place: ConfigurationPlace) -> Int {
    switch place {
    case .file(_, let line, let column): line * 10_000 + min(column, 9_999)
    case .environment, .fallback: .max
    }
  }

  /// Whether a key was written without a value; a quoted word such as "null" is a value.
  private func isNull(_ node: Yams.Node) -> Bool {
    guard let scalar = node.scalar, scalar.style == .plain || scalar.style == .any else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}

/// A neighbour as it was written, before and after its check.
struct FoundNeighbour {
  let site: (text: String, place: ConfigurationPlace)
  let address: (text: String, place: ConfigurationPlace)
}

extension NodeConfiguration {
  /// From texts that have all passed their checks; a missing one takes the same default as the key table names.
  fileprivate init(checked texts: [String: String], neighbours: [FoundNeighbour]) {
    var http = HTTP()
    http.host = texts["http.host"] ?? http.host
    http.port = texts["http.port"].flatMap(ConfigurationValues.portNumber) ?? http.port
    http.publicURL = texts["http.public_url"].map(ConfigurationValues.withoutSlash) ?? http.publicURL
    if let certificate = texts["http.tls.certificate"], let key = texts["http.tls.key"] {
      http.tls = TLS(certificate: certificate, key: key)
    }
    var replication = Replication()
    replication.bind = texts["replication.bind"] ?? replication.bind
    replication.advertise = texts["replication.advertise"] ?? replication.advertise
    replication.neighbours = neighbours.map { Neighbour(site: $0.site.text, address: $0.address.text) }
    var balance = Balance()
    balance.intervalSeconds =
      texts["balance.interval_seconds"].flatMap(ConfigurationValues.balanceIntervalSeconds) ?? balance.intervalSeconds
    var log = Log()
    log.level = texts["log.level"].flatMap { .init(rawValue: $0) } ?? log.level
    log.format = texts["log.format"].flatMap { .init(rawValue: $0) } ?? log.format
    self.init(
      site: texts["site"] ?? "", dataDirectory: texts["data_directory"] ?? "/var/lib/relevo", http: http,
      replication: replication, balance: balance, log: log)
  }
}
