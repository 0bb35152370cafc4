import Helpdesk
import OpenSSLCrypto
import OperationLog

/// The people and offices that the desks of a test know.
struct TestDirectory {
  static let hashing = SHA256Hashing()
  static let madrid = hashing.site(code: "MAD")
  static let lyon = hashing.site(code: "LYO")
  static let network = hashing.category(key: "network")
  static let firstLine = hashing.queue(name: "First line")
  static let networkTeam = hashing.queue(name: "Network team")

  static let ana = person("ana")
  static let bruno = person("bruno")
  static let carla = person("carla")
  static let diego = person("diego")
  static let elena = person("elena")
  static let fermin = person("fermin")
  static let gloria = person("gloria")

  static func person(_ name: String) -> EntityID { hashing.person(email: "\(name)@example.org") }

  var people: [EntityID: Person] = [:]
  var sites: [EntityID: Site] = [:]
  var categories: [EntityID: Category] = [:]
  var queues: [EntityID: Queue] = [:]
  var tokens: [EntityID: AccessToken] = [:]

  /// Madrid and Lyon; Ana and Bruno are agents, Carla a lead, Diego the only admin, Elena and Fermín employees, and
  /// Gloria an agent who has left.
  static var standard: TestDirectory {
    var directory = TestDirectory()
    directory.sites = [
      madrid: Site(id: madrid, code: "MAD", name: "Madrid", timeZone: "Europe/Madrid", node: nil),
      lyon: Site(id: lyon, code: "LYO", name: "Lyon", timeZone: "Europe/Paris", node: nil),
    ]
    directory.add("ana", .agent, at: madrid)
    directory.add("bruno", .agent, at: lyon)
    directory.add("carla", .lead, at: madrid)
    directory.add("diego", .admin, at: madrid)
    directory.add("elena", .employee, at: madrid)
    directory.add("fermin", .employee, at: lyon)
    directory.add("gloria", .agent, at: madrid, isActive: false)
    directory.categories[network] = Category(
      id: network, key: "network", nameEnglish: "Network", nameSpanish: "Red")
    directory.queues = [
      firstLine: Queue(id: firstLine, name: "First line", level: 1),
      networkTeam: Queue(id: networkTeam, name: "Network team", level: 2),
    ]
    return directory
  }

  mutating func add(_ name: String, _ role: Role, at site: EntityID?, isActive: Bool = true) {
    let id = Self.person(name)
    people[id] = Person(
      id: id, email: "\(name)@example.org", name: name, role: role, site: site, language: "es", isActive: isActive)
  }
}
