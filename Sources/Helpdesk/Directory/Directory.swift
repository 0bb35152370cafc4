package import OperationLog

/// What a person may do; each includes what the ones before may.
package enum Role: UInt64, NamedCode, Comparable {
  case employee = 1
  case agent = 2
  case lead = 3
  case admin = 4

  package var name: String {
    switch self {
    case .employee: "employee"
    case .agent: "agent"
    case .lead: "lead"
    case .admin: "admin"
    }
  }

  package static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }
}

/// A person of the directory.
package struct Person: Hashable, Sendable {
  package var id: EntityID
  /// Normalised (lower case, trimmed).
  package var email: String
  package var name: String
  package var role: Role
  package var site: EntityID?
  /// "es" or "en".
  package var language: String
  package var isActive: Bool
  /// An agent who takes work now.
  package var isAvailable: Bool
  /// Open tickets an agent works on at most at the same time before automation gives them more.
  package var capacity: Int
  /// scrypt string, nil when the person cannot sign in with a password.
  package var passwordHash: String?
  /// The calendar of their shift; nil means their site's hours.
  package var calendar: EntityID?
  /// Categories they know, in order; empty means every one.
  package var skills: [EntityID]
  /// Languages they can help in beside their own, in order; ISO 639 codes.
  package var spokenLanguages: [String]
  /// At no office: the service they get is measured as a group of its own.
  package var worksRemotely: Bool
  /// In order.
  package var absences: [Absence]

  package init(
    id: EntityID, email: String, name: String, role: Role, site: EntityID?, language: String, isActive: Bool = true,
    isAvailable: Bool = true, capacity: Int = 5, passwordHash: String? = nil, calendar: EntityID? = nil,
    skills: [EntityID] = [], spokenLanguages: [String] = [], worksRemotely: Bool = false, absences: [Absence] = []
  ) {
    self.id = id
    self.email = email
    self.name = name
    self.role = role
    self.site = site
    self.language = language
    self.isActive = isActive
    self.isAvailable = isAvailable
    self.capacity = capacity
    self.passwordHash = passwordHash
    self.calendar = calendar
    self.skills = skills
    self.spokenLanguages = spokenLanguages
    self.worksRemotely = worksRemotely
    self.absences = absences
  }

  /// True when they can work on tickets of the category; a ticket without one is anybody's.
  package func knows(_ category: EntityID?) -> Bool {
    guard let category, !skills.isEmpty else { return true }
    return skills.contains(category)
  }

  /// True when they can help somebody in the language.
  package func speaks(_ code: String) -> Bool { code == language || spokenLanguages.contains(code) }
}

/// An office.
package struct Site: Hashable, Sendable {
  package var id: EntityID
  package var code: String
  package var name: String
  /// IANA name.
  package var timeZone: String
  /// The node that serves it: its own, or another office's for a hosted site.
  package var node: NodeID?
  /// The calendar of its hours; nil means `WeeklyHours.standard` without holidays.
  package var calendar: EntityID?

  package init(
    id: EntityID, code: String, name: String, timeZone: String, node: NodeID?, calendar: EntityID? = nil
  ) {
    self.id = id
    self.code = code
    self.name = name
    self.timeZone = timeZone
    self.node = node
    self.calendar = calendar
  }
}

/// A topic people can pick; its key is what the API uses.
package struct Category: Hashable, Sendable {
  package var id: EntityID
  package var key: String
  /// By language code.
  package var nameEnglish: String
  package var nameSpanish: String

  package init(id: EntityID, key: String, nameEnglish: String, nameSpanish: String) {
    self.id = id
    self.key = key
    self.nameEnglish = nameEnglish
    self.nameSpanish = nameSpanish
  }
}

/// A team's tickets.
package struct Queue: Hashable, Sendable {
  package var id: EntityID
  package var name: String
  /// Support level 1…3.
  package var level: Int

  package init(id: EntityID, name: String, level: Int) {
    self.id = id
    self.name = name
    self.level = level
  }
}

/// A node admitted to the cluster.
package struct AdmittedNode: Hashable, Sendable {
  package var id: NodeID
  package var site: EntityID
  /// Ed25519, 32 bytes.
  package var publicKey: [UInt8]
  /// X25519 for CURVE, 32 bytes.
  package var curveKey: [UInt8]
  /// Where it listens for peers, `tcp://host:port`.
  package var address: String

  package init(id: NodeID, site: EntityID, publicKey: [UInt8], curveKey: [UInt8], address: String) {
    self.id = id
    self.site = site
    self.publicKey = publicKey
    self.curveKey = curveKey
    self.address = address
  }
}

/// A bearer token of the API, known only by its SHA-256.
package struct AccessToken: Hashable, Sendable {
  package var id: EntityID
  package var person: EntityID
  package var name: String
  package var digest: Hash32
  package var isRevoked: Bool

  package init(id: EntityID, person: EntityID, name: String, digest: Hash32, isRevoked: Bool) {
    self.id = id
    self.person = person
    self.name = name
    self.digest = digest
    self.isRevoked = isRevoked
  }
}

/// Wire tags of the directory's fields, one space per kind of entity; never change meaning.
package enum DirectoryField {
  package enum Site {
    package static let code: UInt8 = 1
    package static let name: UInt8 = 2
    package static let timeZone: UInt8 = 3
    package static let node: UInt8 = 4
    package static let calendar: UInt8 = 5
  }
  package enum Node {
    package static let publicKey: UInt8 = 1
    package static let curveKey: UInt8 = 2
    package static let address: UInt8 = 3
    package static let site: UInt8 = 4
  }
  package enum Stream {
    package static let node: UInt8 = 1
    package static let nonce: UInt8 = 2
    package static let publicKey: UInt8 = 3
    /// Mark of the machine that began the stream, 16 bytes; absent where the machine has no identity.
    package static let machine: UInt8 = 4
    /// The machine's name, UTF-8, at most 64 bytes.
    package static let host: UInt8 = 5
    /// The node's stream before this one; absent for its first.
    package static let continues: UInt8 = 6
  }
  package enum Person {
    package static let email: UInt8 = 1
    package static let name: UInt8 = 2
    package static let role: UInt8 = 3
    package static let site: UInt8 = 4
    package static let language: UInt8 = 5
    package static let isActive: UInt8 = 6
    package static let isAvailable: UInt8 = 7
    package static let capacity: UInt8 = 8
    package static let password: UInt8 = 9
    package static let calendar: UInt8 = 10
    /// A set of categories' identifiers.
    package static let skills: UInt8 = 11
    /// A set of language codes.
    package static let spokenLanguages: UInt8 = 12
    package static let worksRemotely: UInt8 = 13
    /// A set of `Absence.element`.
    package static let absences: UInt8 = 14
  }
  package enum Calendar {
    package static let key: UInt8 = 1
    package static let name: UInt8 = 2
    /// `WeeklyHours.bytes`.
    package static let hours: UInt8 = 3
    /// An IANA name; none means the zone of the site it is used for.
    package static let timeZone: UInt8 = 4
    /// A set of `Holiday.element`.
    package static let holidays: UInt8 = 5
  }
  package enum Policy {
    package static let key: UInt8 = 1
    /// Bytes; none once withdrawn.
    package static let text: UInt8 = 2
  }
  package enum Category {
    package static let key: UInt8 = 1
    package static let nameEnglish: UInt8 = 2
    package static let nameSpanish: UInt8 = 3
  }
  package enum Queue {
    package static let name: UInt8 = 1
    package static let level: UInt8 = 2
  }
  package enum Token {
    package static let person: UInt8 = 1
    package static let name: UInt8 = 2
    package static let digest: UInt8 = 3
    package static let isRevoked: UInt8 = 4
  }
  package enum Cluster {
    package static let name: UInt8 = 1
  }
}

extension Hashing {
  /// A person is named by their normalised e-mail, so the same person added at two sites is one.
  package func person(email: String) -> EntityID { entity(source: "person", id: email) }
  package func site(code: String) -> EntityID { entity(source: "site", id: code) }
  package func category(key: String) -> EntityID { entity(source: "category", id: key) }
  package func queue(name: String) -> EntityID { entity(source: "queue", id: name) }
  package func token(digest: Hash32) -> EntityID { entity(source: "token", id: digest.description) }
}
