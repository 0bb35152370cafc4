import Assignment
import Helpdesk
import OperationLog
import Replication
import SiteEngine
import Store
import Testing

@Suite("Assignment to offices that are no neighbours", .serialized)
struct DeskFarSitesTests {
  /// Madrid and Porto know each other only by way of Lyon; Rita works at Porto.
  private func chain() async throws -> (LinkedOffices, rita: EntityID) {
    let offices = try await LinkedOffices(["MAD", "LYO", "POR"])
    let rita = try await offices.agent("rita@example.org", at: "POR", capacity: 3)
    offices.link("MAD", "LYO")
    offices.link("LYO", "POR")
    try await offices.person(rita, knownAt: "POR")
    return (offices, rita)
  }

  private func tells(_ offices: LinkedOffices) -> Bool {
    offices.load(of: "LYO", at: "MAD")?.others.isEmpty == false
  }

  @Test("A far office gets a ticket once word of it came through the office between, and none once that is cut off")
  func forwarded() async throws {
    let (offices, rita) = try await chain()
    let clock = MovedClock()
    let madrid = offices.desk(at: "MAD", clock: clock)
    try await offices.running([madrid]) {
      let first = try await offices.open(at: "MAD", subject: "Nobody is near")
      try await offices.wait("the reason") { madrid.unservable(first) == "cut_off" }
      try await offices.running([offices.desk(at: "LYO")]) {
        try await offices.wait("word of Porto at Madrid", seconds: 30) { tells(offices) }
        let second = try await offices.open(at: "MAD", subject: "For whoever can be reached")
        try await offices.wait("Rita has it") { try await offices["POR"].store.row(second)?.assignee == rita }
        #expect(try await offices["POR"].store.row(second)?.custodian == offices["MAD"].store.home.site)
        // What waited before is handed on, or asked for once Porto's desk looks.
        clock.move(20_000)
        try await offices.running([offices.desk(at: "POR")]) {
          try await offices.wait("the first one too") { try await offices["POR"].store.row(first)?.assignee == rita }
        }
        offices.cut("POR")
        try await offices.wait("word of the cut", seconds: 30) { !tells(offices) }
        let third = try await offices.open(at: "MAD", subject: "Nobody can be reached")
        clock.move(20_000)
        try await offices.wait("the reason again") { madrid.unservable(third) == "cut_off" }
        #expect(try await offices["MAD"].store.row(third)?.assignee == nil)
      }
    }
    try await offices.stop()
  }

  @Test("Word of a far office counts for a while, and no more when it is old", arguments: [20_000, 100_000] as [Int64])
  func age(milliseconds: Int64) async throws {
    let (offices, rita) = try await chain()
    let porto = offices["POR"].store.home
    let outlook = SiteOutlook(
      site: SiteKnowledge(site: porto.site, node: porto.node, ageMilliseconds: milliseconds), ticketsAhead: 0,
      eligibleAgents: 1, freeAgents: 1, onShiftAt: 0, capacityPerMille: 1000)
    let told = SiteSummaries.bytes(of: [outlook], policy: AssignmentPolicy(), now: 0)
    let lyon = offices["LYO"].engine
    lyon.tell(
      .loadChanged(
        LoadSummary(
          waitingTickets: 0, freeAgents: 0, expectedWaitSeconds: nil,
          staffing: LoadSummary.Staffing(
            waitingByPriority: [0, 0, 0, 0], assignedTickets: 0, capacityOnShift: 0, secondsUntilShift: nil))))
    lyon.tell(.summariesChanged([offices["MAD"].store.home.node: told]))
    try await offices.wait("word of Porto at Madrid") { tells(offices) }
    let madrid = offices.desk(at: "MAD")
    try await offices.running([madrid]) {
      let ticket = try await offices.open(at: "MAD", subject: "Nobody is near")
      if milliseconds < AssignmentDesk.farMillisecondsMax {
        try await offices.wait("Rita has it") { try await offices["POR"].store.row(ticket)?.assignee == rita }
        let steps = try #require(try await offices["MAD"].store.detail(ticket)).history
        let text = try #require(steps.last { $0.kind == .assignedAutomatically }?.texts?.first)
        let record = try #require(AssignmentRecord(parsing: text))
        let known = try #require(record.sites.first { $0.site == porto.site })
        // What Lyon said, in whole seconds rounded up, and the time that lies between two pings of each node on the way.
        #expect(known.ageMilliseconds >= milliseconds + 11_000, "what is known is never older than it says")
      } else {
        try await offices.wait("the reason") { madrid.unservable(ticket) == "cut_off" }
        #expect(try await offices["MAD"].store.row(ticket)?.assignee == nil)
      }
    }
    try await offices.stop()
  }
}
