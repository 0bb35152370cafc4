import Assignment
import Helpdesk
import OperationLog

/// May 2012 of the incident log as a world: arrivals by country, people and their hours from who worked when.
struct IncidentLogWorld {
  /// Codes in the order of the sites, the one with the most incidents first.
  let countries: [String]
  let agents: [RosterAgent]
  /// Without their work, which is drawn per seed.
  let tickets: [PastTicket]
  /// Estimated work of each ticket, milliseconds.
  let work: [Int64]
  /// History: seconds from the first row of an incident to the first acceptance by a person; nil where there is none.
  let historicalWaits: [Double?]
  /// Agent hours of May, and hours of work of its arrivals.
  let capacityHours: Double
  let workHours: Double

  private static let from: Int64 = 1_335_830_400_000  // 2012-05-01
  private static let until: Int64 = 1_338_508_800_000  // 2012-06-01
  /// Rows of a person that are this close belong to one stay at work, which is this much longer at each end.
  private static let gap: Int64 = 4 * 3_600_000
  private static let margin: Int64 = 1_800_000

  init(_ log: IncidentLog) {
    let may = log.incidents.filter { steps in
      steps.first.map { (Self.from..<Self.until).contains($0.at) && $0.country != "0" } ?? false
    }
    .sorted { ($0[0].at, $0.count) < ($1[0].at, $1.count) }
    let people = Self.people(log)
    var counts: [String: Int] = [:]
    for steps in may { counts[steps[0].country, default: 0] += 1 }
    for person in people.values { counts[person.country, default: 0] += 0 }
    let countries = counts.keys.sorted { (counts[$1, default: 0], $0) < (counts[$0, default: 0], $1) }
    let places = Dictionary(uniqueKeysWithValues: countries.enumerated().map { ($1, $0) })
    func site(_ country: String) -> EntityID { CaseWorlds.site(places[country] ?? 0) }
    let levels = Set(log.incidents.joined().map(\.level)).sorted()
    let skills = Dictionary(uniqueKeysWithValues: levels.enumerated().map { ($1, CaseWorlds.skill($0)) })
    let names = people.keys.sorted()
    agents = names.enumerated().compactMap { number, name in
      guard let person = people[name] else { return nil }
      let shifts = person.stays.filter { $0.upperBound > Self.from && $0.lowerBound < Self.until }
      return RosterAgent(
        person: CaseWorlds.person(number), site: site(person.country),
        skills: person.levels.sorted().compactMap { skills[$0] }, shifts: shifts)
    }
    let worked = Self.work(log, people)
    let byFirst = Dictionary(
      zip(log.incidents, worked).map { (Key($0), $1) }, uniquingKeysWith: { first, _ in first })
    work = may.map { max(60_000, byFirst[Key($0)] ?? 60_000) }
    tickets = may.map { steps in
      PastTicket(
        arrivesAt: steps[0].at, workMilliseconds: 1, site: site(steps[0].country), category: skills[steps[0].level],
        priority: Self.priority(steps[0].impact))
    }
    historicalWaits = may.map { steps in
      steps.first { $0.isAccepted && $0.person != nil }.map { Double($0.at - steps[0].at) / 1000 }
    }
    self.countries = countries
    let span = Self.from..<Self.until
    capacityHours =
      people.values.reduce(0) { sum, person in
        sum + person.stays.reduce(0) { $0 + Double($1.clamped(to: span).count) / 3_600_000 }
      }
    workHours = work.reduce(0) { $0 + Double($1) / 3_600_000 }
  }

  /// The world of a seed: the same arrivals and people, each ticket's work drawn from those of its support level.
  func world(seed: UInt64, knowledge: Int64, workTimes factor: Int64) -> ReplayWorld {
    var chance = Chance(seed: seed, purpose: 5)
    let pools = Dictionary(grouping: tickets.indices) { tickets[$0].category }
    var drawn = tickets
    for index in tickets.indices {
      let pool = pools[tickets[index].category] ?? [index]
      drawn[index].workMilliseconds = work[pool[chance.number(0..<pool.count)]] * factor
    }
    var world = ReplayWorld(sites: countries.indices.map(CaseWorlds.site), agents: agents, tickets: drawn)
    world.knowledgeMilliseconds = knowledge
    world.messageMilliseconds = 20...150
    world.handOverMilliseconds = 60_000
    world.seed = seed
    return world
  }

  // MARK: Who worked when

  private struct Worker {
    var country: String
    var levels: Set<String>
    var stays: [Range<Int64>]
  }

  private static func people(_ log: IncidentLog) -> [String: Worker] {
    var moments: [String: [Int64]] = [:]
    var levels: [String: Set<String>] = [:]
    var countries: [String: [String: Int]] = [:]
    for step in log.incidents.joined() {
      guard let person = step.person else { continue }
      moments[person, default: []].append(step.at)
      levels[person, default: []].insert(step.level)
      if step.country != "0" { countries[person, default: [:]][step.country, default: 0] += 1 }
    }
    var people: [String: Worker] = [:]
    for (person, times) in moments {
      guard let country = countries[person]?.min(by: { ($1.value, $0.key) < ($0.value, $1.key) })?.key else {
        continue
      }
      people[person] = Worker(country: country, levels: levels[person] ?? [], stays: stays(times.sorted()))
    }
    return people
  }

  private static func stays(_ times: [Int64]) -> [Range<Int64>] {
    var stays: [Range<Int64>] = []
    for time in times {
      if let last = stays.last, time - (last.upperBound - margin) <= gap {
        stays[stays.count - 1] = last.lowerBound..<(time + margin)
      } else {
        stays.append((time - margin)..<(time + margin))
      }
    }
    return stays
  }

  // MARK: How long work took

  /// Tells incidents apart; the first step of two incidents may be equal only where the rest is too.
  private struct Key: Hashable {
    let at: Int64
    let count: Int
    let last: Int64

    init(_ steps: [IncidentLog.Step]) {
      at = steps.first?.at ?? 0
      count = steps.count
      last = steps.last?.at ?? 0
    }
  }

  private struct Mark {
    var at: Int64
    /// −1 a ticket leaves, 1 a ticket comes, −2 the person goes, 2 the person comes.
    var kind: Int
    var incident: Int
  }

  /// A person's time at work is shared equally by the incidents that are in progress with them.
  private static func work(_ log: IncidentLog, _ people: [String: Worker]) -> [Int64] {
    var marks: [String: [Mark]] = [:]
    for (number, steps) in log.incidents.enumerated() {
      for (step, next) in zip(steps, steps.dropFirst()) where step.isAccepted && step.isInProgress {
        guard let person = step.person, next.at > step.at else { continue }
        marks[person, default: []].append(Mark(at: step.at, kind: 1, incident: number))
        marks[person, default: []].append(Mark(at: next.at, kind: -1, incident: number))
      }
    }
    var work = Array(repeating: Int64(0), count: log.incidents.count)
    for (person, found) in marks {
      let stays = people[person]?.stays ?? []
      let all =
        found + stays.map { Mark(at: $0.lowerBound, kind: 2, incident: 0) }
        + stays.map { Mark(at: $0.upperBound, kind: -2, incident: 0) }
      share(all.sorted { ($0.at, $0.kind, $0.incident) < ($1.at, $1.kind, $1.incident) }, &work)
    }
    return work
  }

  private static func share(_ marks: [Mark], _ work: inout [Int64]) {
    var present = 0
    var inProgress: [Int: Int] = [:]
    var last: Int64 = 0
    for mark in marks {
      if present > 0, !inProgress.isEmpty {
        for incident in inProgress.keys { work[incident] += (mark.at - last) / Int64(inProgress.count) }
      }
      last = mark.at
      switch mark.kind {
      case 2: present += 1
      case -2: present -= 1
      default:
        let count = inProgress[mark.incident, default: 0] + mark.kind
        inProgress[mark.incident] = count > 0 ? count : nil
      }
    }
  }

  private static func priority(_ impact: String) -> Priority {
    switch impact {
    case "Major": .critical
    case "High": .high
    case "Medium": .normal
    default: .low
    }
  }
}
