import HTTPTypes
import Helpdesk
import Logging
import OperationLog
import Testing
import Texts

@testable import WebServer

@Suite("The API's own description")
struct DescriptionTests {
  private func document() throws -> JSONValue {
    try JSONReader.read(Array(APIDescription.text(version: "1.2.3").utf8))
  }

  @Test("Every route is described, and nothing else")
  func routes() async throws {
    let office = try await WebOffice.open()
    let server = WebServer(
      services: office, settings: WebServerSettings(host: "127.0.0.1", port: 0), logger: .init(label: "relevo.tests"))
    let served = Set(
      APIRoutes(server: server.context).routes.map { "\($0.method.rawValue.lowercased()) /api/v1\($0.path)" })
    let methods = ["get", "post", "put", "patch", "delete"]
    var described: Set<String> = []
    let paths = try #require(try document()["paths"])
    for path in paths.names where path.hasPrefix("/api/v1") {
      for method in paths[path]?.names ?? [] where methods.contains(method) { described.insert("\(method) \(path)") }
    }
    #expect(served == described)
  }

  @Test("Every object says that it has no other fields")
  func closedObjects() throws {
    let schemas = try #require(try document()["components"]?["schemas"])
    func check(_ value: JSONValue, _ place: String) {
      if value["type"]?.text == "object" { #expect(value["additionalProperties"] == .flag(false), "\(place)") }
      for name in value.names { if let inner = value[name] { check(inner, "\(place)/\(name)") } }
      for (index, element) in value.elements.enumerated() { check(element, "\(place)/\(index)") }
    }
    for name in schemas.names { if let schema = schemas[name] { check(schema, name) } }
  }

  @Test("Every refusal and problem has a sentence in every language", arguments: Language.allCases)
  func sentences(_ language: Language) {
    let holder = ClaimHolder(person: .zero, name: "Ana", site: "MAD")
    let refusals: [CommandRefusal] = [
      .notAllowed(needs: .agent), .actorUnknown, .ticketUnknown, .referenceUnknown(field: "a", value: "b"),
      .fieldEmpty(field: "a"), .fieldTooLong(field: "a", bytesMax: 1),
      .valueUnknown(field: "a", value: "b", choices: ["c"]), .waitingReasonMissing,
      .changedMeanwhile(fields: [.subject]), .keyReused, .alreadyClosed, .notClosed, .nothingToChange,
      .tooMany(field: "a", max: 1), .notInConflict(field: "a"), .notAnAgent(.zero), .alreadyAssigned(.zero),
      .notCustodian, .lastAdmin, .busy, .notCustodianSite("MAD"), .custodianReachable("MAD"), .alreadyCustodian,
      .movedTooOften, .notOffered(nil), .notOffered(holder), .workStarted, .claimLost(nil), .claimLost(holder),
      .answeredMeanwhile,
    ]
    for refusal in refusals {
      let problem = Problem(refusal)
      #expect(
        Catalogue.embedded.placeholders(of: problem.detail.key, language: language)?
          .isSubset(of: Set(problem.detail.arguments.keys)) == true, "\(refusal.name)")
      #expect(Catalogue.embedded.contains("problem.title.\(problem.status.code)", language: language))
    }
  }
}
