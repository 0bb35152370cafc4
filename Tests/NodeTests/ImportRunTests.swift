import Foundation
import Helpdesk
import Node
import OperationLog
import Store
import Testing

@Suite("Importing the incident log")
struct ImportRunTests {
  private func incidents(_ rows: [String]) throws -> [VolvoIncidents.Incident] {
    try VolvoIncidents(csv: ImportSamples.file(rows)).incidents
  }

  @Test("An incident becomes a ticket with its whole history at its original times")
  func wholeHistory() async throws {
    let office = try ImportOffice()
    let report = try await IncidentImporter(store: office.store).run(try incidents(ImportSamples.twoIncidents))
    #expect(report == ImportReport(incidents: 2, steps: 7))

    let detail = try await office.ticket("1-100")
    #expect(detail.row.subject == "PROD582 · incident 1-100")
    #expect(detail.row.channel == .imported)
    #expect(detail.row.status == .closed)
    #expect(detail.row.impact == .medium)
    #expect(detail.row.level == 3)
    #expect(detail.row.createdAt == 1_335_949_200_000)
    let steps = detail.history.filter { $0.kind == .stepImported }
    #expect(
      steps.map { $0.texts?.first } == [
        "Accepted – In Progress (V30, L1)", "Queued – Awaiting Assignment (V5 3rd, L3)",
        "Accepted – Wait - User (V5 3rd, L3)", "Completed – Resolved (V5 3rd, L3)", "Completed – Closed (V5 3rd, L3)",
      ])
    #expect(steps.map(\.at) == (try incidents(ImportSamples.twoIncidents)[0].events.map(\.at)))
    // 2012-05-04T08:00:00Z: when it was resolved, not when the system closed it.
    #expect(detail.row.resolvedAt == 1_336_118_400_000)

    let sites = try await office.store.sites()
    let france = try #require(sites.first { $0.code == "FR" })
    #expect(france.name == "France")
    #expect(france.timeZone == "Europe/Paris")
    #expect(france.node == office.store.home.node)
    #expect(detail.row.site == france.id)
    let queues = try await office.store.queues()
    #expect(queues.map(\.name) == ["S42", "V30", "V5 3rd"])
    #expect(queues.map(\.level) == [1, 1, 3])
  }

  @Test("Owners are agents who take no work of today, and own what they accepted; a queued ticket has no owner")
  func owners() async throws {
    let office = try ImportOffice()
    let rows = Array(ImportSamples.twoIncidents.prefix(4))
    _ = try await IncidentImporter(store: office.store).run(try incidents(Array(rows.prefix(2))))
    #expect(try await office.ticket("1-100").row.assignee == nil)

    _ = try await IncidentImporter(store: office.store).run(try incidents(rows))
    let anne = try #require(try await office.store.person(email: "anne.claire.be@volvo-it.example"))
    let detail = try await office.ticket("1-100")
    #expect(detail.row.assignee == anne.id)
    #expect(detail.row.status == .waiting)
    #expect(detail.row.waitingReason == .requester)
    #expect(anne.role == .agent)
    #expect(!anne.isAvailable)
    #expect(detail.history.last?.actor == anne.id)
    let office2 = try #require(try await office.store.person(email: "office-fr@volvo-it.example"))
    #expect(office2.role == .employee)
    #expect(detail.row.requester == office2.id)
  }

  @Test("Twice is the same as once: the second run writes nothing, not even to the directory")
  func twice() async throws {
    let office = try ImportOffice()
    let importer = IncidentImporter(store: office.store)
    let all = try incidents(ImportSamples.twoIncidents)
    _ = try await importer.run(all)
    let before = try await office.store.digest()
    let report = try await importer.run(all)
    let after = try await office.store.digest()
    #expect(report == ImportReport(incidentsAlready: 2, already: 7))
    #expect(before.digest == after.digest)
    #expect(before.vector == after.vector)
  }

  @Test("A run that was broken off goes on where it stopped")
  func resumed() async throws {
    let office = try ImportOffice()
    let importer = IncidentImporter(store: office.store)
    var part = try incidents(ImportSamples.twoIncidents)
    part.removeLast()
    part[0].events.removeLast(2)
    #expect(try await importer.run(part) == ImportReport(incidents: 1, steps: 3))
    let report = try await importer.run(try incidents(ImportSamples.twoIncidents))
    #expect(report == ImportReport(incidents: 1, incidentsAlready: 1, steps: 4, already: 3))

    let other = try ImportOffice()
    _ = try await IncidentImporter(store: other.store).run(try incidents(ImportSamples.twoIncidents))
    let resumed = try await office.ticket("1-100")
    let straight = try await other.ticket("1-100")
    #expect(resumed.history.map { $0.texts } == straight.history.map { $0.texts })
    #expect(resumed.row.id == straight.row.id)
    #expect(resumed.row.status == straight.row.status)
  }

  @Test("A dry run counts and writes nothing")
  func dryRun() async throws {
    let office = try ImportOffice()
    let importer = IncidentImporter(store: office.store)
    let all = try incidents(ImportSamples.twoIncidents)
    let before = try await office.store.digest()
    #expect(try await importer.dryRun(all) == ImportReport(incidents: 2, steps: 7))
    #expect(try await office.store.digest().digest == before.digest)
  }

  @Test("An office that is there already keeps its name and its node")
  func knownSite() async throws {
    let office = try ImportOffice()
    let elsewhere = NodeID(high: 5, low: 6)
    try await office.define(
      SiteDefinition(code: "FR", name: "Lyon et Paris", timeZone: "Europe/Paris", node: elsewhere))
    _ = try await IncidentImporter(store: office.store).run(try incidents(ImportSamples.twoIncidents))
    let france = try #require(try await office.store.sites().first { $0.code == "FR" })
    #expect(france.name == "Lyon et Paris")
    #expect(france.node == elsewhere)
  }

  @Test("Parts survive the way from the command line to the node")
  func parts() throws {
    let part = ImportPart(incidents: try incidents(ImportSamples.twoIncidents), dryRun: true)
    let decoded = try JSONDecoder().decode(ImportPart.self, from: try JSONEncoder().encode(part))
    #expect(decoded.incidents == part.incidents)
    #expect(decoded.dryRun)
  }

  @Test("A compressed file is unpacked, and a damaged one refused with what to do")
  func compressed() throws {
    let path = FileManager.default.temporaryDirectory.path + "/relevo-import-" + UUID().uuidString
    let file = ImportSamples.file(ImportSamples.twoIncidents)
    try Data(file).write(to: URL(fileURLWithPath: path))
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    gzip.arguments = ["gzip", "-k", path]
    try gzip.run()
    gzip.waitUntilExit()
    defer {
      // What cannot be removed stays in the system's temporary directory.
      for name in [path, path + ".gz", path + ".bad"] { try? FileManager.default.removeItem(atPath: name) }
    }
    #expect(try ImportFile.bytes(path: path) == file)
    #expect(try ImportFile.bytes(path: path + ".gz") == file)
    let packed = try Data(contentsOf: URL(fileURLWithPath: path + ".gz"))
    try packed.prefix(packed.count / 2).write(to: URL(fileURLWithPath: path + ".bad"))
    let failure = #expect(throws: ImportFile.Failure.self) { try ImportFile.bytes(path: path + ".bad") }
    #expect(failure?.description.contains("cannot be unpacked") == true)
    #expect(throws: ImportFile.Failure.self) { try ImportFile.bytes(path: path + ".none") }
  }
}
