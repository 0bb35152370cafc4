import Foundation
import Helpdesk
import Node
import Store
import Testing

/// The real log, where it is: `RELEVO_INCIDENTS` names it, or it lies in `../shared/data` beside the package.
enum RealLog {
  static let path: String? = {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let places = [
      ProcessInfo.processInfo.environment["RELEVO_INCIDENTS"],
      package.deletingLastPathComponent().path + "/shared/data/volvo-it-incidents.csv.gz",
    ]
    return places.compactMap { $0 }.first { FileManager.default.isReadableFile(atPath: $0) }
  }()
}

@Suite(
  "The incident log of Volvo IT Belgium",
  .enabled(
    if: RealLog.path != nil,
    "Skipped: the incident log is not here. Name it with RELEVO_INCIDENTS=volvo-it-incidents.csv.gz (doi:10.4121/uuid:500573e6-accc-4b0c-9576-aa5468b10cee)."
  ))
struct ImportRealLogTests {
  @Test("All of its 65,533 rows are understood")
  func everyRow() throws {
    let log = try VolvoIncidents(csv: try ImportFile.bytes(path: try #require(RealLog.path)))
    #expect(log.rejected.isEmpty)
    #expect(log.incidents.count == 7_554)
    #expect(log.incidents.reduce(0) { $0 + $1.events.count } == 65_533)
    #expect(Set(log.incidents.map(\.country)).count == 21)
    let people = Set(log.incidents.flatMap(\.events).compactMap(\.person))
    #expect(Set(people.map(\.email)).count == people.count)
    #expect(
      people.allSatisfy {
        $0.name.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || " -_".unicodeScalars.contains($0) }
      })
  }

  @Test("Its first 300 incidents come in whole, and end as the log says")
  func firstIncidents() async throws {
    let log = try VolvoIncidents(csv: try ImportFile.bytes(path: try #require(RealLog.path)))
    let incidents = Array(log.incidents.prefix(300))
    let steps = incidents.reduce(0) { $0 + $1.events.count }
    let office = try ImportOffice()
    let report = try await IncidentImporter(store: office.store).run(incidents)
    #expect(report == ImportReport(incidents: 300, steps: steps))
    for incident in incidents {
      let detail = try await office.ticket(incident.id)
      let last = try #require(incident.events.last)
      #expect(detail.row.status == last.outcome?.status, "\(incident.id)")
      #expect(detail.row.impact == last.ticketImpact)
      #expect(detail.history.count { $0.kind == .stepImported } == incident.events.count)
      #expect(detail.row.conflicts.isEmpty)
    }
    #expect(try await IncidentImporter(store: office.store).run(incidents).already == steps)
  }
}
