import Testing

/// Equal service over real processes: full offices are helped, and a cut leaves no ticket with two workers.
@Suite("Assignment between offices", .serialized, .enabled(if: TestNetwork.isPossible, "network namespaces need root"))
struct AssignmentClusterTests {
  /// A ticket with who has it.
  private struct Worked: Decodable {
    struct Person: Decodable {
      var email: String?
    }
    struct Custody: Decodable {
      var site: String?
      var pending: Bool
    }
    var number: String
    var assignee: Person?
    var custody: Custody
    var lostClaims: [Person]
  }

  private struct Refused: Decodable {
    var type: String
    var detail: String
  }

  private func worked(_ number: String, at office: TestOffice) throws -> Worked? {
    let answer = try office.http().send("GET", "/api/v1/tickets/\(number)")
    return answer.status == 404 ? nil : try answer.decode(Worked.self)
  }

  @Test(
    "With nobody free at an office its tickets are with agents elsewhere within five seconds", .timeLimit(.minutes(5)))
  func fullOffice() async throws {
    try await TestCluster.run { cluster in
      try await cluster.waitForEqualDigests(within: .seconds(30))
      // Lyon's only agent takes no work: nobody is free there.
      let away = try cluster.lyon.http().send(
        "PATCH", "/api/v1/users/agent.lyo@relevo.example", json: ["available": false],
        headers: ["If-Match": "*"])
      try #require(away.status == 200, "\(away.status)")
      let more = try (1...4).map { try cluster.lyon.open("Nobody at Lyon is free \($0)") }
      for ticket in more {
        let email = try await eventually("\(ticket.number) is with somebody elsewhere", within: .seconds(5)) {
          try worked(ticket.number, at: cluster.lyon)?.assignee?.email
        }
        try #require(email == "agent.mad@relevo.example" || email == "agent.bog@relevo.example", "it is with \(email)")
        try #require(try worked(ticket.number, at: cluster.lyon)?.custody.site == "LYO", "custody stays")
      }
    }
  }

  @Test(
    "Cut off, both sides work on one ticket; healed it has exactly one worker, and the other is told before writing",
    .timeLimit(.minutes(6)))
  func oneWorker() async throws {
    try await TestCluster.run(hasNetworks: true) { cluster in
      let network = try #require(cluster.network)
      try await cluster.waitForEqualDigests(within: .seconds(30))
      let ticket = try cluster.lyon.open("Who has it?")
      _ = try await eventually("it is with Lyon's agent, and Madrid knows") { () -> Bool? in
        try worked(ticket.number, at: cluster.madrid)?.assignee?.email == "agent.lyo@relevo.example" ? true : nil
      }
      try await network.cut(1)
      for other in [cluster.madrid, cluster.bogota] {
        try await cluster.wait(for: "down", from: other, to: cluster.lyon, within: .seconds(60))
      }
      // Lyon begins; Madrid, which cannot know, takes it over with custody and all.
      let begun = try cluster.lyon.http().send("POST", "/api/v1/tickets/\(ticket.number)/accept")
      try #require(begun.status == 200, "\(begun.status)")
      let taken = try cluster.madrid.http().send(
        "POST", "/api/v1/tickets/\(ticket.number)/take-over", json: ["reason": "The customer waits."])
      try #require(taken.status == 200, "\(taken.status)")
      try #require(try worked(ticket.number, at: cluster.madrid)?.assignee?.email == "agent.mad@relevo.example")
      let alone = try (1...3).map { try cluster.lyon.open("Opened at Lyon alone \($0)") }

      try await network.heal(1)
      try await cluster.waitForEqualDigests(within: .seconds(120))
      for office in cluster.offices {
        let shown = try #require(try worked(ticket.number, at: office))
        try #require(shown.assignee?.email == "agent.lyo@relevo.example", "\(office.code) shows \(shown)")
        try #require(shown.lostClaims.compactMap(\.email) == ["agent.mad@relevo.example"], "\(office.code)")
        try #require(shown.custody.site == "MAD" && !shown.custody.pending)
        for other in alone {
          try #require(try worked(other.number, at: office)?.lostClaims.isEmpty == true)
        }
      }
      let reply = try cluster.madrid.http().send(
        "POST", "/api/v1/tickets/\(ticket.number)/replies", json: ["body": "Have you tried …"])
      let refusal = try reply.decode(Refused.self, status: 409)
      try #require(refusal.type == "urn:relevo:problem:claim_lost" && refusal.detail.contains("Agent LYO (LYO)"))
      let note = try cluster.madrid.http().send(
        "POST", "/api/v1/tickets/\(ticket.number)/replies",
        json: ["body": "I had begun too: the switch is fine.", "visibility": "internal"])
      try #require(note.status == 201)
      try #require(try worked(ticket.number, at: cluster.madrid)?.assignee?.email == "agent.lyo@relevo.example")
    }
  }
}
