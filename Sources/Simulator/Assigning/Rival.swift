import Assignment
import Helpdesk
import OperationLog

/// What Relevo's rules are compared with, on the same arrivals.
package enum Rival: String, CaseIterable, Sendable {
  /// Each site serves its own tickets.
  case alone
  /// Each ticket goes to the next site in turn, and waits there.
  case roundRobin = "round_robin"
  /// Each ticket goes to the site with the least open tickets, as far as is known, and waits there.
  case leastOpen = "least_open"
  /// Each ticket goes to the better of two sites drawn at random, and waits there.
  case twoChoices = "two_choices"
  /// One queue for all sites that reach each other, perfect knowledge, no delay: the limit.
  case pooled
}

/// Plays the same world as `AssignmentReplay` by another rule. Rivals pay no message delays: they know of an arrival and of
/// a free agent in the instant, only loads are as old as the world says.
struct RivalRun {
  private enum Event {
    case arrival(Int)
    case finished(agent: Int)
    case shift(agent: Int, begins: Bool)
    case link(Int)
    case publish
  }

  private let world: ReplayWorld
  private let rival: Rival
  private var events = EventQueue<Event>()
  private var dice: ReplayDice
  private var reach: Reachability
  private var lanes: WaitingLanes
  private let siteOf: [Int]
  private let homeOf: [Int]
  private let people: [[Int]]
  private let everywhere: [Int]
  private var isOnShift: [Bool]
  private var isBusy: [Bool]
  private var idleSince: [Int64]
  private var open: [Int]
  private var openNow = 0
  /// Everybody can do everything at any time: nothing has to be asked of the people.
  private let isPlain: Bool
  private var told: [Int]
  private var underWay: [Int]
  private var turn = 0
  private var outcome: ReplayOutcome
  private var inHandSum: Int64 = 0
  private var lastMoment: Int64 = 0

  static func run(_ world: ReplayWorld, _ rival: Rival) -> ReplayOutcome {
    var run = RivalRun(world, rival)
    return run.play()
  }

  private init(_ world: ReplayWorld, _ rival: Rival) {
    self.world = world
    self.rival = rival
    dice = ReplayDice(seed: world.seed &+ 77)
    reach = Reachability(sites: world.sites.count, links: world.links)
    let places = Dictionary(world.sites.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    siteOf = world.agents.map { places[$0.site] ?? 0 }
    homeOf = world.tickets.map { places[$0.site] ?? 0 }
    var people = Array(repeating: [Int](), count: world.sites.count)
    for (agent, site) in siteOf.enumerated() { people[site].append(agent) }
    self.people = people
    everywhere = Array(world.sites.indices)
    var kinds: [Kind: Int] = [:]
    lanes = WaitingLanes(
      sites: world.sites.count,
      kinds: world.tickets.map { ticket in
        let kind = Kind(category: ticket.category, priority: ticket.priority)
        if let number = kinds[kind] { return number }
        kinds[kind] = kinds.count
        return kinds.count - 1
      })
    isPlain = world.agents.allSatisfy { $0.skills == nil && $0.shifts == nil }
    isOnShift = world.agents.map { $0.shifts == nil }
    isBusy = Array(repeating: false, count: siteOf.count)
    idleSince = Array(repeating: .min, count: siteOf.count)
    open = Array(repeating: 0, count: world.sites.count)
    told = open
    underWay = open
    outcome = ReplayOutcome(startedAt: Array(repeating: nil, count: world.tickets.count))
  }

  private struct Kind: Hashable {
    let category: EntityID?
    let priority: Priority
  }

  private mutating func play() -> ReplayOutcome {
    guard let first = world.tickets.first?.arrivesAt, let last = world.tickets.last?.arrivesAt else { return outcome }
    lastMoment = first
    for (index, ticket) in world.tickets.enumerated() { events.add(.arrival(index), at: ticket.arrivesAt) }
    for (agent, entry) in world.agents.enumerated() {
      for shift in entry.shifts ?? [] where shift.upperBound > first {
        events.add(.shift(agent: agent, begins: true), at: max(first, shift.lowerBound))
        events.add(.shift(agent: agent, begins: false), at: shift.upperBound)
      }
    }
    for index in world.linkChanges.indices { events.add(.link(index), at: world.linkChanges[index].at) }
    if rival == .leastOpen || rival == .twoChoices { events.add(.publish, at: first) }
    let end = last + 7 * 24 * 3_600_000
    while let (at, event) = events.next(), at <= end {
      inHandSum += Int64(openNow) * max(0, min(at, last) - lastMoment)
      lastMoment = max(lastMoment, min(at, last))
      take(event, at, last: last)
    }
    outcome.inHandMeanPerMille = inHandSum / max(1, max(1, last - first) * Int64(max(1, world.sites.count)) / 1000)
    return outcome
  }

  private mutating func take(_ event: Event, _ now: Int64, last: Int64) {
    switch event {
    case .arrival(let ticket): arrive(ticket, now)
    case .finished(let agent):
      isBusy[agent] = false
      idleSince[agent] = now
      open[siteOf[agent]] -= 1
      openNow -= 1
      serve(agent, now)
    case .shift(let agent, let begins):
      isOnShift[agent] = begins
      if begins { serve(agent, now) }
    case .link(let index):
      reach.apply(world.linkChanges[index])
      if world.linkChanges[index].isUp {
        for agent in siteOf.indices { serve(agent, now) }
      }
    case .publish:
      told = underWay
      underWay = open
      if now < last { events.add(.publish, at: now + max(1, world.knowledgeMilliseconds / 2)) }
    }
  }

  // MARK: Arrival

  private mutating func arrive(_ ticket: Int, _ now: Int64) {
    let place = place(for: ticket)
    if place != homeOf[ticket] { told[place] += 1 }
    open[place] += 1
    openNow += 1
    outcome.inHandMost = max(outcome.inHandMost, open[place])
    lanes.insert(ticket, at: place)
    // Somebody here first, then elsewhere; of equals the one who has been idle longest.
    let all = rival == .pooled ? Array(siteOf.indices) : people[place]
    let free = all.filter { isFree($0) && maySee($0, place) && knows($0, ticket) }
    let agent = free.min { left, right in
      let (leftHere, rightHere) = (siteOf[left] == homeOf[ticket], siteOf[right] == homeOf[ticket])
      if leftHere != rightHere { return leftHere }
      return (idleSince[left], left) < (idleSince[right], right)
    }
    if let agent { start(ticket, at: place, agent, now) }
  }

  /// In which site's queue the ticket waits.
  private mutating func place(for ticket: Int) -> Int {
    let home = homeOf[ticket]
    if rival == .alone || rival == .pooled { return home }
    let reachable = world.links == nil ? everywhere : everywhere.filter { reach.reaches(home, $0) }
    let choices = isPlain ? reachable : suitable(reachable, for: ticket)
    guard !choices.isEmpty else { return home }
    switch rival {
    case .alone, .pooled: return home
    case .roundRobin:
      turn += 1
      return choices[turn % choices.count]
    case .leastOpen: return choices.min { (load(of: $0, from: home), $0) < (load(of: $1, from: home), $1) } ?? home
    case .twoChoices:
      let first = choices[Int.random(in: choices.indices, using: &dice)]
      let second = choices[Int.random(in: choices.indices, using: &dice)]
      return load(of: second, from: home) < load(of: first, from: home) ? second : first
    }
  }

  /// Of these sites the ones where somebody able is on shift, or else will be.
  private func suitable(_ sites: [Int], for ticket: Int) -> [Int] {
    let able = sites.filter { site in people[site].contains { knows($0, ticket) } }
    let present = able.filter { site in people[site].contains { knows($0, ticket) && isOnShift[$0] } }
    return present.isEmpty ? able : present
  }

  /// Open tickets, exact at home and as told elsewhere, with what has been sent there since.
  private func load(of site: Int, from home: Int) -> Int {
    site == home || world.knowledgeMilliseconds == 0 ? open[site] : told[site]
  }

  // MARK: Service

  private func isFree(_ agent: Int) -> Bool { isOnShift[agent] && !isBusy[agent] }

  private func knows(_ agent: Int, _ ticket: Int) -> Bool {
    guard let skills = world.agents[agent].skills, let category = world.tickets[ticket].category else { return true }
    return skills.contains(category)
  }

  private func maySee(_ agent: Int, _ place: Int) -> Bool {
    rival == .pooled ? reach.reaches(siteOf[agent], place) : siteOf[agent] == place
  }

  /// The most overdue of what the agent may serve.
  private mutating func serve(_ agent: Int, _ now: Int64) {
    guard isFree(agent) else { return }
    var best: (ratio: Int64, ticket: Int, place: Int)?
    for place in world.sites.indices where lanes.counts[place] > 0 && maySee(agent, place) {
      for ticket in lanes.heads(at: place, count: 1) where knows(agent, ticket) {
        let target = world.tickets[ticket].priority.responseTargetMinutes
        let ratio = (now - world.tickets[ticket].arrivesAt) * 1000 / (target * 60_000)
        if best.map({ ratio > $0.ratio || ratio == $0.ratio && ticket < $0.ticket }) ?? true {
          best = (ratio, ticket, place)
        }
      }
    }
    if let best { start(best.ticket, at: best.place, agent, now) }
  }

  private mutating func start(_ ticket: Int, at place: Int, _ agent: Int, _ now: Int64) {
    lanes.remove(ticket, at: place)
    open[place] -= 1
    open[siteOf[agent]] += 1
    outcome.startedAt[ticket] = now
    isBusy[agent] = true
    let isElsewhere = siteOf[agent] != homeOf[ticket]
    if isElsewhere { outcome.handOvers += 1 }
    let work = world.tickets[ticket].workMilliseconds + (isElsewhere ? world.handOverMilliseconds : 0)
    events.add(.finished(agent: agent), at: now + work)
  }
}
