import Assignment
import Helpdesk
import OperationLog

/// The worlds of the cases: who works where, what comes in, which links break. Everything follows from the seed.
enum CaseWorlds {
  static let hour: Int64 = 3_600_000
  static let handling = 20 * 60_000.0
  /// A Monday, 00:00 UTC.
  static let monday: Int64 = 1_335_744_000_000

  static func site(_ number: Int) -> EntityID { EntityID(high: 0x517E, low: UInt64(number)) }
  static func person(_ number: Int) -> EntityID { EntityID(high: 0x9E25, low: UInt64(number)) }
  static func skill(_ number: Int) -> EntityID { EntityID(high: 0xCA7, low: UInt64(number)) }

  /// 12 sites of 4 agents; together 85 % busy, the first gets three times what its own agents can do.
  ///
  /// The last `partTime` sites have people for eight hours of each day only, and the others accordingly less work.
  static func busyOffice(seed: UInt64, hours: Int64, knowledge: Int64, partTime: Int = 0) -> ReplayWorld {
    let sites = (0..<12).map(site)
    let agents = (0..<48).map { number in
      let shifts = (-1...hours / 24 + 8).map { date in
        let start = monday + date * 24 * hour + 8 * hour
        return start..<(start + 8 * hour)
      }
      return RosterAgent(
        person: person(number), site: site(number / 4), shifts: number / 4 >= 12 - partTime ? shifts : nil)
    }
    // In agents' work: of the whole, and of the busy office.
    let all = (48 - Double(4 * partTime) * 2 / 3) * 0.85
    let shares = shares(all)
    var chance = Chance(seed: seed, purpose: 1)
    var tickets: [PastTicket] = []
    var at = monday
    while true {
      at += chance.exponential(mean: handling / all)
      if at > monday + hours * hour { break }
      let work = chance.exponential(mean: handling)
      tickets.append(
        PastTicket(arrivesAt: at, workMilliseconds: work, site: site(pick(shares, chance.share()))))
    }
    var world = ReplayWorld(sites: sites, agents: agents, tickets: tickets)
    world.knowledgeMilliseconds = knowledge
    world.messageMilliseconds = 20...150
    world.seed = seed
    return world
  }

  /// How much of the work each of the 12 sites gets: the first what 12 agents do, the others the same each.
  private static func shares(_ all: Double) -> [Double] {
    [12 / all] + Array(repeating: (all - 12) / 11 / all, count: 11)
  }

  private static func pick(_ shares: [Double], _ value: Double) -> Int {
    var left = value
    for (index, share) in shares.enumerated() {
      left -= share
      if left < 0 { return index }
    }
    return shares.count - 1
  }

  /// As `busyOffice`, but each agent has two of three skills and works 09:00–17:00 in one of four time zones, tickets come
  /// nine times in ten inside their office's hours, and a hand-over costs a minute of work.
  static func skillsAndHours(seed: UInt64, days: Int64, knowledge: Int64) -> ReplayWorld {
    let zones: [Int64] = [-5, 0, 1, 8]
    let day = 24 * hour
    func opening(_ site: Int, _ date: Int64) -> Int64 { monday + date * day + (9 - zones[site % 4]) * hour }
    var agents: [RosterAgent] = []
    for number in 0..<48 {
      let place = number / 4
      let missing = number % 3
      agents.append(
        RosterAgent(
          person: person(number), site: site(place), skills: (0..<3).filter { $0 != missing }.map(skill),
          shifts: (-1...days).map { opening(place, $0)..<(opening(place, $0) + 8 * hour) }))
    }
    var chance = Chance(seed: seed, purpose: 2)
    var tickets: [PastTicket] = []
    let shares = shares(48 * 0.85)
    // 85 % of what 48 agents do in eight hours, by the work alone.
    let daily = 48.0 * 0.85 * 8 * 3_600_000 / handling
    var at = monday
    while true {
      at += chance.exponential(mean: Double(day) / daily)
      if at >= monday + days * day { break }
      let place = pick(shares, chance.share())
      let date = (at - monday) / day
      let isInHours = chance.share() < 0.9
      let offset = Int64(chance.share() * Double(isInHours ? 8 * hour : day))
      let moment = isInHours ? opening(place, date) + offset : monday + date * day + offset
      tickets.append(
        PastTicket(
          arrivesAt: max(monday, moment), workMilliseconds: chance.exponential(mean: handling), site: site(place),
          category: skill(chance.number(0..<3))))
    }
    tickets.sort { ($0.arrivesAt, $0.workMilliseconds) < ($1.arrivesAt, $1.workMilliseconds) }
    var world = ReplayWorld(sites: (0..<12).map(site), agents: agents, tickets: tickets)
    world.knowledgeMilliseconds = knowledge
    world.messageMilliseconds = 20...150
    world.handOverMilliseconds = 60_000
    world.seed = seed
    return world
  }

  /// As `busyOffice`, but two branches have people for eight hours a day only, every branch has one link, to the central
  /// site, and each link is down a quarter of the time.
  static func brokenLinks(seed: UInt64, hours: Int64, knowledge: Int64) -> ReplayWorld {
    var world = busyOffice(seed: seed, hours: hours, knowledge: knowledge, partTime: 2)
    // The busy office is a branch: the central site is another one.
    world.sites.swapAt(0, 1)
    world.links = (1..<12).map { (0, $0) }
    var changes: [LinkChange] = []
    for branch in 1..<12 {
      var chance = Chance(seed: seed, purpose: 100 + UInt64(branch))
      var at = monday + chance.exponential(mean: 3 * meanBurst)
      while at < monday + hours * hour {
        let burst = burst(&chance)
        changes.append(LinkChange(at: at, first: 0, second: branch, isUp: false))
        changes.append(LinkChange(at: at + burst, first: 0, second: branch, isUp: true))
        at += burst + chance.exponential(mean: 3 * meanBurst)
      }
    }
    world.linkChanges = changes.sorted { ($0.at, $0.second) < ($1.at, $1.second) }
    // Targets of an hour, so that people find late tickets of cut-off sites to take over.
    for index in world.tickets.indices { world.tickets[index].priority = .high }
    world.takeOversPerMille = 100
    return world
  }

  /// 1 minute to 8 hours, every order of magnitude as likely: the logarithm is even.
  private static func burst(_ chance: inout Chance) -> Int64 {
    var low = 60_000.0
    var high = 8 * 3_600_000.0
    // Halving the logarithmic range by a share's bits needs no exponential function.
    for _ in 0..<30 {
      let middle = (low * high).squareRoot()
      if chance.share() < 0.5 { high = middle } else { low = middle }
    }
    return Int64(low)
  }

  /// The mean of such a burst: (b − a) ÷ ln(b ÷ a).
  private static var meanBurst: Double {
    (8 * 3_600_000.0 - 60_000) / Chance.logarithm(8 * 3_600_000.0 / 60_000)
  }

  /// 1,000 sites of 4 agents, 85 % busy; every half hour a hundred of them get three times what they can do for ten
  /// minutes.
  static func thousandSites(seed: UInt64, minutes: Int64) -> ReplayWorld {
    let count = 1000
    let sites = (0..<count).map(site)
    let agents = (0..<count * 4).map { RosterAgent(person: person($0), site: site($0 / 4)) }
    var chance = Chance(seed: seed, purpose: 4)
    var tickets: [PastTicket] = []
    var at = monday
    let gap = handling / (Double(count) * 4 * 0.85)
    while true {
      at += chance.exponential(mean: gap)
      if at > monday + minutes * 60_000 { break }
      let minute = (at - monday) / 60_000
      // Three in ten of all work lands on a tenth of the sites while a rush lasts.
      let isRush = minute % 30 >= 15 && minute % 30 < 25 && chance.share() < 0.3
      let first = Int(minute / 30 % 10) * 100
      let place = isRush ? first + chance.number(0..<100) : chance.number(0..<count)
      tickets.append(
        PastTicket(arrivesAt: at, workMilliseconds: chance.exponential(mean: handling), site: site(place)))
    }
    var world = ReplayWorld(sites: sites, agents: agents, tickets: tickets)
    world.knowledgeMilliseconds = 10_000
    world.messageMilliseconds = 20...150
    world.summaries = 16
    world.seed = seed
    return world
  }
}
