/// An enumeration with a wire code and a name in the API.
package protocol NamedCode: RawRepresentable<UInt64>, CaseIterable, Sendable, Hashable {
  /// lower_snake_case, as in JSON and in the search language.
  var name: String { get }
}

extension NamedCode {
  package init?(name: String) {
    guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  /// All names in order, for error messages and forms.
  package static var names: [String] { Self.allCases.map(\.name) }
}

/// The register people set; "new", "assigned" and "in progress" are derived (`TicketStage`).
package enum TicketStatus: UInt64, NamedCode {
  case open = 0
  case waiting = 1
  case resolved = 2
  case closed = 3

  package var name: String {
    switch self {
    case .open: "open"
    case .waiting: "waiting"
    case .resolved: "resolved"
    case .closed: "closed"
    }
  }
}

/// Whom or what a waiting ticket waits for, in words people understand.
package enum WaitingReason: UInt64, NamedCode {
  case requester = 1
  case supplier = 2
  case window = 3
  case colleague = 4

  package var name: String {
    switch self {
    case .requester: "requester"
    case .supplier: "supplier"
    case .window: "window"
    case .colleague: "colleague"
    }
  }
}

/// What people see as the state of a ticket; derived from status, assignment and work.
package enum TicketStage: UInt64, NamedCode {
  case new = 0
  case assigned = 1
  case inProgress = 2
  case waiting = 3
  case resolved = 4
  case closed = 5

  package var name: String {
    switch self {
    case .new: "new"
    case .assigned: "assigned"
    case .inProgress: "in_progress"
    case .waiting: "waiting"
    case .resolved: "resolved"
    case .closed: "closed"
    }
  }
}

/// How pressing the requester says it is.
package enum Urgency: UInt64, NamedCode {
  case low = 1
  case normal = 2
  case high = 3
  /// "I cannot work."
  case critical = 4

  package var name: String {
    switch self {
    case .low: "low"
    case .normal: "normal"
    case .high: "high"
    case .critical: "critical"
    }
  }
}

/// How many it hits.
package enum Impact: UInt64, NamedCode {
  /// One person.
  case low = 1
  /// A team.
  case medium = 2
  /// An office.
  case high = 3
  /// Several offices.
  case major = 4

  package var name: String {
    switch self {
    case .low: "low"
    case .medium: "medium"
    case .high: "high"
    case .major: "major"
    }
  }
}

/// What comes first; derived from impact and urgency unless somebody overrides it.
package enum Priority: UInt64, NamedCode {
  case critical = 1
  case high = 2
  case normal = 3
  case low = 4

  package var name: String {
    switch self {
    case .critical: "critical"
    case .high: "high"
    case .normal: "normal"
    case .low: "low"
    }
  }

  /// Minutes within which a person answers.
  package var responseTargetMinutes: Int64 {
    switch self {
    case .critical: 15
    case .high: 60
    case .normal: 240
    case .low: 480
    }
  }

  /// Minutes within which an agent accepts an offer before it goes to somebody else, unless a policy says otherwise.
  package var acceptanceMinutes: Int64 {
    switch self {
    case .critical: 5
    case .high: 15
    case .normal: 30
    case .low: 60
    }
  }

  /// Minutes within which it is solved.
  package var solutionTargetMinutes: Int64 {
    switch self {
    case .critical: 240
    case .high: 480
    case .normal: 1440
    case .low: 4320
    }
  }

  /// The matrix of ITIL practice: the sum of both, so that one person who cannot work comes before a wish of many.
  package init(impact: Impact, urgency: Urgency) {
    switch impact.rawValue + urgency.rawValue {
    case 7...: self = .critical
    case 5...6: self = .high
    case 3...4: self = .normal
    default: self = .low
    }
  }
}

/// How the request reached us.
package enum Channel: UInt64, NamedCode {
  case portal = 1
  case email = 2
  case phone = 3
  case walkIn = 4
  case api = 5
  case imported = 6

  package var name: String {
    switch self {
    case .portal: "portal"
    case .email: "email"
    case .phone: "phone"
    case .walkIn: "walk_in"
    case .api: "api"
    case .imported: "imported"
    }
  }
}
