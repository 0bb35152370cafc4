import Helpdesk
import OperationLog

/// Plays past tickets through the rules of assignment, in virtual time: what each node would have decided with what it
/// knew then, messages under way, links down, people on shift.
///
/// The decisions are those of `Assigner`; this only delivers them. An agent works on one ticket at a time and finishes
/// it after the shift's end.
package struct AssignmentReplay {
  enum Event {
    case arrival(Int)
    case seen(Int)
    case finished(agent: Int, ticket: Int)
    case shift(agent: Int, begins: Bool)
    case offer(ticket: Int, agent: Int, custodian: Int)
    case declined(ticket: Int, agent: Int, custodian: Int)
    case offerLate(ticket: Int, attempt: Int, custodian: Int)
    case request(ticket: Int, agent: Int, custodian: Int)
    case denied(agent: Int)
    case askLate(agent: Int, attempt: Int)
    case custody(ticket: Int, from: Int, to: Int)
    case link(Int)
    case wake(site: Int)
    case publish
    case look
  }

  /// Where a ticket is.
  struct Course {
    var custodian: Int
    /// Sites in whose lanes it waits; two only while a take-over could not be told.
    var lanes: [Int] = []
    /// Who has it in work now.
    var workers: [Worker] = []
    /// Where it was finished.
    var doneAt: Int?
    /// Offered to somebody and no start known yet, by the custodian's number of the offer.
    var offer: Int?
    var declines: [EntityID] = []
    var hops = 0
    /// Bits of the sites that have heard of it; only for up to 64 sites.
    var known: UInt64 = 0
    var isTakenOver = false
  }

  struct Worker {
    var agent: Int
    var claim: WorkClaim
  }

  let world: ReplayWorld
  let assigner: Assigner
  var events = EventQueue<Event>()
  var dice: ReplayDice
  var reach: Reachability
  var lanes: WaitingLanes
  var loads: [AgentLoad]
  var told: [AgentLoad]
  var toldAt: Int64 = 0
  /// Knowledge on its way: published, but not yet arrived.
  var underWay: [AgentLoad]
  let siteOf: [Int]
  let people: [[Int]]
  let indices: [EntityID: Int]
  let homeOf: [Int]
  var courses: [Course]
  var askingUntil: [Int64]
  var attempts: [Int]
  var askedFor: [Int?]
  /// What a site did itself since it was told: agent and moment, by site and agent.
  var overlay: [Int: Int64] = [:]
  /// What the central site knows when it tells others, and whom it has told what of it.
  var outlooks: [SiteOutlook] = []
  var shortlists: [Int: [Int]] = [:]
  let places: [EntityID: Int]
  var handling = HandlingTimes()
  var outcome: ReplayOutcome
  var inHand: [Int]
  var inHandNow = 0
  var inHandSum: Int64 = 0
  var lastMoment: Int64 = 0
  var began: Int64 = 0
  var begunCount = 0
  /// Numbers of offers.
  var offers = 0

  /// Asking is repeated when no answer has come after this, milliseconds.
  static let answerMilliseconds: Int64 = 5_000
  /// Custody and cut-off sites are looked at so often, milliseconds.
  static let lookMilliseconds: Int64 = 300_000

  package static func run(_ world: ReplayWorld, policy: AssignmentPolicy = AssignmentPolicy()) -> ReplayOutcome {
    var replay = AssignmentReplay(world, policy: policy)
    return replay.play()
  }

  private init(_ world: ReplayWorld, policy: AssignmentPolicy) {
    self.world = world
    assigner = Assigner(policy: policy)
    dice = ReplayDice(seed: world.seed)
    reach = Reachability(sites: world.sites.count, links: world.links)
    let places = Dictionary(world.sites.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    self.places = places
    siteOf = world.agents.map { places[$0.site] ?? 0 }
    indices = Dictionary(
      world.agents.enumerated().map { ($1.person, $0) }, uniquingKeysWith: { first, _ in first })
    homeOf = world.tickets.map { places[$0.site] ?? 0 }
    var people = Array(repeating: [Int](), count: world.sites.count)
    for (agent, site) in siteOf.enumerated() { people[site].append(agent) }
    self.people = people
    var kinds: [KindKey: Int] = [:]
    lanes = WaitingLanes(
      sites: world.sites.count,
      kinds: world.tickets.map { ticket in
        let key = KindKey(category: ticket.category, priority: ticket.priority)
        if let kind = kinds[key] { return kind }
        kinds[key] = kinds.count
        return kinds.count - 1
      })
    loads = world.agents.map { agent in
      AgentLoad(
        person: agent.person, site: agent.site, node: NodeID(high: agent.site.high, low: agent.site.low),
        isOnShift: agent.shifts == nil, capacity: 1, openAssigned: 0, skills: agent.skills)
    }
    told = loads
    underWay = loads
    courses = homeOf.map { Course(custodian: $0) }
    askingUntil = Array(repeating: .min, count: loads.count)
    attempts = Array(repeating: 0, count: loads.count)
    askedFor = Array(repeating: nil, count: loads.count)
    outcome = ReplayOutcome(startedAt: Array(repeating: nil, count: world.tickets.count))
    outcome.agents = Array(repeating: nil, count: world.tickets.count)
    inHand = Array(repeating: 0, count: world.sites.count)
  }

  private struct KindKey: Hashable {
    let category: EntityID?
    let priority: Priority
  }

  // MARK: Time

  private mutating func play() -> ReplayOutcome {
    guard let first = world.tickets.first?.arrivesAt, let last = world.tickets.last?.arrivesAt else { return outcome }
    began = first
    lastMoment = first
    toldAt = first
    for (index, ticket) in world.tickets.enumerated() { events.add(.arrival(index), at: ticket.arrivesAt) }
    for (agent, entry) in world.agents.enumerated() {
      for shift in entry.shifts ?? [] where shift.upperBound > first {
        events.add(.shift(agent: agent, begins: true), at: max(first, shift.lowerBound))
        events.add(.shift(agent: agent, begins: false), at: shift.upperBound)
      }
    }
    for index in world.linkChanges.indices { events.add(.link(index), at: world.linkChanges[index].at) }
    events.add(.publish, at: first)
    events.add(.look, at: first)
    // The repeating events end with the last arrival, or the queue would never be empty; what waits then is looked
    // at for a week more.
    let end = last + 7 * AssignmentPolicy.day
    var left = world.tickets.count
    while let (at, event) = events.next() {
      if at > last && (left == 0 || at > end) { break }
      inHandSum += Int64(inHandNow) * max(0, min(at, last) - lastMoment)
      lastMoment = max(lastMoment, min(at, last))
      left -= take(event, at: at)
    }
    let span = max(1, last - first) * Int64(max(1, world.sites.count))
    outcome.inHandMeanPerMille = inHandSum / max(1, span / 1000)
    outcome.hopsMost = courses.map(\.hops).max() ?? 0
    outcome.learnedMilliseconds = world.sites.map { handling.milliseconds(category: nil, site: $0) }
    return outcome
  }

  /// Gives how many tickets were begun for the first time.
  private mutating func take(_ event: Event, at now: Int64) -> Int {
    let begun = begunCount
    switch event {
    case .arrival(let ticket): arrive(ticket, now)
    case .seen(let ticket): see(ticket, now)
    case .finished(let agent, let ticket): finish(agent, ticket, now)
    case .shift(let agent, let begins): shift(agent, begins, now)
    case .offer(let ticket, let agent, let custodian): receiveOffer(ticket, agent, custodian, now)
    case .declined(let ticket, let agent, let custodian): receiveDecline(ticket, agent, custodian, now)
    case .offerLate(let ticket, let attempt, let custodian): offerAgain(ticket, attempt, custodian, now)
    case .request(let ticket, let agent, let custodian): answer(ticket, agent, custodian, now)
    case .denied(let agent):
      askingUntil[agent] = .min
      askedFor[agent] = nil
      pull(agent, now)
    case .askLate(let agent, let attempt):
      if attempts[agent] == attempt && askingUntil[agent] > .min {
        askingUntil[agent] = .min
        askedFor[agent] = nil
        pull(agent, now)
      }
    case .custody(let ticket, let from, let to): receiveCustody(ticket, from, to, now)
    case .link(let index): change(world.linkChanges[index], now)
    case .wake(let site): for agent in people[site] { pull(agent, now) }
    case .publish: publish(now)
    case .look: look(now)
    }
    return begunCount - begun
  }

  mutating func delay() -> Int64 {
    world.messageMilliseconds.lowerBound == world.messageMilliseconds.upperBound
      ? world.messageMilliseconds.lowerBound : Int64.random(in: world.messageMilliseconds, using: &dice)
  }

  mutating func send(_ event: Event, _ now: Int64) {
    outcome.messages += 1
    events.add(event, at: now + delay())
  }

  // MARK: What a site knows

  /// Load summaries go out every period and arrive half a period later: half to one and a half periods old in use.
  private mutating func publish(_ now: Int64) {
    guard world.knowledgeMilliseconds > 0 else {
      told = loads
      toldAt = now
      return
    }
    told = underWay
    toldAt = max(began, now - world.knowledgeMilliseconds / 2)
    overlay = overlay.filter { $0.value >= toldAt }
    underWay = loads
    if world.summaries != nil {
      shortlists = [:]
      outlooks = world.sites.indices.map { outlook(of: $0, now) }
    }
    if now < (world.tickets.last?.arrivesAt ?? now) + AssignmentPolicy.day {
      events.add(.publish, at: now + max(1, world.knowledgeMilliseconds / 2))
    }
  }

  private func outlook(of site: Int, _ now: Int64) -> SiteOutlook {
    SiteOutlook(
      knowledge(of: site, from: -1, now), for: probe, agents: people[site].map { told[$0] },
      ticketsAhead: lanes.counts[site], policy: assigner.policy, now: now)
  }

  /// A ticket of no particular kind.
  private var probe: WaitingTicket {
    WaitingTicket(
      id: .zero, number: "", priority: .normal, createdAt: 0, custodianStream: .zero, custodianSite: .zero,
      site: .zero)
  }

  func knowledge(of site: Int, from here: Int, _ now: Int64) -> SiteKnowledge {
    let id = world.sites[site]
    return SiteKnowledge(
      site: id, node: NodeID(high: id.high, low: id.low), isHere: site == here,
      isReachable: here < 0 || reach.reaches(here, site),
      ageMilliseconds: world.knowledgeMilliseconds == 0 ? 0 : now - toldAt)
  }

  /// The sites that a site knows the load of, itself first.
  mutating func neighbours(of here: Int, _ now: Int64) -> [Int] {
    guard let count = world.summaries else { return [here] + world.sites.indices.filter { $0 != here } }
    if let known = shortlists[here] { return known }
    // What the central site tells this one until the next time.
    let best = assigner.shortlist(for: world.sites[here], among: outlooks, count: count, now: now)
    let known = [here] + best.compactMap { places[$0.site.site] }
    shortlists[here] = known
    return known
  }

  /// The agents of the given sites as a site knows them: its own exactly, others as they were told, with what it did
  /// itself since. Who is off shift can be left out where only somebody at work can be chosen.
  func view(from here: Int, of sites: [Int], onShiftOnly: Bool = false, _ now: Int64) -> [AgentLoad] {
    var view: [AgentLoad] = []
    view.reserveCapacity(sites.count * 4)
    for site in sites {
      for agent in people[site] where !onShiftOnly || loads[agent].isOnShift {
        if site == here || world.knowledgeMilliseconds == 0 {
          view.append(current(agent))
        } else {
          var load = told[agent]
          // Calendars are replicated, so who is on shift is known everywhere.
          load.isOnShift = loads[agent].isOnShift
          let isGiven = overlay[here * loads.count + agent].map { $0 >= toldAt } ?? false
          if isGiven { load.openAssigned = max(1, load.openAssigned) }
          view.append(load)
        }
      }
    }
    return view
  }

  /// An agent as the own site sees it: one who has asked for work elsewhere gets none meanwhile.
  func current(_ agent: Int) -> AgentLoad {
    var load = loads[agent]
    if askingUntil[agent] > .min { load.openAssigned = max(1, load.openAssigned) }
    return load
  }

  func waiting(_ ticket: Int, at custodian: Int) -> WaitingTicket {
    let past = world.tickets[ticket]
    return WaitingTicket(
      id: EntityID(high: 1, low: UInt64(ticket)), number: "T-\(ticket)", priority: past.priority,
      createdAt: past.arrivesAt, custodianStream: StreamID(high: 0, low: UInt64(custodian)),
      custodianSite: world.sites[custodian], category: past.category, site: past.site, hops: courses[ticket].hops,
      declinedBy: courses[ticket].declines)
  }
}
