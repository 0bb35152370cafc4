import Foundation
import Testing

/// What leads see and do about equal service, over real processes.
@Suite("Balance between offices", .serialized)
struct BalanceClusterTests {
  private struct Check: Decodable {
    var name: String
    var level: String
    var message: String
  }

  private struct Checks: Decodable {
    var checks: [Check]
  }

  private struct Moves: Decodable {
    struct Item: Decodable {
      var ticket: String
      var outcome: String
      var reason: String?
    }
    var moved: Int
    var items: [Item]
  }

  private struct Placed: Decodable {
    struct Custody: Decodable {
      var site: String?
      var pending: Bool
    }
    var custody: Custody
  }

  /// The finding of uneven service, as `relevo status` tells it; nil while there is none.
  private func finding(at office: TestOffice) throws -> String? {
    try office.http().send("GET", "/api/v1/status").decode(Checks.self).checks
      .first { $0.name == "service-uneven" }?.message
  }

  private func index(of site: String, at office: TestOffice) throws -> Double? {
    let text = String(decoding: try office.http().send("GET", "/metrics").body, as: UTF8.self)
    let name = "relevo_equal_service_index{site=\"\(site)\",quantile=\"0.5\"} "
    return text.split(separator: "\n").first { $0.hasPrefix(name) }.flatMap { Double($0.dropFirst(name.count)) }
  }

  @Test(
    "People of one office wait a minute and a quarter for a first answer: the alarm is there, and goes when all are answered alike",
    .timeLimit(.minutes(5)))
  func alarm() async throws {
    try await TestCluster.run(offices: 2, settings: "balance:\n  interval_seconds: 1\n") { cluster in
      let (madrid, lyon) = (cluster.madrid, cluster.lyon)
      // Waits are working time, and this test runs at any hour.
      for office in [madrid, lyon] {
        let key = office.code.lowercased()
        try await madrid.run("calendar", "set", key, "--name", office.name, "--hours", "mon-sun 00:00-24:00")
        try await madrid.run("site", "set", office.code, "--calendar", key)
        // Somebody who asks: an agent's own words on their own ticket are no answer.
        try await madrid.run("user", "add", "person.\(key)@relevo.example", "--name", "Person", "--site", office.code)
      }
      try await cluster.waitForEqualDigests(within: .seconds(30))
      let begin = ContinuousClock.now
      let waiting = try (1...20).map { try ask("Nobody answers \($0)", at: lyon) }
      for number in 1...20 { try answer(try ask("Answered at once \(number)", at: madrid), at: madrid) }
      // Twenty seconds on nobody waits longer than anybody else yet: below a minute all waits are the same.
      while ContinuousClock.now - begin < .seconds(20) { try await Task.sleep(for: .milliseconds(200)) }
      #expect(try index(of: "MAD", at: madrid) == 1)
      #expect(try finding(at: madrid) == nil)

      let message = try await eventually("the alarm about Lyon", within: .seconds(90)) { () -> String? in
        try index(of: "LYO", at: madrid) ?? 0 > 1.25 ? try finding(at: madrid) : nil
      }
      #expect(ContinuousClock.now - begin > .seconds(74), "five quarters of the least wait that counts")
      // By now Madrid's people wait less than four fifths of the company's nine tenths, so either may be named first.
      #expect(message.contains("(n 20)"), "\(message)")
      // Lyon itself tells the same, and so do the other places where somebody may look.
      _ = try await eventually("the alarm at Lyon") { try finding(at: lyon) }
      let shown = try await madrid.relevo(["status"])
      #expect(
        shown.ending == .code(1) && shown.output.contains("times as long as the company for a first answer"),
        "\(shown.output)")
      let balance = try await madrid.run("balance", "show")
      #expect(balance.contains("LYO"), "\(balance)")

      // The twenty are answered now, and so is everybody who asks from now on: so many that the twenty are less than a tenth, for
      // the alarm looks at nine tenths too.
      for ticket in waiting { try answer(ticket, at: lyon) }
      for number in 1...185 { try answer(try ask("Answered too \(number)", at: lyon), at: lyon) }
      for office in [madrid, lyon] {
        _ = try await eventually("no alarm any more at \(office.code)", within: .seconds(30)) { () -> Bool? in
          try index(of: "LYO", at: office) == 1 && finding(at: office) == nil ? true : nil
        }
      }
    }
  }

  private func ask(_ subject: String, at office: TestOffice) throws -> TicketAnswer {
    try office.http().send(
      "POST", "/api/v1/tickets",
      json: [
        "subject": subject, "description": "Opened by a test.",
        "requester": "person.\(office.code.lowercased())@relevo.example",
      ]
    ).decode(TicketAnswer.self, status: 201)
  }

  private func answer(_ ticket: TicketAnswer, at office: TestOffice) throws {
    let reply = try office.http().send(
      "POST", "/api/v1/tickets/\(ticket.number)/replies", json: ["body": "It works again."])
    guard reply.status == 201 else {
      throw TestOffice.Unexpected(description: "a reply to \(ticket.number) at \(office.code): \(reply.status)")
    }
  }

  @Test(
    "A batch goes to another office and back, each ticket with its outcome; what nobody could mean is refused with a reason",
    .timeLimit(.minutes(5)))
  func move() async throws {
    try await TestCluster.run { cluster in
      let (madrid, lyon, bogota) = (cluster.madrid, cluster.lyon, cluster.bogota)
      try await cluster.waitForEqualDigests(within: .seconds(30))
      let taken = try lyon.open("Somebody is at it")
      _ = try await eventually("it is with Lyon's agent") { () -> Bool? in
        try lyon.http().send("POST", "/api/v1/tickets/\(taken.number)/accept").status == 200 ? true : nil
      }
      for office in cluster.offices {
        let away = try office.http().send(
          "PATCH", "/api/v1/users/agent.\(office.code.lowercased())@relevo.example", json: ["available": false],
          headers: ["If-Match": "*"])
        try #require(away.status == 200, "\(away.status)")
      }
      try await cluster.waitForEqualDigests(within: .seconds(30))
      let waiting = try (1...3).map { try lyon.open("It waits \($0)").number }

      // Two of three, the longest wait first; Bogotá says that it has them.
      let first = try await moves(lyon, ["--from", "LYO", "--to", "BOG", "--limit", "2"])
      #expect(first.ending == .code(0) && first.moves.moved == 2)
      #expect(first.moves.items.map(\.ticket) == Array(waiting.prefix(2)))
      for number in waiting.prefix(2) { try await expect(number, isWith: "BOG", at: bogota) }
      let nothingTwice = try await moves(lyon, ["--to", "BOG", waiting[0]])
      #expect(nothingTwice.ending == .code(1))
      #expect(nothingTwice.moves.items.first?.reason?.contains("BOG") == true, "\(nothingTwice.moves)")
      // And back again, from where they are now.
      let back = try await moves(bogota, ["--from", "BOG", "--to", "LYO"])
      #expect(back.ending == .code(0) && back.moves.items.map(\.ticket) == Array(waiting.prefix(2)))
      for number in waiting.prefix(2) { try await expect(number, isWith: "LYO", at: lyon) }

      // A ticket that somebody works on may be given away by a person all the same; one that is closed may not, nor one nobody
      // knows. What can go goes.
      let closed = try lyon.http().send("POST", "/api/v1/tickets/\(taken.number)/close", json: ["resolution": "Done."])
      try #require(closed.status == 200)
      let mixed = try await moves(lyon, ["--to", "MAD", taken.number, waiting[2], "LYO-999"])
      #expect(mixed.ending == .code(1) && mixed.moves.moved == 1)
      #expect(mixed.moves.items.map(\.outcome) == ["refused", "moved", "refused"])
      #expect(mixed.moves.items.compactMap(\.reason).allSatisfy { !$0.isEmpty })
      for (arguments, word) in [
        (["--to", "XXX", waiting[0]], "XXX"), (["--to", "LYO", "--from", "LYO"], "LYO"), (["--to", "MAD"], "from"),
        (["--to", "MAD"] + (1...101).map { "LYO-\($0)" }, "100"),
        (["--to", "MAD", "--from", "LYO", "--limit", "0"], "100"),
      ] {
        let refused = try await lyon.relevo(["balance", "move", "--reason", "Odd"] + arguments)
        #expect(
          refused.ending == .code(1) && refused.errors.contains(word), "\(arguments.prefix(4)): \(refused.errors)")
      }

      // Cut off, what Lyon has can still be given away; the other office gets it when the link is back.
      try await cluster.cut(lyon)
      let late = try await moves(lyon, ["--to", "MAD", waiting[0]])
      #expect(late.ending == .code(0), "\(late.moves)")
      let far = try await moves(madrid, ["--from", "LYO", "--to", "BOG"])
      #expect(far.ending == .code(1) && far.moves.moved == 0, "only Lyon can give away what it is responsible for")
      #expect(far.moves.items.allSatisfy { $0.reason?.contains("LYO") == true }, "\(far.moves)")
      try await cluster.heal(lyon)
      try await cluster.waitForEqualDigests(within: .seconds(120))
    }
  }

  private func moves(
    _ office: TestOffice, _ arguments: [String]
  ) async throws -> (ending: ChildProcess.Ending, moves: Moves) {
    let result = try await office.relevo(
      ["balance", "move", "--reason", "Nobody is on shift", "--format", "json"] + arguments)
    do {
      return (result.ending, try JSONDecoder().decode(Moves.self, from: Data(result.output.utf8)))
    } catch {
      throw TestOffice.Unexpected(description: "balance move at \(office.code): \(result.output)\(result.errors)")
    }
  }

  private func expect(_ number: String, isWith site: String, at office: TestOffice) async throws {
    _ = try await eventually("\(office.code) has \(number) for \(site)") { () -> Bool? in
      let shown = try office.http().send("GET", "/api/v1/tickets/\(number)").decode(Placed.self)
      return shown.custody.site == site && !shown.custody.pending ? true : nil
    }
  }
}
