package import OperationLog

/// Who asks for something.
package enum Actor: Hashable, Sendable {
  case person(EntityID)
  /// Somebody with access to the node's own command line.
  case console
  /// A rule of the node itself (assignment, import).
  case system

  /// What the operation's header carries; zero for the node itself.
  package var id: EntityID {
    switch self {
    case .person(let id): id
    case .console, .system: .zero
    }
  }
}

/// One thing somebody wants done; the only way anything is written.
package struct Command: Sendable {
  package var actor: Actor
  /// Chosen by the caller; the same actor with the same key gets the same outcome once. Nil where a retry cannot happen.
  package var idempotencyKey: String?
  /// The version of the ticket that was rendered to the author; nil means "what this node knows now".
  package var rendered: ObservedVector?
  /// True when fields changed since `rendered` must refuse the command (`If-Match`).
  package var refusesIfChanged: Bool
  /// When it happened, where that is not now; milliseconds UTC.
  package var occurredAt: Int64?
  /// What stops the author's words on their way to the requester; nil lets them pass.
  package var wordCheck: WordCheck?
  package var body: CommandBody

  package init(
    actor: Actor, idempotencyKey: String? = nil, rendered: ObservedVector? = nil, refusesIfChanged: Bool = false,
    occurredAt: Int64? = nil, wordCheck: WordCheck? = nil, body: CommandBody
  ) {
    self.actor = actor
    self.idempotencyKey = idempotencyKey
    self.rendered = rendered
    self.refusesIfChanged = refusesIfChanged
    self.occurredAt = occurredAt
    self.wordCheck = wordCheck
    self.body = body
  }
}

/// What is wanted. Names of people are e-mail addresses or identifiers resolved by the caller.
package enum CommandBody: Hashable, Sendable {
  case openTicket(OpenTicket)
  case editTicket(EntityID, TicketEdit)
  case reply(EntityID, body: String, isInternal: Bool)
  /// Gives the ticket to a person, or to nobody.
  case assign(EntityID, to: EntityID?)
  /// Takes it oneself.
  case take(EntityID)
  case escalate(EntityID, Escalation)
  case close(EntityID, resolution: String, isFinal: Bool)
  case reopen(EntityID, reason: String)
  /// Chooses among the values two people wrote at once.
  case resolveConflict(EntityID, FieldChoice)
  /// A rule gives the ticket to an agent; only at its custodian.
  case assignAutomatically(EntityID, AutomaticAssignment)
  case importStep(EntityID, ImportedStep)
  /// Gives custody to another office; only at the custodian.
  case handOver(EntityID, HandOver)
  /// A rule gives custody to another office; only at the custodian.
  case handOverAutomatically(EntityID, AutomaticHandOver)
  /// The office to which it was handed over says that it has it.
  case acknowledgeHandOver(EntityID)
  /// The office that handed it over has it back, because the other one never said that it has it.
  case takeBackHandOver(EntityID)
  /// Makes this office the custodian while the present one cannot be reached.
  case takeOver(EntityID, TakeOver)
  /// "I begin": what was offered to the actor is theirs.
  case acceptOffer(EntityID)
  case declineOffer(EntityID, reason: String)
  /// A rule takes an untouched assignment back, so that it can be offered to somebody else; only at the custodian.
  case withdrawOffer(EntityID, WithdrawalReason)
  case foundCluster(name: String)
  case openStream(publicKey: [UInt8], nonce: [UInt8], place: StreamPlace = StreamPlace())
  case admitNode(AdmittedNode)
  case defineSite(SiteDefinition)
  case definePerson(PersonDefinition)
  case defineCategory(key: String, english: String, spanish: String)
  case defineQueue(name: String, level: Int)
  case createToken(person: EntityID, name: String, digest: Hash32)
  case revokeToken(EntityID)
  case defineCalendar(CalendarDefinition)
  /// Puts holidays into a calendar and takes others out.
  case changeHolidays(EntityID, adding: [Holiday], removing: [Holiday])
  /// Notes when a person is away, and takes back what was noted.
  case changeAbsences(EntityID, adding: [Absence], removing: [Absence])
  /// The rules of assignment for the company or, instead, for one site; nil withdraws them.
  case definePolicy(key: String, text: [UInt8]?)
}

/// A new ticket.
package struct OpenTicket: Hashable, Sendable {
  package var subject: String
  package var description: String
  /// E-mail of the person who needs help; nil means the actor.
  package var requesterEmail: String?
  package var category: EntityID?
  package var queue: EntityID?
  package var urgency: Urgency
  package var impact: Impact
  package var channel: Channel
  package var tags: [String]
  /// The office it concerns; nil means the requester's, else the node's own.
  package var site: EntityID?
  /// For imports: where it came from, which names the ticket.
  package var source: Source?

  /// Where an imported thing came from.
  package struct Source: Hashable, Sendable {
    package var name: String
    package var id: String
    package init(name: String, id: String) {
      self.name = name
      self.id = id
    }
  }

  package init(
    subject: String, description: String, requesterEmail: String? = nil, category: EntityID? = nil,
    queue: EntityID? = nil, urgency: Urgency = .normal, impact: Impact = .low, channel: Channel = .portal,
    tags: [String] = [], site: EntityID? = nil, source: Source? = nil
  ) {
    self.subject = subject
    self.description = description
    self.requesterEmail = requesterEmail
    self.category = category
    self.queue = queue
    self.urgency = urgency
    self.impact = impact
    self.channel = channel
    self.tags = tags
    self.site = site
    self.source = source
  }
}

/// A change of fields; nil leaves a field alone, `.some(nil)` empties it.
package struct TicketEdit: Hashable, Sendable {
  package var subject: String?
  package var description: String?
  package var status: TicketStatus?
  package var waitingReason: WaitingReason?
  package var urgency: Urgency?
  package var impact: Impact?
  package var priority: Priority??
  package var category: EntityID??
  package var queue: EntityID??
  package var assignee: EntityID??
  /// The whole set wanted.
  package var tags: [String]?

  package init() {}
}

/// Handing on to a second level or another team; it says why and comes back with what was gathered.
package struct Escalation: Hashable, Sendable {
  /// A person to give it to, or nil.
  package var person: EntityID?
  /// A team to give it to, or nil.
  package var queue: EntityID?
  package var reason: String

  package init(person: EntityID? = nil, queue: EntityID? = nil, reason: String) {
    self.person = person
    self.queue = queue
    self.reason = reason
  }
}

/// One field and the value a person chose for it, as the API names both.
package struct FieldChoice: Hashable, Sendable {
  package var field: TicketField
  /// The text for texts, the enumeration's name, or an identifier in hexadecimal; empty means none.
  package var value: String

  package init(field: TicketField, value: String) {
    self.field = field
    self.value = value
  }
}

/// What a rule decided and why.
package struct AutomaticAssignment: Hashable, Sendable {
  package var agent: EntityID
  package var rule: String
  /// The recorded inputs and scores of the decision, in the assignment module's encoding; shown as "why here".
  package var record: String

  package init(agent: EntityID, rule: String, record: String) {
    self.agent = agent
    self.rule = rule
    self.record = record
  }
}

/// One step of an imported history, with the fields it left behind.
package struct ImportedStep: Hashable, Sendable {
  package var source: OpenTicket.Source
  /// What happened, in the source's words.
  package var text: String
  package var edit: TicketEdit
  /// The support level it reached, 1…3.
  package var level: Int?
  /// The person who did it, nil for the source system itself.
  package var person: EntityID?

  package init(source: OpenTicket.Source, text: String, edit: TicketEdit, level: Int?, person: EntityID?) {
    self.source = source
    self.text = text
    self.edit = edit
    self.level = level
    self.person = person
  }
}

/// What a site should be; nil leaves a field alone.
package struct SiteDefinition: Hashable, Sendable {
  package var code: String
  package var name: String?
  package var timeZone: String?
  package var node: NodeID?
  /// `.some(nil)` goes back to the standard hours.
  package var calendar: EntityID??

  package init(
    code: String, name: String? = nil, timeZone: String? = nil, node: NodeID? = nil, calendar: EntityID?? = nil
  ) {
    self.code = code
    self.name = name
    self.timeZone = timeZone
    self.node = node
    self.calendar = calendar
  }
}

/// What a calendar should be; nil leaves a field alone.
package struct CalendarDefinition: Hashable, Sendable {
  package var key: String
  package var name: String?
  package var hours: WeeklyHours?
  /// `.some(nil)` means the zone of the site it is used for.
  package var timeZone: String??

  package init(key: String, name: String? = nil, hours: WeeklyHours? = nil, timeZone: String?? = nil) {
    self.key = key
    self.name = name
    self.hours = hours
    self.timeZone = timeZone
  }
}

/// What a person should be; nil leaves a field alone.
package struct PersonDefinition: Hashable, Sendable {
  package var email: String
  package var name: String?
  package var role: Role?
  package var site: EntityID?
  package var language: String?
  package var isActive: Bool?
  package var isAvailable: Bool?
  package var capacity: Int?
  package var passwordHash: String?
  /// `.some(nil)` goes back to the hours of their site.
  package var calendar: EntityID??
  /// The whole set wanted.
  package var skills: [EntityID]?
  /// The whole set wanted; ISO 639 codes.
  package var spokenLanguages: [String]?
  package var worksRemotely: Bool?

  package init(
    email: String, name: String? = nil, role: Role? = nil, site: EntityID? = nil, language: String? = nil,
    isActive: Bool? = nil, isAvailable: Bool? = nil, capacity: Int? = nil, passwordHash: String? = nil,
    calendar: EntityID?? = nil, skills: [EntityID]? = nil, spokenLanguages: [String]? = nil, worksRemotely: Bool? = nil
  ) {
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
  }
}
