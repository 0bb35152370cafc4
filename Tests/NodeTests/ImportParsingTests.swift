import Helpdesk
import Node
import Testing

@Suite("Reading CSV and the incident log")
struct ImportParsingTests {
  private func rows(_ text: String) -> [Result<StrictCSV.Row, StrictCSV.Problem>] {
    Array(StrictCSV(Array(text.utf8)))
  }

  private func fields(_ text: String) throws -> [[String]] {
    try rows(text).map { try $0.get().fields }
  }

  @Test("Fields are split at commas, and quoted ones may hold commas, quotes and line breaks")
  func quotedFields() throws {
    #expect(try fields("a,b\n1,\"x, \"\"y\"\"\nz\"\n") == [["a", "b"], ["1", "x, \"y\"\nz"]])
    #expect(try fields("a,,\r\n\r\nb,\"\",c") == [["a", "", ""], ["b", "", "c"]])
    #expect(try fields("\u{FEFF}é,ñ\n") == [["é", "ñ"]])
    #expect(try fields("") == [])
  }

  @Test("Rows know their first line, also after a quoted line break and an empty line")
  func lines() throws {
    let lines = try rows("a\n\"b\nb\"\n\nc\n").map { try $0.get().line }
    #expect(lines == [1, 2, 5])
  }

  @Test(
    "A quote in a plain field, text after a closing quote and bytes that are no UTF-8 are reported, and reading goes on"
  )
  func badRows() throws {
    var found = rows("a\nb\"c\n\"d\"e\nf\n")
    #expect(found.count == 4)
    #expect(throws: StrictCSV.Problem.self) { try found[1].get() }
    #expect(throws: StrictCSV.Problem.self) { try found[2].get() }
    #expect(try found[3].get().line == 4)
    found = Array(StrictCSV([0x61, 0xff, 0x0a, 0x62]))
    #expect(throws: StrictCSV.Problem.self) { try found[0].get() }
    #expect(try found[1].get().fields == ["b"])
  }

  @Test("A quote that is never closed costs one line, not the rest of the file")
  func unclosedQuote() throws {
    let found = rows("a\n\"b\nc\nd\n")
    #expect(found.count == 4)
    #expect(throws: StrictCSV.Problem.self) { try found[1].get() }
    #expect(try found[2].get().fields == ["c"])
    #expect(try found[3].get().line == 4)
  }

  @Test("Fields that need it are quoted when written")
  func writing() throws {
    let texts = ["plain", "a,b", "say \"x\"", "two\nlines", ""]
    let line = texts.map(StrictCSV.field).joined(separator: ",")
    #expect(try fields(line + "\n") == [texts])
  }

  // MARK: The log

  @Test("Rows are grouped by incident, and each is numbered by its place in the incident")
  func grouping() throws {
    let log = try VolvoIncidents(csv: ImportSamples.file(ImportSamples.twoIncidents))
    #expect(log.rejected.isEmpty)
    #expect(log.incidents.map(\.id) == ["1-100", "1-200"])
    #expect(log.incidents[0].events.map(\.number) == [1, 2, 3, 4, 5])
    #expect(log.incidents[0].events.map(\.line) == [2, 3, 5, 7, 8])
    // 2012-05-02T09:00:00Z
    #expect(log.incidents[0].events[0].at == 1_335_949_200_000)
    #expect(log.header == ImportSamples.header)
  }

  @Test("Bad rows are left out with line and reason, and do not shift the numbers of the rows after them")
  func badLogRows() throws {
    var rows = ImportSamples.twoIncidents
    rows[1] = ImportSamples.row("1-100", "yesterday", "Queued", "Awaiting Assignment")
    rows += [
      ImportSamples.row("1-300", "2012-05-02T10:00:00+01:00", "Lost", ""),
      ImportSamples.row("1-300", "2012-05-02T10:00:00+01:00", "Queued", "", impact: "Huge"),
      ImportSamples.row("1-300", "2012-05-02T10:00:00+01:00", "Queued", "", level: "L9"),
      ImportSamples.row("1-300", "2012-05-02T10:00:00+01:00", "Queued", "", country: "xx"),
      ImportSamples.row("", "2012-05-02T10:00:00+01:00", "Queued", ""),
      "1-300,too,few", "\"open",
    ]
    let log = try VolvoIncidents(csv: ImportSamples.file(rows))
    #expect(log.incidents.map(\.id) == ["1-100", "1-200"])
    #expect(log.incidents[0].events.map(\.number) == [1, 3, 4, 5])
    #expect(log.rejected.map(\.line) == [3, 9, 10, 11, 12, 13, 14, 15])
    let reasons = log.rejected.map(\.reason)
    #expect(reasons[0].contains("‘yesterday’ is not a time"))
    #expect(reasons[1].contains("‘Lost’"))
    #expect(reasons[2].contains("‘Huge’ is none of Low, Medium, High, Major"))
    #expect(reasons[3].contains("‘L9’"))
    #expect(reasons[4].contains("Country ‘xx’"))
    #expect(reasons[5] == "SR Number is empty")
    #expect(reasons[6] == "the row has 3 fields, the header 17")
    #expect(reasons[7] == "a quote is opened and never closed")
    #expect(log.rejected[6].raw == "1-300,too,few")
  }

  @Test("A file with other columns is refused as a whole, naming what it lacks")
  func otherFile() {
    let refusal = #expect(throws: VolvoIncidents.Refusal.self) {
      try VolvoIncidents(csv: Array("SR Number,Status\n1,2\n".utf8))
    }
    #expect(refusal?.description.contains("lacks the columns Change Date+Time, Sub Status") == true)
    #expect(throws: VolvoIncidents.Refusal.self) { try VolvoIncidents(csv: []) }
  }

  // MARK: Mapping

  private func event(
    _ status: String, _ sub: String, owner: String = "Frederic", ownerCountry: String = "France",
    country: String = "fr",
    level: String = "L1", impact: String = "Medium"
  ) throws -> VolvoIncidents.Event {
    let row = ImportSamples.row(
      "1-1", "2012-05-02T10:00:00+01:00", status, sub, level: level, impact: impact, country: country, owner: owner,
      ownerCountry: ownerCountry)
    let log = try VolvoIncidents(csv: ImportSamples.file([row]))
    return try #require(log.incidents.first?.events.first)
  }

  @Test(
    "Each status of the log has its meaning here",
    arguments: [
      ("Accepted", "In Progress", TicketStatus.open, WaitingReason?.none),
      ("Accepted", "Assigned", .open, nil), ("Queued", "Awaiting Assignment", .open, nil),
      ("Unmatched", "Unmatched", .open, nil), ("Accepted", "Wait - User", .waiting, .requester),
      ("Accepted", "Wait - Vendor", .waiting, .supplier), ("Accepted", "Wait - Implementation", .waiting, .window),
      ("Accepted", "Wait", .waiting, .colleague), ("Accepted", "Wait - Customer", .waiting, .colleague),
      ("Completed", "Resolved", .resolved, nil), ("Completed", "In Call", .resolved, nil),
      ("Completed", "Closed", .closed, nil), ("Completed", "Cancelled", .closed, nil),
    ])
  func statuses(_ status: String, _ sub: String, _ expected: TicketStatus, _ reason: WaitingReason?) throws {
    let outcome = try #require(try event(status, sub).outcome)
    #expect(outcome.status == expected)
    #expect(outcome.waitingReason == reason)
  }

  @Test("Steps say what happened in the log's words, with team and level")
  func stepTexts() throws {
    #expect(try event("Accepted", "In Progress").text == "Accepted – In Progress (V30, L1)")
    #expect(try event("Unmatched", "Unmatched").text == "Unmatched (V30, L1)")
    #expect(try event("Queued", "", level: "L2/L3").text == "Queued (V30, L2/L3)")
  }

  @Test("Impacts and levels map; a team of two levels counts as the lower one")
  func impactsAndLevels() throws {
    let impacts = try ["Low", "Medium", "High", "Major"].map { try event("Queued", "", impact: $0).ticketImpact }
    #expect(impacts == [.low, .medium, .high, .major])
    let levels = try ["L1", "L2", "L3", "L2/L3"].map { try event("Queued", "", level: $0).ticketLevel }
    #expect(levels == [1, 2, 3, 2])
  }

  @Test("Owners become people with readable names and addresses that follow from name and country")
  func people() throws {
    let anne = try #require(try event("Accepted", "Assigned", owner: "Anne Claire", ownerCountry: "Belgium").person)
    #expect(anne.email == "anne.claire.be@volvo-it.example")
    let asa = try #require(try event("Accepted", "Assigned", owner: "≈sa", ownerCountry: "Sweden").person)
    #expect(asa.name == "Åsa")
    #expect(asa.email == "åsa.se@volvo-it.example")
    let jan = try #require(
      try event("Accepted", "Assigned", owner: "Jan-Erik", ownerCountry: "0", country: "SE").person)
    #expect(jan.email == "jan-erik.se@volvo-it.example")
    #expect(
      try event("Accepted", "Assigned", owner: "-", ownerCountry: "INDIA").person?.email
        == "nameless.in@volvo-it.example")
    #expect(try event("Completed", "Closed", owner: "Siebel", ownerCountry: "0").person == nil)
  }

  @Test("The site is the country that first had it, and ZZ when no row names one")
  func sites() throws {
    let log = try VolvoIncidents(csv: ImportSamples.file(ImportSamples.twoIncidents))
    #expect(log.incidents.map(\.country) == ["FR", "SE"])
    #expect(log.incidents[0].countries == ["FR", "BE"])
    let row = ImportSamples.row(
      "1-1", "2012-05-02T10:00:00+01:00", "Completed", "Closed", country: "0", owner: "Siebel", ownerCountry: "0")
    let nowhere = try VolvoIncidents(csv: ImportSamples.file([row])).incidents
    #expect(nowhere.first?.country == "ZZ")
    #expect(log.incidents[0].subject == "PROD582 · incident 1-100")
  }
}
