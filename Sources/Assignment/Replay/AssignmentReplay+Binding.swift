import OperationLog

/// How a ticket finds its agent: on arrival, by pull, by request to its custodian.
extension AssignmentReplay {
  mutating func arrive(_ ticket: Int, _ now: Int64) {
    let home = homeOf[ticket]
    wait(ticket, at: home)
    courses[ticket].known = group(of: home)
    decide(ticket, at: home, now, rule: .arrival)
  }

  /// The custodian looks for somebody who is free; otherwise the ticket waits, and other sites see it a message later.
  mutating func decide(_ ticket: Int, at custodian: Int, _ now: Int64, rule: AssignmentRule) {
    let sites = neighbours(of: custodian, now)
    let decision = assigner.onArrival(
      waiting(ticket, at: custodian), agents: view(from: custodian, of: sites, onShiftOnly: true, now),
      sites: sites.map { knowledge(of: $0, from: custodian, now) }, now: now, rule: rule)
    if let decision, let agent = agentIndex(decision.agent.person) {
      return give(ticket, to: agent, from: custodian, now)
    }
    events.add(.seen(ticket), at: now + delay())
    if !courses[ticket].isTakenOver { push(ticket, from: custodian, now) }
  }

  func agentIndex(_ person: EntityID) -> Int? { indices[person] }

  mutating func wait(_ ticket: Int, at site: Int) {
    lanes.insert(ticket, at: site)
    if !courses[ticket].lanes.contains(site) { courses[ticket].lanes.append(site) }
  }

  /// Takes it out of the lanes that this site can reach; the others hear of it when their link heals.
  mutating func withdraw(_ ticket: Int, from site: Int) {
    for lane in courses[ticket].lanes where reach.reaches(site, lane) { lanes.remove(ticket, at: lane) }
    courses[ticket].lanes.removeAll { reach.reaches(site, $0) }
  }

  /// The custodian's assignment: at once here, by a message elsewhere.
  mutating func give(_ ticket: Int, to agent: Int, from custodian: Int, _ now: Int64) {
    withdraw(ticket, from: custodian)
    if siteOf[agent] == custodian { return start(ticket, agent, isByPerson: false, now) }
    overlay[custodian * loads.count + agent] = now
    hold(1, at: siteOf[agent])
    offers += 1
    courses[ticket].offer = offers
    send(.offer(ticket: ticket, agent: agent, custodian: custodian), now)
    events.add(
      .offerLate(ticket: ticket, attempt: offers, custodian: custodian),
      at: now + assigner.policy.acceptanceMilliseconds(world.tickets[ticket].priority))
  }

  mutating func receiveOffer(_ ticket: Int, _ agent: Int, _ custodian: Int, _ now: Int64) {
    let isExpected = askedFor[agent] == ticket
    hold(-1, at: siteOf[agent])
    guard reach.reaches(custodian, siteOf[agent]), courses[ticket].workers.isEmpty, courses[ticket].doneAt == nil else {
      return
    }
    if isExpected {
      askingUntil[agent] = .min
      askedFor[agent] = nil
    }
    if current(agent).isFree {
      courses[ticket].offer = nil
      return start(ticket, agent, isByPerson: false, now)
    }
    outcome.declined += 1
    send(.declined(ticket: ticket, agent: agent, custodian: custodian), now)
  }

  /// The agent had something else: the custodian looks again, and knows now that this one is busy.
  mutating func receiveDecline(_ ticket: Int, _ agent: Int, _ custodian: Int, _ now: Int64) {
    guard reach.reaches(custodian, siteOf[agent]), courses[ticket].offer != nil else { return }
    overlay[custodian * loads.count + agent] = now
    courses[ticket].offer = nil
    wait(ticket, at: custodian)
    decide(ticket, at: custodian, now, rule: .reOffer)
  }

  /// An offer that nobody is known to have accepted in the priority's time, because the link broke in between.
  mutating func offerAgain(_ ticket: Int, _ attempt: Int, _ custodian: Int, _ now: Int64) {
    guard courses[ticket].offer == attempt, courses[ticket].doneAt == nil else { return }
    courses[ticket].offer = nil
    wait(ticket, at: custodian)
    decide(ticket, at: custodian, now, rule: .reOffer)
  }

  // MARK: Pull

  /// Other sites see a ticket that waits: whoever is free there asks for it.
  mutating func see(_ ticket: Int, _ now: Int64) {
    let course = courses[ticket]
    guard let custodian = course.lanes.first, lanes.contains(ticket, at: custodian) else { return }
    for site in world.sites.indices where reach.reaches(custodian, site) {
      for agent in people[site] where loads[agent].isFree && askingUntil[agent] == .min { pull(agent, now) }
    }
    if world.sites.count > Int(AskingTurn.officesFirst), lanes.contains(ticket, at: custodian) {
      events.add(.seen(ticket), at: now + AskingTurn.stepMilliseconds)
    }
  }

  /// A free agent takes the most overdue ticket of all reachable sites.
  mutating func pull(_ agent: Int, _ now: Int64) {
    guard current(agent).isFree else { return }
    let here = siteOf[agent]
    var waiting: [WaitingTicket] = []
    var sites: [SiteKnowledge] = [knowledge(of: here, from: here, now)]
    for site in world.sites.indices where lanes.counts[site] > 0 && reach.reaches(here, site) {
      if site != here { sites.append(knowledge(of: site, from: here, now)) }
      for ticket in lanes.heads(at: site, count: 4) where mayTake(ticket, of: site, from: here, now) {
        waiting.append(self.waiting(ticket, at: site))
      }
    }
    guard !waiting.isEmpty else { return }
    let choice = assigner.nextTicket(forFreeAgent: loads[agent], waiting: waiting, sites: sites, now: now)
    guard let best = choice.candidates.first?.ticket else { return }
    let ticket = Int(best.id.low)
    let custodian = Int(best.custodianStream.low)
    if custodian == here { return give(ticket, to: agent, from: here, now) }
    askingUntil[agent] = now + Self.answerMilliseconds
    askedFor[agent] = ticket
    attempts[agent] += 1
    events.add(.askLate(agent: agent, attempt: attempts[agent]), at: now + Self.answerMilliseconds)
    send(.request(ticket: ticket, agent: agent, custodian: custodian), now)
  }

  /// Not what a colleague has asked for already, not before the ticket is known here, and not before this site's turn.
  private func mayTake(_ ticket: Int, of custodian: Int, from here: Int, _ now: Int64) -> Bool {
    if custodian == here { return true }
    let waited = now - world.tickets[ticket].arrivesAt
    guard waited >= world.messageMilliseconds.lowerBound else { return false }
    if people[here].contains(where: { askedFor[$0] == ticket }) { return false }
    return AskingTurn.has(
      world.sites[here], for: EntityID(high: 1, low: UInt64(ticket)), waitedMilliseconds: waited,
      reachableSites: world.sites.count)
  }

  /// The custodian answers with the assignment, with the next candidate, or that nothing is left.
  mutating func answer(_ ticket: Int, _ agent: Int, _ custodian: Int, _ now: Int64) {
    guard reach.reaches(custodian, siteOf[agent]) else { return }
    let wanted = lanes.contains(ticket, at: custodian) ? [ticket] : lanes.heads(at: custodian, count: 2)
    let sites = [custodian, siteOf[agent]].map { knowledge(of: $0, from: custodian, now) }
    // Who asks says so because they are free.
    var asking = loads[agent]
    asking.openAssigned = 0
    asking.isOnShift = true
    let choice = assigner.nextTicket(
      forFreeAgent: asking, waiting: wanted.map { waiting($0, at: custodian) }, sites: sites, now: now)
    guard let decision = choice.decision(at: 0) else { return send(.denied(agent: agent), now) }
    let given = Int(decision.ticket.id.low)
    askedFor[agent] = given
    give(given, to: agent, from: custodian, now)
  }

  // MARK: Work

  mutating func start(_ ticket: Int, _ agent: Int, isByPerson: Bool, _ now: Int64) {
    withdraw(ticket, from: siteOf[agent])
    let stream = StreamID(high: 0, low: UInt64(siteOf[agent]))
    let claim = WorkClaim(isStarted: true, isByPerson: isByPerson, at: now, stream: stream)
    courses[ticket].workers.append(Worker(agent: agent, claim: claim))
    if courses[ticket].workers.count > 1 { outcome.forks += 1 }
    if outcome.startedAt[ticket] == nil {
      outcome.startedAt[ticket] = now
      outcome.agents[ticket] = agent
      begunCount += 1
    }
    loads[agent].openAssigned = 1
    loads[agent].lastAssignedAt = now
    hold(1, at: siteOf[agent])
    let isElsewhere = siteOf[agent] != homeOf[ticket]
    if isElsewhere { outcome.handOvers += 1 }
    let work = world.tickets[ticket].workMilliseconds + (isElsewhere ? world.handOverMilliseconds : 0)
    events.add(.finished(agent: agent, ticket: ticket), at: now + work)
  }

  mutating func finish(_ agent: Int, _ ticket: Int, _ now: Int64) {
    // Somebody who lost the ticket after healing has stopped before.
    guard courses[ticket].workers.contains(where: { $0.agent == agent }) else { return }
    courses[ticket].workers.removeAll { $0.agent == agent }
    courses[ticket].doneAt = siteOf[agent]
    withdraw(ticket, from: siteOf[agent])
    handling.note(
      world.tickets[ticket].workMilliseconds, category: world.tickets[ticket].category, site: world.agents[agent].site)
    release(agent, now)
  }

  mutating func release(_ agent: Int, _ now: Int64) {
    loads[agent].openAssigned = 0
    hold(-1, at: siteOf[agent])
    pull(agent, now)
  }

  mutating func shift(_ agent: Int, _ begins: Bool, _ now: Int64) {
    loads[agent].isOnShift = begins
    let shifts = world.agents[agent].shifts ?? []
    loads[agent].shiftEnd = begins ? shifts.first { $0.contains(now) }?.upperBound : nil
    loads[agent].nextShiftStart = shifts.first { $0.lowerBound > now }?.lowerBound
    if begins { pull(agent, now) }
  }

  private mutating func hold(_ count: Int, at site: Int) {
    inHand[site] += count
    inHandNow += count
    outcome.inHandMost = max(outcome.inHandMost, inHand[site])
  }
}
