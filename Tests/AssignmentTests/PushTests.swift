import Assignment
import Helpdesk
import OperationLog
import Testing

@Suite("Custody moves ahead of pull only where pull cannot help")
struct PushTests {
  private let assigner = Assigner()
  private let hour = 60 * Office.minute

  private func outlook(
    _ place: Int, ahead: Int = 0, agents: Int = 2, free: Int = 0, at start: Int64? = Office.now, age: Int64? = nil
  ) -> SiteOutlook {
    var site = Office.allUp[place]
    if let age { site.ageMilliseconds = age }
    return SiteOutlook(
      site: site, ticketsAhead: ahead, eligibleAgents: agents, freeAgents: free, onShiftAt: start,
      capacityPerMille: Int64(agents) * 1000)
  }

  private func push(_ ticket: WaitingTicket = Office.ticket(100), _ outlooks: [SiteOutlook]) -> PushChoice {
    var dice = Dice(seed: 3)
    return assigner.weighPush(ticket, outlooks: outlooks, now: Office.now, random: &dice)
  }

  @Test("Nobody on shift here within the target: to the office with the least expected wait")
  func deserted() throws {
    let night = outlook(0, at: Office.now + 5 * hour)
    let choice = push(Office.ticket(100, .normal), [night, outlook(1, ahead: 4), outlook(2, ahead: 2)])
    let decision = try #require(choice.decision)
    #expect(decision.site.site == Office.bogota)
    #expect(decision.gainMilliseconds == 5 * hour - 20 * Office.minute - Office.minute - 5_000)
    #expect(decision.reasons.chosenSite == Office.bogota)
    #expect(decision.reasons.chosenAgent == nil)
    let record = try #require(AssignmentRecord(parsing: decision.record))
    #expect(record.replayed()?.text == decision.record)
    // Somebody comes within the four hours of a normal ticket: it stays, an hour is too long for a critical one.
    #expect(push(Office.ticket(100), [outlook(0, at: Office.now + 4 * hour), outlook(1, ahead: 4)]).decision == nil)
    #expect(
      push(Office.ticket(100, .critical), [outlook(0, at: Office.now + 4 * hour), outlook(1, ahead: 4)]).decision
        != nil)
  }

  @Test("People who will be idle within the hand-over cost get work ahead; who is free now pulls without it")
  func idleSoon() {
    let busy = outlook(0, ahead: 8)
    #expect(push(Office.ticket(100), [busy, outlook(1, ahead: 0)]).decision?.site.site == Office.lyon)
    #expect(push(Office.ticket(100), [busy, outlook(1, ahead: 1)]).decision == nil)
    #expect(push(Office.ticket(100), [busy, outlook(1, ahead: 0, free: 1)]).decision == nil)
  }

  @Test("A gain below 15 per cent or below the hand-over cost moves nothing")
  func hysteresis() {
    let policy = AssignmentPolicy()
    #expect(!policy.isWorthMoving(from: 100_000, to: 40_000))
    #expect(policy.isWorthMoving(from: 100_001, to: 40_000))
    #expect(!policy.isWorthMoving(from: 1_000_000, to: 850_000))
    #expect(policy.isWorthMoving(from: 1_000_000, to: 849_999))
    #expect(policy.isWorthMoving(from: .max, to: 0))
    #expect(!policy.isWorthMoving(from: .min, to: .max))
    let night = outlook(0, at: Office.now + 10 * hour)
    #expect(push(Office.ticket(100), [night, outlook(1, at: Office.now + 9 * hour)]).decision == nil)
    #expect(push(Office.ticket(100), [night, outlook(1, at: Office.now + 8 * hour)]).decision != nil)
  }

  @Test("A ticket moves at most three times by itself")
  func hopLimit() {
    let places = [outlook(0, at: Office.now + 9 * hour), outlook(1)]
    var ticket = Office.ticket(100)
    ticket.hops = 2
    #expect(push(ticket, places).decision != nil)
    ticket.hops = 3
    #expect(push(ticket, places).decision == nil)
    #expect(push(ticket, places).exclusion == .hopLimit)
  }

  @Test("Who cannot help is passed over with the reason")
  func exclusions() {
    var cut = outlook(1)
    cut.site.isReachable = false
    let night = outlook(0, at: Office.now + 9 * hour)
    func reason(_ outlook: SiteOutlook) -> Verdict? {
      push(Office.ticket(100), [night, outlook]).candidates.last?.verdict
    }
    #expect(reason(cut) == .excluded(.siteUnreachable))
    #expect(reason(outlook(1, ahead: -3)) == .excluded(.absurdLoad))
    #expect(reason(outlook(1, agents: 0)) == .excluded(.noAgents))
    #expect(reason(outlook(1, at: nil)) == .excluded(.noCalendar))
  }

  @Test("On stale knowledge the better of two drawn offices is taken, so that not everybody runs to the same one")
  func stale() throws {
    var outlooks = [outlook(0, at: Office.now + 100 * hour)]
    for number in 0..<20 {
      var other = outlook(1, ahead: number, age: 120_000)
      other.site.site = id(100 + UInt64(number))
      outlooks.append(other)
    }
    var dice = Dice(seed: 5)
    var chosen: [EntityID: Int] = [:]
    for _ in 0..<400 {
      let choice = assigner.weighPush(Office.ticket(100), outlooks: outlooks, now: Office.now, random: &dice)
      let decision = try #require(choice.decision)
      #expect(choice.isDrawn)
      chosen[decision.site.site, default: 0] += 1
      let record = try #require(AssignmentRecord(parsing: decision.record))
      #expect(record.replayed()?.text == decision.record)
      #expect(record.outlooks.count <= 3)
    }
    #expect(chosen.count > 12)
    // The best of twenty is among two drawn in one of ten.
    #expect((15...75).contains(chosen[id(100)] ?? 0))
  }

  @Test("A node is told of the sixteen best offices, and not everybody of the same ones")
  func shortlist() {
    let outlooks = (0..<1000).map { number in
      SiteOutlook(
        site: SiteKnowledge(site: id(1000 + number), node: .zero), ticketsAhead: number < 100 ? 0 : 9,
        eligibleAgents: 1, freeAgents: 0, onShiftAt: Office.now, capacityPerMille: 1000)
    }
    var told: [EntityID: Int] = [:]
    for receiver in 0..<200 {
      let best = assigner.shortlist(for: id(1000 + UInt64(receiver)), among: outlooks, now: Office.now)
      #expect(best.count == 16)
      #expect(best.allSatisfy { $0.ticketsAhead == 0 && $0.site.site != id(1000 + UInt64(receiver)) })
      for outlook in best { told[outlook.site.site, default: 0] += 1 }
    }
    #expect(told.count == 100)
    #expect((told.values.max() ?? 0) < 70)
  }

  @Test("The short list has the waits that sorting all offices gives, whatever the weights and however odd the figures")
  func shortlistAgainstSorting() {
    for seed in 0..<300 {
      var dice = Dice(seed: UInt64(seed))
      var limits = AssignmentLimits()
      if seed % 3 == 1 { limits.workWeightPerMille = Int64.random(in: 0...10_000, using: &dice) }
      if seed % 3 == 2 { limits.absenceWeightPerMille = Int64.random(in: 0...10_000, using: &dice) }
      let policy = AssignmentPolicy(
        handOverMilliseconds: [0, 1, 60_000, 86_400_000].randomElement(using: &dice) ?? 0, limits: limits)
      let starts: [Int64?] = [nil, Office.now, Office.now - hour, Office.now + hour, Office.now + 1, .max, .min]
      let outlooks = (0..<200).map { number in
        SiteOutlook(
          site: SiteKnowledge(
            site: id(1000 + UInt64(number)), node: .zero, isReachable: Int.random(in: 0..<9, using: &dice) > 0),
          ticketsAhead: [0, 1, 2, 3, 50, 1_000_000, .max].randomElement(using: &dice) ?? 0,
          handlingMilliseconds: [1, 60_000, 1_200_000, .max].randomElement(using: &dice) ?? 1,
          eligibleAgents: Int.random(in: 0...3, using: &dice),
          freeAgents: Int.random(in: 0..<8, using: &dice) == 0 ? 1 : 0,
          onShiftAt: starts.randomElement(using: &dice) ?? nil,
          capacityPerMille: [0, 1, 999, 4000, 100_000_000].randomElement(using: &dice) ?? 0)
      }
      let grain = max(1, policy.handOverMilliseconds)
      func steps(_ outlooks: [SiteOutlook]) -> [Int64] {
        outlooks.compactMap { ExpectedWait(at: $0, policy: policy, now: Office.now).map { $0.inPlace / grain } }
      }
      let others = outlooks.filter { $0.site.isReachable && $0.site.site != id(1000) }
      let best = Assigner(policy: policy).shortlist(for: id(1000), among: outlooks, now: Office.now)
      #expect(steps(best) == Array(steps(others).sorted().prefix(16)), "seed \(seed)")
    }
  }

  @Test("Summaries of sixteen offices are few bytes, and damage to them is noticed or harmless")
  func summaries() throws {
    let outlooks = (0..<20).map { number in
      SiteOutlook(
        site: SiteKnowledge(site: id(1000 + number), node: .zero, ageMilliseconds: Int64(number) * 1_500),
        ticketsAhead: Int(number), eligibleAgents: 4, freeAgents: number == 3 ? 2 : 0,
        onShiftAt: number == 5 ? nil : Office.now, capacityPerMille: 4000)
    }
    let bytes = SiteSummaries.bytes(of: outlooks, policy: AssignmentPolicy(), now: Office.now)
    #expect(bytes.count < 400)
    let sites = outlooks.map(\.site.site)
    let read = try #require(SiteSummaries.reading(bytes, sites: sites))
    #expect(read.map(\.site) == Array(sites.prefix(16)))
    #expect(read[3].freeAgents == 2)
    #expect(read[5].expectedWaitSeconds == nil)
    #expect(read[4].expectedWaitSeconds == 1200)
    #expect(read.prefix(4).map(\.ageSeconds) == [1, 2, 4, 5], "never fresher than it is")
    #expect(SiteSummaries.reading(bytes, sites: [])?.isEmpty == true)
    #expect(SiteSummaries.reading([], sites: sites) == nil)
    var dice = Dice(seed: 1)
    for length in 0..<bytes.count {
      var damaged = Array(bytes.prefix(length))
      if let place = damaged.indices.randomElement(using: &dice) { damaged[place] ^= 255 }
      _ = SiteSummaries.reading(damaged, sites: sites)
    }
  }

  @Test("A summary has the bytes that docs/wire.md says, worked out by another program")
  func summaryBytes() {
    let site = EntityID(high: 0xfedc_ba98_7654_3210, low: 0x0123_4567_89ab_cdef)
    let outlook = SiteOutlook(
      site: SiteKnowledge(site: site, node: .zero, ageMilliseconds: 4_999), ticketsAhead: 7, eligibleAgents: 4,
      freeAgents: 2, onShiftAt: Office.now, capacityPerMille: 4000)
    #expect(
      SiteSummaries.bytes(of: [outlook], policy: AssignmentPolicy(), now: Office.now) == [
        0x00, 0xe6, 0x73, 0xc7, 0xf3, 0x07, 0x04, 0x02, 0x01, 0x05,
      ])
  }

  @Test("In a small company everybody asks at once, in a large one sixteen offices, then four times as many")
  func turns() {
    let sites = (0..<1000).map { id(5000 + $0) }
    func turns(_ waited: Int64, _ count: Int) -> Int {
      sites.prefix(count).count {
        AskingTurn.has($0, for: id(77), waitedMilliseconds: waited, reachableSites: count)
      }
    }
    #expect(turns(0, 16) == 16)
    #expect((4...40).contains(turns(0, 1000)))
    #expect((30...110).contains(turns(2_000, 1000)))
    #expect(turns(6_000, 1000) == 1000)
    #expect(turns(-5, 1000) == turns(0, 1000))
  }
}
