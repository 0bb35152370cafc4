package import OperationLog

/// Choosing among sites: the short list a node is told about, and the moves ahead of pull.
extension Assigner {
  /// The sites a node is told about: the ones with the least expected wait, differently mixed among equals for each
  /// receiver, so that not everybody runs to the same place.
  ///
  /// Waits that differ by less than the hand-over cost count as equal.
  package func shortlist(
    for receiver: EntityID, among outlooks: [SiteOutlook], count: Int = 16, now: Int64
  ) -> [SiteOutlook] {
    let grain = max(1, policy.handOverMilliseconds)
    var best = Shortlist<Place>(count)
    // The last that is kept, and the wait from which on all come after it.
    var worst: Place?
    var bound = Int64.max
    for index in outlooks.indices {
      let site = outlooks[index].site.site
      guard outlooks[index].site.isReachable, !site.isSame(as: receiver),
        let wait = ExpectedWait.inPlace(at: outlooks[index], policy: policy, now: now, below: bound)
      else { continue }
      let place = Place(
        step: wait < grain ? 0 : wait / grain, mix: AskingTurn.mixed(receiver.low, site.low), index: index)
      if let worst, worst.precedes(place) { continue }
      best.offer(place)
      worst = best.worst
      if let worst { bound = (worst.step + 1) * grain }
    }
    return best.kept.map { outlooks[$0.index] }
  }

  /// A site on the short list: by its wait in steps, among equals mixed.
  private struct Place: Ranking {
    let step: Int64
    let mix: UInt64
    let index: Int

    func precedes(_ other: Place) -> Bool {
      if step != other.step { return step < other.step }
      return mix != other.mix ? mix < other.mix : index < other.index
    }
  }

  /// Looks for a site where a waiting ticket is answered sooner, where pull alone cannot help: nobody will be on shift
  /// at the custodian within the ticket's target, or an agent elsewhere would sit without work within the hand-over
  /// cost.
  ///
  /// With stale knowledge the better of two drawn sites is taken; the record names just these, so that replaying needs
  /// no chance.
  package func weighPush(
    _ ticket: WaitingTicket, outlooks: [SiteOutlook], now: Int64, random: inout some RandomNumberGenerator
  ) -> PushChoice {
    let choice = choosePush(ticket, outlooks: outlooks, now: now)
    guard let decision = choice.decision, decision.site.ageMilliseconds > policy.limits.freshMilliseconds else {
      return choice
    }
    var eligible = choice.candidates.filter(\.verdict.isEligible)
    let first = eligible.remove(at: Int.random(in: eligible.indices, using: &random)).outlook
    let second = eligible.randomElement(using: &random)?.outlook
    let own = outlooks.filter { $0.site.site == ticket.custodianSite }
    let drawn = choosePush(ticket, outlooks: own + [first] + (second.map { [$0] } ?? []), now: now)
    return PushChoice(
      exclusion: drawn.exclusion, candidates: drawn.candidates, isDrawn: true, decision: drawn.decision)
  }

  /// As `weighPush`, with the best of all listed sites.
  func choosePush(_ ticket: WaitingTicket, outlooks: [SiteOutlook], now: Int64) -> PushChoice {
    guard ticket.hops < policy.limits.hopsMax else {
      return PushChoice(exclusion: .hopLimit, candidates: [], isDrawn: false, decision: nil)
    }
    let own = outlooks.first { $0.site.site == ticket.custodianSite }
    let here = own.flatMap { ExpectedWait(at: $0, policy: policy, now: now) }?.inPlace ?? Int64.max
    let isDeserted = (own?.onShiftAt ?? .max) > max(ticket.targetAt, now)
    var eligible = Shortlist<SoonerSite>(Self.candidatesMax)
    var others = Shortlist<PassedOverSite>(Self.candidatesMax)
    for outlook in outlooks where outlook.site.site != ticket.custodianSite {
      let verdict = pushVerdict(outlook, here: here, isDeserted: isDeserted, now: now)
      let candidate = SiteCandidate(outlook: outlook, verdict: verdict)
      if case .eligible(let wait) = verdict {
        eligible.offer(SoonerSite(candidate: candidate, wait: wait))
      } else {
        others.offer(PassedOverSite(candidate: candidate))
      }
    }
    var candidates = eligible.kept.map(\.candidate)
    if let own { candidates.append(SiteCandidate(outlook: own, verdict: .excluded(.noGain))) }
    candidates += others.kept.map(\.candidate)
    guard let best = eligible.kept.first else {
      return PushChoice(exclusion: nil, candidates: candidates, isDrawn: false, decision: nil)
    }
    let subject = TicketCandidate(ticket: ticket, verdict: .eligible(score: ticket.overdueRatio(now: now)))
    let inputs = DecisionInputs(
      rule: .push, now: now, policy: policy, sites: outlooks.map(\.site), tickets: [subject], outlooks: candidates,
      omitted: eligible.dropped + others.dropped)
    return PushChoice(
      exclusion: nil, candidates: candidates, isDrawn: false,
      decision: PushDecision(
        ticket: ticket, site: best.candidate.outlook.site,
        gainMilliseconds: here == .max ? .max : here - best.wait, inputs: inputs))
  }

  private func pushVerdict(_ outlook: SiteOutlook, here: Int64, isDeserted: Bool, now: Int64) -> Verdict {
    guard outlook.site.isReachable else { return .excluded(.siteUnreachable) }
    guard outlook.isPlausible else { return .excluded(.absurdLoad) }
    guard outlook.eligibleAgents > 0 else { return .excluded(.noAgents) }
    guard let wait = ExpectedWait(at: outlook, policy: policy, now: now) else { return .excluded(.noCalendar) }
    // Its people would be idle before the ticket could reach them. Whoever is free now pulls without being pushed.
    let isIdleSoon = outlook.freeAgents == 0 && wait.inPlace <= policy.handOverMilliseconds
    guard isDeserted || isIdleSoon, policy.isWorthMoving(from: here, to: wait.milliseconds) else {
      return .excluded(.noGain)
    }
    return .eligible(score: wait.milliseconds)
  }

  /// The least wait first, then where more are free.
  private struct SoonerSite: Ranking {
    let candidate: SiteCandidate
    let wait: Int64

    func precedes(_ other: SoonerSite) -> Bool {
      if wait != other.wait { return wait < other.wait }
      let (outlook, others) = (candidate.outlook, other.candidate.outlook)
      if outlook.freeAgents != others.freeAgents { return outlook.freeAgents > others.freeAgents }
      return outlook.site.site < others.site.site
    }
  }

  /// In the order of the identifiers.
  private struct PassedOverSite: Ranking {
    let candidate: SiteCandidate

    func precedes(_ other: PassedOverSite) -> Bool {
      candidate.outlook.site.site < other.candidate.outlook.site.site
    }
  }
}
