import Texts

/// The incident log of Volvo IT Belgium as values: rows grouped by incident, and every row that cannot be used.
///
/// Published for the Business Process Intelligence Challenge 2013 (doi:10.4121/uuid:500573e6-accc-4b0c-9576-aa5468b10cee),
/// here in the transformation that adds the columns Activity, Activity Level, Involved ST 2 and Resource, which are not read.
package struct VolvoIncidents: Sendable {
  /// The source's name in tickets, history steps and on the command line.
  package static let source = "volvo-incidents"

  /// In the order of their first rows.
  package private(set) var incidents: [Incident] = []
  /// Rows that are not imported, in the order of the file.
  package private(set) var rejected: [RejectedRow] = []
  /// The header as it stands in the file.
  package let header: String

  /// All rows of one service request.
  package struct Incident: Sendable, Equatable, Codable {
    /// `SR Number`, such as `1-364285768`.
    package var id: String
    package var events: [Event]

    package init(id: String, events: [Event]) {
      self.id = id
      self.events = events
    }
  }

  /// One row: what became of an incident at one moment.
  package struct Event: Sendable, Equatable, Codable {
    /// Line of the file, from 1, for messages.
    package var line: Int
    /// Place among the incident's rows in the file, from 1, rejected ones counted; names the history step.
    package var number: Int
    /// Milliseconds UTC.
    package var at: Int64
    /// `Accepted`, `Queued`, `Completed` or `Unmatched`.
    package var status: String
    /// `In Progress`, `Wait - User`, `Resolved`, ….
    package var subStatus: String
    /// Function and organisation line of the team; either may be empty.
    package var division: String
    package var organisation: String
    package var team: String
    /// `L1`, `L2`, `L3` or `L2/L3`.
    package var level: String
    /// `Low`, `Medium`, `High` or `Major`.
    package var impact: String
    package var product: String
    /// Code of the team's country; nil where the file says `0`.
    package var country: String?
    /// Code of the owner's country; nil where the file says `0`.
    package var ownerCountry: String?
    /// Pseudonym; `Siebel` is the source system itself.
    package var owner: String
  }

  /// A row that is left out, and why.
  package struct RejectedRow: Sendable, Equatable, Codable {
    package var line: Int
    package var reason: String
    /// The row as it stands in the file.
    package var raw: String

    package init(line: Int, reason: String, raw: String) {
      self.line = line
      self.reason = reason
      self.raw = raw
    }
  }

  /// Why nothing of a file can be used; says what to do.
  package struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
  }

  /// Reads a whole file. Throws `Refusal` when its header is not that of the log; a bad row is only left out.
  package init(csv bytes: [UInt8]) throws(Refusal) {
    var rows = StrictCSV(bytes)
    let columns: Columns
    switch rows.next() {
    case nil: throw Refusal(description: "The file is empty; it should begin with a line of column names.")
    case .failure(let problem):
      throw Refusal(description: "Line 1, the column names, cannot be read: \(problem.message).")
    case .success(let row):
      columns = try Columns(row.fields)
      header = row.raw
    }
    var places: [String: Int] = [:]
    var counts: [Int] = []
    while let row = rows.next() {
      switch row {
      case .failure(let problem):
        rejected.append(RejectedRow(line: problem.line, reason: problem.message, raw: problem.raw))
      case .success(let row):
        // Counted before it is judged, so that a row mended later does not shift the names of the steps after it.
        let id = row.fields.indices.contains(columns.incident) ? Self.trimmed(row.fields[columns.incident]) : ""
        if places[id] == nil {
          places[id] = counts.count
          counts.append(0)
          incidents.append(Incident(id: id, events: []))
        }
        guard let place = places[id] else { continue }
        counts[place] += 1
        do {
          incidents[place].events.append(try columns.event(row, id: id, number: counts[place]))
        } catch {
          rejected.append(RejectedRow(line: row.line, reason: error.reason, raw: row.raw))
        }
      }
    }
    incidents.removeAll { $0.events.isEmpty }
  }

  fileprivate struct Unusable: Error {
    let reason: String
  }

  fileprivate static func trimmed(_ text: String) -> String {
    guard text.utf8.first == UInt8(ascii: " ") || text.utf8.last == UInt8(ascii: " ") else { return text }
    return String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

/// Where each column stands; the order is free and further columns are allowed.
private struct Columns {
  let count: Int
  let incident: Int
  private let time: Int
  private let status: Int
  private let subStatus: Int
  private let division: Int
  private let organisation: Int
  private let team: Int
  private let level: Int
  private let impact: Int
  private let product: Int
  private let country: Int
  private let ownerCountry: Int
  private let owner: Int

  init(_ names: [String]) throws(VolvoIncidents.Refusal) {
    var missing: [String] = []
    func place(_ name: String) -> Int {
      guard let place = names.firstIndex(of: name) else {
        missing.append(name)
        return 0
      }
      return place
    }
    count = names.count
    incident = place("SR Number")
    time = place("Change Date+Time")
    status = place("Status")
    subStatus = place("Sub Status")
    division = place("Involved ST Function Div")
    organisation = place("Involved Org line 3")
    team = place("Involved ST")
    level = place("ST Level")
    impact = place("SR Latest Impact")
    product = place("Product")
    country = place("Country")
    ownerCountry = place("Owner Country")
    owner = place("Owner First Name")
    guard missing.isEmpty else {
      throw VolvoIncidents.Refusal(
        description:
          "Line 1 lacks the \(missing.count == 1 ? "column" : "columns") \(missing.joined(separator: ", ")). "
          + "Is it the incident log of the BPI Challenge 2013, with its column names in the first line?")
    }
  }

  func event(
    _ row: StrictCSV.Row, id: String, number: Int
  ) throws(VolvoIncidents.Unusable) -> VolvoIncidents.Event {
    guard row.fields.count == count else {
      throw VolvoIncidents.Unusable(reason: "the row has \(row.fields.count) fields, the header \(count)")
    }
    let fields = row.fields.map(VolvoIncidents.trimmed)
    try require(id, "SR Number")
    try require(fields[team], "Involved ST")
    try require(fields[owner], "Owner First Name")
    guard let at = RFC3339.milliseconds(fields[time]) else {
      throw VolvoIncidents.Unusable(
        reason: "Change Date+Time ‘\(fields[time].prefix(40))’ is not a time such as 2010-03-31T15:59:42+01:00")
    }
    let event = VolvoIncidents.Event(
      line: row.line, number: number, at: at, status: fields[status], subStatus: fields[subStatus],
      division: fields[division], organisation: fields[organisation], team: fields[team], level: fields[level],
      impact: fields[impact], product: fields[product], country: try code(fields[country], "Country"),
      ownerCountry: try code(fields[ownerCountry], "Owner Country"), owner: fields[owner])
    guard event.isUnderstood else {
      throw VolvoIncidents.Unusable(reason: event.misunderstanding)
    }
    return event
  }

  private func require(_ text: String, _ column: String) throws(VolvoIncidents.Unusable) {
    guard !text.isEmpty else { throw VolvoIncidents.Unusable(reason: "\(column) is empty") }
    guard text.utf8.count <= 100 else {
      throw VolvoIncidents.Unusable(reason: "\(column) has \(text.utf8.count) bytes, at most 100 are taken")
    }
  }

  /// A country's code, nil for the log's `0`.
  private func code(_ text: String, _ column: String) throws(VolvoIncidents.Unusable) -> String? {
    if text == "0" || text.isEmpty { return nil }
    guard let country = VolvoCountry(text) else {
      throw VolvoIncidents.Unusable(reason: "\(column) ‘\(text.prefix(40))’ is no country this importer knows")
    }
    return country.code
  }
}
