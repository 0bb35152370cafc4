import Assignment
import Helpdesk
import OperationLog
import Testing

@Suite("Every decision keeps its reasons, and the recorded inputs decide the same again")
struct RecordTests {
  @Test("A record reads back as the same bytes and tells who, why and how old the knowledge was")
  func roundTrip() throws {
    var sites = Office.allUp
    sites[2].isReachable = false
    let agents = [
      Office.agent(11, open: 5), Office.agent(21, at: Office.lyon, open: 1, last: Office.now - 5),
      Office.agent(31, at: Office.bogota),
      Office.agent(12, isAvailable: false), Office.agent(22, at: Office.lyon, skills: []),
      Office.agent(41, at: id(4)),
    ]
    let decision = try #require(
      Assigner().onArrival(
        Office.ticket(100, .high, minutesAgo: 30, category: id(51)), agents: agents, sites: sites, now: Office.now))
    let expected = """
      relevo-assignment 2
      rule arrival
      now 1790000000000
      policy 1 1200000 60000 1000 1000 1000 150 3 5/15/30/60 1 1 800/1250/20 240 15000
      site 00000000000000000000000000000002 00000000000000090000000000000002 up 5000
      site 00000000000000000000000000000001 00000000000000090000000000000001 here 0
      site 00000000000000000000000000000003 00000000000000090000000000000003 down 5000
      agent 00000000000000000000000000000015 @0 avhsl 1/5 1789999999995 305000
      agent 0000000000000000000000000000000b @1 avhsl 5/5 - full
      agent 0000000000000000000000000000000c @1 ahsl 0/5 - away
      agent 00000000000000000000000000000016 @0 avhl 0/5 - unskilled
      agent 0000000000000000000000000000001f @2 avhsl 0/5 - site_unreachable
      agent 00000000000000000000000000000029 @? avhsl 0/5 - site_unknown
      ticket 00000000000000000000000000000064 MAD-100 high 1789998200000 @1 00000000000000000000000000000033 - 0 - 500
      omitted 0

      """
    #expect(decision.record == expected)
    let record = try #require(AssignmentRecord(parsing: decision.record))
    #expect(record.text == decision.record)
    #expect(record.chosenAgent == id(21))
    #expect(record.chosenTicket == id(100))
    #expect(record.replayed()?.text == decision.record)
    #expect(decision.assignment.rule == "arrival")
    #expect(decision.assignment.agent == id(21))
  }

  @Test("Random arrivals replay to the same decision from their record alone")
  func arrivalsReplay() throws {
    for seed in 0..<400 { try arrivalReplays(seed: UInt64(seed)) }
  }

  private func arrivalReplays(seed: UInt64) throws {
    var world = World(seed: seed)
    let (agents, sites) = (world.agents(), world.sites())
    let ticket = world.ticket(100)
    guard let decision = Assigner(policy: world.policy).onArrival(ticket, agents: agents, sites: sites, now: Office.now)
    else { return }
    try expectReplays(decision)
    #expect(decision.reasons.agents.count + decision.reasons.omitted == agents.count, "seed \(seed)")
    let shuffled = Assigner(policy: world.policy).onArrival(
      ticket, agents: agents.shuffled(using: &world.dice), sites: sites.shuffled(using: &world.dice), now: Office.now)
    #expect(shuffled?.record == decision.record, "seed \(seed)")
  }

  @Test("Random late bindings replay to the same decision from their record alone")
  func lateBindingsReplay() throws {
    for seed in 0..<200 { try lateBindingReplays(seed: UInt64(seed)) }
  }

  private func lateBindingReplays(seed: UInt64) throws {
    var world = World(seed: seed)
    let sites = world.sites()
    let agent = Office.agent(11, open: Int.random(in: 0...5, using: &world.dice), skills: world.skills())
    let count = UInt64.random(in: 0...40, using: &world.dice)
    let waiting = (0..<count).map { world.ticket(100 + $0) }
    let choice = Assigner(policy: world.policy).nextTicket(
      forFreeAgent: agent, waiting: waiting, sites: sites, now: Office.now)
    for place in choice.candidates.indices.prefix(4) {
      let decision = try #require(choice.decision(at: place))
      #expect(decision.ticket == choice.candidates[place].ticket)
      try expectReplays(decision)
      #expect(decision.reasons.tickets.count + decision.reasons.omitted == waiting.count)
    }
  }

  private func expectReplays(_ decision: AssignmentDecision) throws {
    let text = decision.record
    #expect(text.utf8.count <= AssignmentRecord.bytesMax)
    let record = try #require(AssignmentRecord(parsing: text))
    #expect(record.chosenTicket == decision.ticket.id)
    #expect(record.chosenAgent == decision.agent.person)
    #expect(record.replayed()?.text == text)
  }

  @Test("With a thousand candidates the record stays inside its limit, holds the chosen one and counts the rest")
  func large() throws {
    let agents = (1...1000).map { Office.agent($0 + 10, open: 3, last: .max) } + [Office.agent(5, open: 2, last: .max)]
    let decision = try #require(
      Assigner().onArrival(Office.ticket(100), agents: agents, sites: Office.allUp, now: Office.now))
    #expect(decision.record.utf8.count <= 2000)
    #expect(decision.agent.person == id(5))
    #expect(decision.reasons.agents.count > 10)
    try expectReplays(decision)
  }

  @Test("A changed score, another order or a strange word is no record of ours")
  func altered() throws {
    let decision = try #require(
      Assigner().onArrival(
        Office.ticket(100), agents: [Office.agent(11, open: 1), Office.agent(12, open: 2)], sites: Office.allUp,
        now: Office.now))
    let lines = decision.record.split(separator: "\n").map(String.init)
    var wrongScore = lines
    wrongScore[5] = lines[5].replacing(" 240000", with: " 240001")
    let altered = try #require(AssignmentRecord(parsing: wrongScore.joined(separator: "\n") + "\n"))
    #expect(altered.replayed()?.text != altered.text, "the altered score is found by replaying")
    for broken in [
      "", "relevo-assignment 2\n", decision.record.replacing("relevo-assignment 2", with: "relevo-assignment 1"),
      decision.record + "\n", decision.record + "extra 1\n",
      decision.record.replacing("now ", with: "now +"), decision.record.replacing("@0", with: "@00"),
      lines.reversed().joined(separator: "\n") + "\n", lines.dropLast().joined(separator: "\n") + "\n",
      decision.record.replacing("1/5", with: "1/5/5"), decision.record.replacing("MAD-100", with: "mad-100"),
      decision.record.replacing("omitted 0", with: "omitted -1"), String(repeating: "a", count: 2001),
      decision.record.replacing("policy 1 1200000", with: "policy 1 0"),
    ] { #expect(AssignmentRecord(parsing: broken) == nil, "\(broken)") }
  }

  @Test("Damaged records never trap, whatever byte changes")
  func damaged() throws {
    for seed in 0..<500 { try readDamaged(seed: UInt64(seed)) }
  }

  private func readDamaged(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let agents = (11...14).map { Office.agent($0, open: Int($0) - 11) }
    let decision = try #require(
      Assigner().onArrival(Office.ticket(100), agents: agents, sites: Office.allUp, now: Office.now))
    var bytes = Array(decision.record.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &dice) {
      let place = Int.random(in: bytes.indices, using: &dice)
      switch Int.random(in: 0...2, using: &dice) {
      case 0: bytes[place] = UInt8.random(in: 32...126, using: &dice)
      case 1: bytes.remove(at: place)
      default: bytes.insert(bytes[Int.random(in: bytes.indices, using: &dice)], at: place)
      }
    }
    if let record = AssignmentRecord(parsing: String(decoding: bytes, as: UTF8.self)) { _ = record.replayed() }
  }

  @Test("Extreme numbers in a record replay without a trap")
  func extremes() throws {
    let decision = try #require(
      Assigner().onArrival(Office.ticket(100), agents: [Office.agent(11)], sites: Office.allUp, now: Office.now))
    for (old, new) in [
      ("now 1790000000000", "now 9223372036854775807"), ("now 1790000000000", "now -9223372036854775808"),
      ("0/5", "-9223372036854775808/9223372036854775807"), ("0/5", "9223372036854775806/9223372036854775807"),
      ("normal 1790000000000", "normal -9223372036854775808"), ("omitted 0", "omitted 4294967295"),
    ] {
      let text = decision.record.replacing(old, with: new)
      #expect(text != decision.record)
      let record = try #require(AssignmentRecord(parsing: text), "\(new)")
      _ = record.replayed()
    }
    #expect(
      AssignmentRecord(parsing: decision.record.replacing("omitted 0", with: "omitted 9223372036854775807")) == nil)
  }

  /// Random offices.
  private struct World {
    var dice: Dice
    let policy: AssignmentPolicy

    init(seed: UInt64) {
      dice = Dice(seed: seed)
      policy = AssignmentPolicy(
        handlingMilliseconds: .random(in: 60_000...3_600_000, using: &dice),
        handOverMilliseconds: .random(in: 0...120_000, using: &dice), limits: Self.limits(&dice))
    }

    private static func limits(_ dice: inout Dice) -> AssignmentLimits {
      var limits = AssignmentLimits()
      limits.prefersUsualAgent = Bool.random(using: &dice)
      limits.workWeightPerMille = .random(in: 0...2000, using: &dice)
      limits.hysteresisPerMille = .random(in: 0...300, using: &dice)
      return limits
    }

    mutating func sites() -> [SiteKnowledge] {
      Office.allUp.map { site in
        SiteKnowledge(
          site: site.site, node: site.node, isHere: site.isHere, isReachable: Int.random(in: 0...3, using: &dice) > 0,
          ageMilliseconds: .random(in: 0...200_000, using: &dice))
      }
    }

    mutating func skills() -> [EntityID]? {
      switch Int.random(in: 0...3, using: &dice) {
      case 0: []
      case 1: [id(51)]
      default: nil
      }
    }

    mutating func agents() -> [AgentLoad] {
      (0..<UInt64.random(in: 0...30, using: &dice)).map { number in
        Office.agent(
          10 + number, at: id(.random(in: 1...4, using: &dice)), open: .random(in: 0...5, using: &dice),
          capacity: .random(in: 0...6, using: &dice), isActive: Int.random(in: 0...7, using: &dice) > 0,
          isAvailable: Int.random(in: 0...3, using: &dice) > 0, isOnShift: Int.random(in: 0...3, using: &dice) > 0,
          last: Bool.random(using: &dice) ? .random(in: 0...Office.now, using: &dice) : nil, skills: skills(),
          languages: Bool.random(using: &dice) ? ["es"] : nil)
      }
    }

    mutating func ticket(_ number: UInt64) -> WaitingTicket {
      var ticket = Office.ticket(
        number, Priority.allCases.randomElement(using: &dice) ?? .low, minutesAgo: .random(in: 0...900, using: &dice),
        custodian: id(.random(in: 1...4, using: &dice)),
        category: Bool.random(using: &dice) ? id(.random(in: 51...52, using: &dice)) : nil)
      ticket.language = ["es", "fr", nil, nil].randomElement(using: &dice) ?? nil
      ticket.usualAgent = id(.random(in: 10...20, using: &dice))
      ticket.declinedBy = [id(.random(in: 10...20, using: &dice))]
      ticket.hops = .random(in: 0...4, using: &dice)
      return ticket
    }
  }
}
