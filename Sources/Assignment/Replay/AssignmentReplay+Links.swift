import OperationLog

/// Links that break and heal, custody that moves, tickets that are taken over.
extension AssignmentReplay {
  /// The bits of the sites that this one reaches; 0 beyond 64 sites, where no links change.
  func group(of site: Int) -> UInt64 {
    guard world.sites.count <= 64 else { return 0 }
    var bits: UInt64 = 0
    for other in world.sites.indices where reach.reaches(site, other) { bits |= 1 << UInt64(other) }
    return bits
  }

  mutating func change(_ link: LinkChange, _ now: Int64) {
    reach.apply(link)
    guard link.isUp else { return }
    meet(now)
    for site in world.sites.indices { events.add(.wake(site: site), at: now + delay()) }
  }

  /// After healing everybody in a group knows the same: what is in work or done waits nowhere, of two workers one
  /// keeps it.
  private mutating func meet(_ now: Int64) {
    for ticket in courses.indices
    where !courses[ticket].lanes.isEmpty || !courses[ticket].workers.isEmpty || courses[ticket].offer != nil {
      let members = world.sites.indices.filter { courses[ticket].known & (1 << UInt64($0)) != 0 }
      for site in members { courses[ticket].known |= group(of: site) }
      settle(ticket, now)
      let sites = courses[ticket].workers.map { siteOf[$0.agent] }
      for (place, site) in sites.enumerated() {
        withdraw(ticket, from: site)
        // The custodian hears that work has begun.
        if reach.reaches(site, courses[ticket].custodian) { courses[ticket].offer = nil }
        if sites[..<place].contains(where: { reach.reaches($0, site) }) { outcome.doubleAfterHealing += 1 }
      }
      if let done = courses[ticket].doneAt { withdraw(ticket, from: done) }
    }
  }

  /// Of workers who reach each other now the one with the strongest claim goes on, the others are told and stop; nobody
  /// goes on where it is known to be done.
  private mutating func settle(_ ticket: Int, _ now: Int64) {
    let done = courses[ticket].doneAt
    let workers = courses[ticket].workers.sorted { $0.claim < $1.claim }
    guard workers.count > (done == nil ? 1 : 0) else { return }
    var kept: [Int] = done.map { [$0] } ?? []
    for worker in workers {
      if kept.contains(where: { reach.reaches($0, siteOf[worker.agent]) }) {
        courses[ticket].workers.removeAll { $0.agent == worker.agent }
        events.add(.wake(site: siteOf[worker.agent]), at: now)
        loads[worker.agent].openAssigned = 0
        inHand[siteOf[worker.agent]] -= 1
        inHandNow -= 1
      } else {
        kept.append(siteOf[worker.agent])
      }
    }
  }

  // MARK: Custody

  /// Moves custody ahead of pull where the rules say so.
  mutating func push(_ ticket: Int, from custodian: Int, _ now: Int64) {
    guard world.knowledgeMilliseconds > 0, world.sites.count <= 64 else { return }
    let subject = waiting(ticket, at: custodian)
    // With people of its own at work pull is enough; looking at everybody else would be for nothing.
    if people[custodian].contains(where: { loads[$0].isOnShift && loads[$0].isSkilled(for: subject.category) }) {
      return
    }
    let outlooks = neighbours(of: custodian, now).map { site in
      SiteOutlook(
        knowledge(of: site, from: custodian, now), for: subject, agents: view(from: custodian, of: [site], now),
        ticketsAhead: lanes.counts[site] + people[site].count { loads[$0].openAssigned > 0 },
        handlingMilliseconds: handling.milliseconds(category: subject.category, site: world.sites[site]),
        policy: assigner.policy, now: now)
    }
    let choice = assigner.weighPush(subject, outlooks: outlooks, now: now, random: &dice)
    guard let target = choice.decision.flatMap({ decision in world.sites.firstIndex(of: decision.site.site) }) else {
      return
    }
    send(.custody(ticket: ticket, from: custodian, to: target), now)
  }

  /// Until it arrives the ticket waits where it was; a hand-over that a broken link swallowed never happened.
  mutating func receiveCustody(_ ticket: Int, _ from: Int, _ to: Int, _ now: Int64) {
    guard reach.reaches(from, to), lanes.contains(ticket, at: from), courses[ticket].custodian == from else { return }
    lanes.remove(ticket, at: from)
    courses[ticket].lanes.removeAll { $0 == from }
    courses[ticket].custodian = to
    courses[ticket].hops += 1
    outcome.pushes += 1
    wait(ticket, at: to)
    decide(ticket, at: to, now, rule: .reOffer)
  }

  /// Every few minutes: tickets whose custodian has nobody, and tickets whose custodian is cut off.
  mutating func look(_ now: Int64) {
    if now < (world.tickets.last?.arrivesAt ?? now) + AssignmentPolicy.day {
      events.add(.look, at: now + Self.lookMilliseconds)
    }
    guard world.sites.count <= 64 else { return }
    for site in world.sites.indices where lanes.counts[site] > 0 {
      for ticket in lanes.heads(at: site, count: 4) where courses[ticket].custodian == site {
        push(ticket, from: site, now)
      }
    }
    if world.links != nil { takeOver(now) }
  }

  private mutating func takeOver(_ now: Int64) {
    for custodian in world.sites.indices where lanes.counts[custodian] > 0 {
      for ticket in lanes.heads(at: custodian, count: 8)
      where courses[ticket].custodian == custodian && !courses[ticket].isTakenOver {
        if !reach.reaches(0, custodian), knows(ticket, 0) { takeOver(ticket, of: custodian, by: 0, now) }
        if !courses[ticket].isTakenOver { personTakesOver(ticket, of: custodian, now) }
      }
    }
  }

  private func knows(_ ticket: Int, _ site: Int) -> Bool { courses[ticket].known & (1 << UInt64(site)) != 0 }

  /// The central site by itself, where nobody is on shift at the cut-off custodian.
  private mutating func takeOver(_ ticket: Int, of custodian: Int, by site: Int, _ now: Int64) {
    let subject = waiting(ticket, at: custodian)
    // The calendars are known; the load is only as it was last told.
    let outlook = SiteOutlook(
      knowledge(of: custodian, from: site, now), for: subject, agents: people[custodian].map { loads[$0] },
      ticketsAhead: 0, policy: assigner.policy, now: now)
    let refusal = assigner.takeOverRefusal(
      of: subject, isStarted: false, custodian: outlook, by: .centralSite, now: now)
    guard refusal == nil else { return }
    outcome.takeOvers += 1
    courses[ticket].isTakenOver = true
    courses[ticket].hops += 1
    wait(ticket, at: site)
    decide(ticket, at: site, now, rule: .takeOver)
  }

  /// A person with nothing else to do who sees a late ticket of a cut-off site may take it.
  private mutating func personTakesOver(_ ticket: Int, of custodian: Int, _ now: Int64) {
    guard world.takeOversPerMille > 0, waiting(ticket, at: custodian).targetAt < now else { return }
    for site in world.sites.indices where !reach.reaches(site, custodian) && knows(ticket, site) {
      for agent in people[site]
      where current(agent).isFree && loads[agent].isSkilled(for: world.tickets[ticket].category)
        && Int.random(in: 0..<1000, using: &dice) < world.takeOversPerMille
      {
        outcome.takeOvers += 1
        courses[ticket].isTakenOver = true
        return start(ticket, agent, isByPerson: true, now)
      }
    }
  }
}
