import Helpdesk
import OpenSSLCrypto
import OperationLog
import Testing

private typealias People = TestDirectory

@Suite("Who decides about a ticket, when it moves, and who is told")
struct CustodyTests {
  private let madrid: TestDesk
  private let lyon: TestDesk
  private let bogota: TestDesk

  init() {
    var directory = TestDirectory.standard
    for (id, desk) in [(People.madrid, "MAD"), (People.lyon, "LYO")] {
      directory.sites[id]?.node = TestDesk(desk).home.node
    }
    let bogota = TestDesk("BOG")
    directory.sites[bogota.home.site] = Site(
      id: bogota.home.site, code: "BOG", name: "Bogotá", timeZone: "America/Bogota", node: bogota.home.node)
    directory.add("hector", .agent, at: bogota.home.site)
    madrid = TestDesk("MAD", directory: directory)
    lyon = TestDesk("LYO", directory: directory)
    self.bogota = TestDesk("BOG", directory: directory)
  }

  private func meet(_ desks: [TestDesk]? = nil) {
    let desks = desks ?? [madrid, lyon, bogota]
    for _ in 0..<2 { for taker in desks { for giver in desks where giver !== taker { taker.receive(from: giver) } } }
  }

  private func shared() throws -> EntityID {
    let id = try madrid.open()
    meet()
    return id
  }

  private func byRule(_ body: CommandBody, at desk: TestDesk) throws {
    try desk.run(Command(actor: .system, body: body))
  }

  private func push(_ id: EntityID, to site: EntityID) -> CommandBody {
    .handOverAutomatically(id, AutomaticHandOver(site: site, rule: "push", record: "nobody on shift"))
  }

  private func offer(_ id: EntityID, to agent: EntityID, at desk: TestDesk) throws {
    try byRule(.assignAutomatically(id, AutomaticAssignment(agent: agent, rule: "arrival", record: "r")), at: desk)
  }

  // MARK: Handing over

  @Test("A hand-over has no deciding office until the other one says that it has it")
  func acknowledged() throws {
    let id = try shared()
    try byRule(push(id, to: People.lyon), at: madrid)
    #expect(madrid.shown(id).isHandOverPending && madrid.shown(id).custodianStream == nil)
    #expect(madrid.shown(id).custodian == People.lyon && madrid.shown(id).hops == 1)
    #expect(bogota.refusal(.acknowledgeHandOver(id), as: Actor.system) == .notCustodian, "it was not handed to it")
    meet()
    try byRule(.acknowledgeHandOver(id), at: lyon)
    #expect(lyon.refusal(.acknowledgeHandOver(id), as: Actor.system) == .notCustodian, "once is enough")
    meet()
    #expect(madrid.shown(id).custodianStream == lyon.home.stream)
    #expect(madrid.refusal(.takeBackHandOver(id), as: Actor.system) == .notCustodian, "it was acknowledged")
  }

  @Test("Only the custodian hands over, and a person elsewhere is told whom to ask")
  func onlyCustodian() throws {
    let id = try shared()
    let handOver = CommandBody.handOver(id, HandOver(site: bogota.home.site, reason: "They know it."))
    #expect(lyon.refusal(handOver, as: People.bruno) == .notCustodianSite("MAD"))
    #expect(lyon.refusal(push(id, to: bogota.home.site), as: Actor.system) == .notCustodian)
    #expect(madrid.refusal(handOver, as: People.elena) == .notAllowed(needs: .agent))
    #expect(
      madrid.refusal(.handOver(id, HandOver(site: People.madrid, reason: "r")), as: People.ana) == .alreadyCustodian)
    try madrid.run(handOver, as: People.ana)
    meet()
    #expect(lyon.shown(id).custodian == bogota.home.site && lyon.shown(id).hops == 0, "people move it as they like")
  }

  @Test("What was never acknowledged is taken back; crossing the acknowledgement, the same one wins everywhere")
  func takenBack() throws {
    let id = try shared()
    try byRule(push(id, to: People.lyon), at: madrid)
    #expect(bogota.refusal(.takeBackHandOver(id), as: Actor.system) == .notCustodian)
    lyon.receive(from: madrid)
    lyon.now = madrid.now + 5_000
    try byRule(.acknowledgeHandOver(id), at: lyon)
    try byRule(.takeBackHandOver(id), at: madrid)
    #expect(madrid.shown(id).custodianStream == madrid.home.stream)
    meet()
    for desk in [madrid, lyon, bogota] {
      #expect(desk.shown(id).custodianStream == madrid.home.stream, "the earlier clock")
      #expect(desk.shown(id).custodian == People.madrid)
      #expect(desk.shown(id).lostCustodies.map(\.value) == [.identifier(People.lyon)])
    }
  }

  @Test("By itself a ticket moves three times at most; people may go on")
  func hops() throws {
    let id = try shared()
    for (desk, site) in [(madrid, People.lyon), (lyon, bogota.home.site), (bogota, People.madrid)] {
      try byRule(push(id, to: site), at: desk)
      meet()
      try byRule(.acknowledgeHandOver(id), at: [People.lyon: lyon, People.madrid: madrid][site] ?? bogota)
      meet()
    }
    #expect(madrid.shown(id).custodianStream == madrid.home.stream && madrid.shown(id).hops == Ticket.hopsMax)
    #expect(madrid.refusal(push(id, to: People.lyon), as: Actor.system) == .movedTooOften)
    let takeOver = TakeOver(reason: "cut off", isCustodianReachable: false)
    #expect(lyon.refusal(.takeOver(id, takeOver), as: Actor.system) == .movedTooOften)
    try madrid.run(.handOver(id, HandOver(site: People.lyon, reason: "Closer.")), as: People.ana)
    #expect(madrid.shown(id).custodian == People.lyon)
  }

  @Test("A rule does not move what somebody works on, and takes an unanswered offer along")
  func startedStays() throws {
    let id = try shared()
    try offer(id, to: People.ana, at: madrid)
    let other = try madrid.open()
    try offer(other, to: People.ana, at: madrid)
    try madrid.run(.acceptOffer(id), as: People.ana)
    #expect(madrid.refusal(push(id, to: People.lyon), as: Actor.system) == .notCustodian)
    #expect(madrid.refusal(.withdrawOffer(id, .away), as: Actor.system) == .notCustodian)
    try byRule(push(other, to: People.lyon), at: madrid)
    #expect(madrid.shown(other).assignee == nil)
  }

  // MARK: Taking over, and three who do it at once

  private func takeOver(_ id: EntityID, at desk: TestDesk, as person: EntityID) throws {
    try desk.run(.takeOver(id, TakeOver(reason: "Madrid is cut off.", isCustodianReachable: false)), as: person)
  }

  @Test("A person takes over only what they cannot ask for")
  func takenOver() throws {
    let id = try shared()
    let asked = CommandBody.takeOver(id, TakeOver(reason: "Mine.", isCustodianReachable: true))
    #expect(lyon.refusal(asked, as: People.bruno) == .custodianReachable("MAD"))
    #expect(madrid.refusal(asked, as: People.ana) == .alreadyCustodian)
    try takeOver(id, at: lyon, as: People.bruno)
    meet()
    #expect(madrid.shown(id).custodianStream == lyon.home.stream && madrid.shown(id).assignee == People.bruno)
  }

  @Test("Three offices claim custody at once: a person's claim beats a rule's, the earlier one of two people wins")
  func threeWays() throws {
    let id = try shared()
    try byRule(push(id, to: People.lyon), at: madrid)
    lyon.now += 60_000
    try takeOver(id, at: lyon, as: People.bruno)
    bogota.now += 30_000
    try takeOver(id, at: bogota, as: People.person("hector"))
    try expectSameEverywhere(id, custodian: bogota.home.stream, worker: People.person("hector"))
    #expect(madrid.shown(id).lostCustodies.count == 2)
    #expect(lyon.shown(id).lostClaim(of: People.bruno) != nil)
  }

  @Test("Work that has started under a custody beats a person's earlier claim to it")
  func startedCustody() throws {
    let id = try shared()
    lyon.now += 60_000
    try takeOver(id, at: lyon, as: People.bruno)
    try lyon.run(.reply(id, body: "I am on it.", isInternal: false), as: People.bruno)
    try takeOver(id, at: bogota, as: People.person("hector"))
    try byRule(push(id, to: bogota.home.site), at: madrid)
    try expectSameEverywhere(id, custodian: lyon.home.stream, worker: People.bruno)
  }

  /// Meets in three different orders, each of which must come to the same bytes.
  private func expectSameEverywhere(_ id: EntityID, custodian: StreamID, worker: EntityID) throws {
    var states: Set<[UInt8]> = []
    for order in [[madrid, lyon, bogota], [bogota, madrid, lyon], [lyon, bogota, madrid]] {
      let fresh = TestDesk("NEW")
      for giver in order { fresh.receive(from: giver, only: giver.home.stream) }
      states.insert(fresh.shown(id).state.encoded())
      #expect(fresh.shown(id).custodianStream == custodian && fresh.shown(id).assignee == worker)
    }
    #expect(states.count == 1)
    meet()
    for desk in [madrid, lyon, bogota] {
      #expect(desk.shown(id).custodianStream == custodian && desk.shown(id).assignee == worker)
    }
  }

  @Test("Work that begins while somebody else, who cannot know, takes the ticket keeps it, whoever was first")
  func beginningBeatsTakingAway() throws {
    for isLate in [false, true] {
      let id = try shared()
      try offer(id, to: People.ana, at: madrid)
      meet()
      if isLate { madrid.now += 60_000 }
      try madrid.run(isLate ? .acceptOffer(id) : .reply(id, body: "Hello.", isInternal: false), as: People.ana)
      lyon.now = max(lyon.now, madrid.now - (isLate ? 30_000 : -30_000))
      try takeOver(id, at: lyon, as: People.bruno)
      meet()
      for desk in [madrid, lyon, bogota] {
        #expect(desk.shown(id).assignee == People.ana && desk.shown(id).stage == .inProgress)
        #expect(desk.shown(id).lostClaim(of: People.bruno) != nil && desk.shown(id).acceptanceDue == nil)
      }
    }
  }

  // MARK: The loser

  @Test("Who lost the ticket is told before their reply goes out, by name and office, and may say it all the same")
  func loserIsTold() throws {
    let id = try shared()
    try lyon.run(.take(id), as: People.bruno)
    lyon.now += 1_000
    let page = lyon.vector(id)
    try madrid.run(.take(id), as: People.ana)
    try madrid.run(.reply(id, body: "Hello Elena.", isInternal: false), as: People.ana)
    meet()
    #expect(lyon.shown(id).assignee == People.ana)
    var reply = Command(
      actor: .person(People.bruno), rendered: page, wordCheck: WordCheck(heldClaim: true),
      body: .reply(id, body: "Have you tried …", isInternal: false))
    let loss = CommandRefusal.claimLost(ClaimHolder(person: People.ana, name: "ana", site: "MAD"))
    #expect(throws: loss) { try lyon.run(reply) }
    reply.wordCheck?.heldClaim = false
    #expect(throws: loss) { try lyon.run(reply) }
    // As a note, and nonetheless: neither makes the ticket theirs.
    try lyon.run(.reply(id, body: "Have you tried …", isInternal: true), as: People.bruno)
    reply.wordCheck = nil
    try lyon.run(reply)
    meet()
    #expect(lyon.shown(id).assignee == People.ana && madrid.shown(id).lostClaim(of: People.bruno) != nil)
    // The composer of a page that was brought up to date in parts still belongs to the one who had it.
    let stale = Command(
      actor: .person(People.bruno), rendered: lyon.vector(id), wordCheck: WordCheck(heldClaim: true),
      body: .reply(id, body: "Still mine?", isInternal: false))
    #expect(throws: loss) { try lyon.run(stale) }
    // The page that shows the loss stops nobody.
    let knowing = Command(
      actor: .person(People.bruno), rendered: lyon.vector(id), wordCheck: WordCheck(),
      body: .reply(id, body: "And this.", isInternal: false))
    try lyon.run(knowing)
  }

  @Test("Given to somebody else on purpose, the one who had it is told just the same; so is a closing word")
  func reassigned() throws {
    let id = try shared()
    try madrid.run(.take(id), as: People.ana)
    let page = madrid.vector(id)
    try madrid.run(.assign(id, to: nil), as: People.carla)
    let check = WordCheck(heldClaim: true)
    let close = Command(
      actor: .person(People.ana), rendered: page, wordCheck: check,
      body: .close(id, resolution: "Done.", isFinal: false))
    #expect(throws: CommandRefusal.claimLost(nil)) { try madrid.run(close) }
    try madrid.run(.assign(id, to: People.bruno), as: People.carla)
    #expect(throws: CommandRefusal.claimLost(ClaimHolder(person: People.bruno, name: "bruno", site: "LYO"))) {
      try madrid.run(close)
    }
  }

  @Test("A colleague's answer since the page was rendered stops a second one")
  func answeredMeanwhile() throws {
    let id = try shared()
    let page = madrid.vector(id)
    try madrid.run(.reply(id, body: "Restart it.", isInternal: false), as: People.carla)
    var reply = Command(
      actor: .person(People.ana), rendered: page, wordCheck: WordCheck(stopsAtAnswers: true),
      body: .reply(id, body: "Restart it.", isInternal: false))
    #expect(throws: CommandRefusal.answeredMeanwhile) { try madrid.run(reply) }
    reply.rendered = madrid.vector(id)
    try madrid.run(reply)
  }

  // MARK: Offers

  @Test("An offer waits for its answer, and the first work is one")
  func firstWork() throws {
    let id = try shared()
    try offer(id, to: People.ana, at: madrid)
    let offered = madrid.shown(id)
    #expect(offered.offeredTo == People.ana && offered.stage == .assigned)
    let claimed = try #require(offered.assigneeClaim).clock.milliseconds
    #expect(offered.acceptanceDue == claimed + offered.priority.acceptanceMinutes * 60_000)
    try madrid.run(.reply(id, body: "Looking.", isInternal: true), as: People.ana)
    #expect(madrid.shown(id).offeredTo == nil && madrid.shown(id).acceptanceDue == nil)
    #expect(madrid.refusal(.acceptOffer(id), as: People.ana) == .nothingToChange)
    #expect(madrid.refusal(.declineOffer(id, reason: "No."), as: People.ana) == .workStarted)
  }

  @Test("Who declines says why and is not offered the ticket again")
  func declined() throws {
    let id = try shared()
    try offer(id, to: People.bruno, at: madrid)
    meet()
    #expect(lyon.refusal(.declineOffer(id, reason: " "), as: People.bruno) == .fieldEmpty(field: "reason"))
    let holder = ClaimHolder(person: People.bruno, name: "bruno", site: "LYO")
    #expect(madrid.refusal(.acceptOffer(id), as: People.ana) == .notOffered(holder))
    try lyon.run(.declineOffer(id, reason: "I do not know printers."), as: People.bruno)
    meet()
    #expect(madrid.shown(id).assignee == nil && madrid.shown(id).declinedBy == [People.bruno])
    let again = CommandBody.assignAutomatically(
      id, AutomaticAssignment(agent: People.bruno, rule: "late-binding", record: "r"))
    #expect(madrid.refusal(again, as: Actor.system) == .notCustodian)
    try offer(id, to: People.ana, at: madrid)
    #expect(madrid.shown(id).offeredTo == People.ana)
  }

  @Test("An offer that lapsed gives the next one more time, and is the same operation however often it is withdrawn")
  func lapsed() throws {
    let id = try shared()
    try offer(id, to: People.ana, at: madrid)
    let first = try madrid.decide(Command(actor: .system, body: .withdrawOffer(id, .expired)), key: "1")
    let second = try madrid.decide(Command(actor: .system, body: .withdrawOffer(id, .expired)), key: "2")
    #expect(first == second && first.drafts[0].entry != nil)
    #expect(bogota.refusal(.withdrawOffer(id, .expired), as: Actor.system) == .notCustodian)
    try byRule(.withdrawOffer(id, .expired), at: madrid)
    #expect(madrid.shown(id).assignee == nil && madrid.shown(id).lapsedFor == [People.ana])
    try offer(id, to: People.ana, at: madrid)
    let claim = try #require(madrid.shown(id).assigneeClaim)
    let minutes = madrid.shown(id).priority.acceptanceMinutes * 2
    #expect(madrid.shown(id).acceptanceDue == claim.clock.milliseconds + minutes * 60_000)
    try byRule(.withdrawOffer(id, .away), at: madrid)
    #expect(madrid.shown(id).lapseCount == 1, "being away is no lapse")
  }
}
