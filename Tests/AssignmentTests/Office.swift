import Assignment
import Helpdesk
import OperationLog

/// Small numbers as identifiers, so that a failing test can be read.
func id(_ number: UInt64) -> EntityID { EntityID(high: 0, low: number) }

/// Three offices on a made-up afternoon: Madrid decides (site 1), Lyon (2) and Bogotá (3) are its neighbours.
enum Office {
  static let madrid = id(1)
  static let lyon = id(2)
  static let bogota = id(3)
  static let now: Int64 = 1_790_000_000_000
  static let minute: Int64 = 60_000

  static func node(_ site: EntityID) -> NodeID { NodeID(high: 9, low: site.low) }

  /// Everything reachable, the neighbours' knowledge five seconds old.
  static let allUp = [
    SiteKnowledge(site: madrid, node: node(madrid), isHere: true),
    SiteKnowledge(site: lyon, node: node(lyon), ageMilliseconds: 5_000),
    SiteKnowledge(site: bogota, node: node(bogota), ageMilliseconds: 5_000),
  ]

  static func agent(
    _ number: UInt64, at site: EntityID = madrid, open: Int = 0, capacity: Int = 5, isActive: Bool = true,
    isAvailable: Bool = true, isOnShift: Bool = true, shiftEnd: Int64? = nil, nextShiftStart: Int64? = nil,
    last: Int64? = nil, skills: [EntityID]? = nil, languages: [String]? = nil
  ) -> AgentLoad {
    AgentLoad(
      person: id(number), site: site, node: node(site), isActive: isActive, isAvailable: isAvailable,
      isOnShift: isOnShift, shiftEnd: shiftEnd, nextShiftStart: nextShiftStart, capacity: capacity, openAssigned: open,
      lastAssignedAt: last, skills: skills, languages: languages)
  }

  static func ticket(
    _ number: UInt64, _ priority: Priority = .normal, minutesAgo: Int64 = 0, custodian: EntityID = madrid,
    category: EntityID? = nil
  ) -> WaitingTicket {
    WaitingTicket(
      id: id(number), number: "MAD-\(number)", priority: priority, createdAt: now - minutesAgo * minute,
      custodianStream: StreamID(high: 5, low: custodian.low), custodianSite: custodian, category: category,
      queue: id(77), site: custodian)
  }
}

/// A small seeded generator (splitmix64), so that a seed names a case.
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
