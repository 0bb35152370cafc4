package import OperationLog

/// What a command came to: the operations to write, and the entity it was about.
package struct Decision: Hashable, Sendable {
  /// Empty when the very thing was done before (a repeated import).
  package var drafts: [OperationDraft]
  package var entity: EntityID

  package init(drafts: [OperationDraft], entity: EntityID) {
    self.drafts = drafts
    self.entity = entity
  }
}

/// Turns commands into operations or refuses them, from what one transaction reads; the only place business rules refuse.
package struct Decider {
  let reading: any DecisionReading
  let hashing: any Hashing
  let normaliser: any TextNormalising
  /// Milliseconds UTC.
  let now: Int64

  package init(
    reading: any DecisionReading, hashing: any Hashing, normaliser: any TextNormalising, now: Int64
  ) {
    self.reading = reading
    self.hashing = hashing
    self.normaliser = normaliser
    self.now = now
  }

  /// Throws `CommandRefusal`, or whatever reading throws. `key` is the command's idempotency key or a fresh random one.
  package func decide(_ command: Command, key: String) throws -> Decision {
    let author = try author(of: command.actor)
    let request = Request(command: command, author: author, key: key)
    switch command.body {
    case .openTicket(let body): return try open(body, request)
    case .editTicket(let id, let edit): return try self.edit(id, edit, request)
    case .reply(let id, let body, let isInternal): return try reply(id, body, isInternal, request)
    case .assign(let id, let person): return try assign(id, to: person, request)
    case .take(let id): return try take(id, request)
    case .escalate(let id, let escalation): return try escalate(id, escalation, request)
    case .close(let id, let resolution, let isFinal): return try close(id, resolution, isFinal, request)
    case .reopen(let id, let reason): return try reopen(id, reason, request)
    case .resolveConflict(let id, let choice): return try resolveConflict(id, choice, request)
    case .assignAutomatically(let id, let assignment): return try assignAutomatically(id, assignment, request)
    case .importStep(let id, let step): return try importStep(id, step, request)
    default: return try decideCustody(request) ?? decideDirectory(request)
    }
  }

  /// Who asks, as the rules see them.
  struct Author {
    /// What the header carries.
    let id: EntityID
    let role: Role
    /// Nil for the console and the node itself.
    let person: Person?
    let isSystem: Bool
  }

  /// A command with its author, on its way through a rule.
  struct Request {
    let command: Command
    let author: Author
    let key: String

    /// Throws when the author holds a lesser role.
    func require(_ role: Role) throws(CommandRefusal) {
      guard author.role >= role else { throw .notAllowed(needs: role) }
    }
  }

  private func author(of actor: Actor) throws -> Author {
    switch actor {
    case .person(let id):
      guard let person = try reading.person(id), person.isActive else { throw CommandRefusal.actorUnknown }
      return Author(id: id, role: person.role, person: person, isSystem: false)
    case .console:
      let node = reading.home.node
      return Author(id: EntityID(high: node.high, low: node.low), role: .admin, person: nil, isSystem: false)
    case .system:
      return Author(id: .zero, role: .admin, person: nil, isSystem: true)
    }
  }

  func entry(_ request: Request) -> EntryID {
    hashing.entry(actor: request.author.id, key: request.key)
  }

  // MARK: Texts

  /// Normalised, trimmed, without control characters; refuses too long and, unless allowed, empty ones.
  func clean(
    _ text: String, field: String, bytesMax: Int, mayBeEmpty: Bool = false, isOneLine: Bool = false
  ) throws(CommandRefusal) -> String {
    guard text.utf8.count <= bytesMax * 4 else { throw .fieldTooLong(field: field, bytesMax: bytesMax) }
    let trimmed = Self.trimmed(Self.isPlain(text, isOneLine: isOneLine) ? text : purified(text, isOneLine: isOneLine))
    guard trimmed.utf8.count <= bytesMax else { throw .fieldTooLong(field: field, bytesMax: bytesMax) }
    guard mayBeEmpty || !trimmed.isEmpty else { throw .fieldEmpty(field: field) }
    return trimmed
  }

  /// True when nothing has to be taken out, replaced or composed, as far as the bytes tell: what people mostly write, with the
  /// accents of western languages. Below U+0300 nothing combines, so normalisation changes nothing there.
  private static func isPlain(_ text: String, isOneLine: Bool) -> Bool {
    var isAfterC2 = false
    return text.utf8.allSatisfy { (byte: UInt8) in
      defer { isAfterC2 = byte == 0xc2 }
      // U+0080 to U+009f, control characters.
      if isAfterC2, byte < 0xa0 { return false }
      if byte == 0x0a || byte == 0x09 { return !isOneLine }
      return byte >= 0x20 && byte < 0xcc && byte != 0x7f
    }
  }

  /// Without control characters and directional overrides, in normalisation form C.
  private func purified(_ text: String, isOneLine: Bool) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x0a: scalars.append(isOneLine ? " " : scalar)
      case 0x09: scalars.append(isOneLine ? " " : scalar)
      case 0x00...0x1f, 0x7f...0x9f: continue
      // Directional overrides and isolates can make a name or an address read as another.
      case 0x202a...0x202e, 0x2066...0x2069: continue
      default: scalars.append(scalar)
      }
    }
    // Only then, because what was taken out may have stood between a letter and its accent.
    return normaliser.normalised(String(scalars))
  }

  static func trimmed(_ text: String) -> String {
    guard text.first?.isWhitespace ?? false || text.last?.isWhitespace ?? false else { return text }
    var rest = Substring(text)
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
  }

  /// Lower case, without surrounding space; refuses what cannot be an address.
  func normalisedEmail(_ text: String, field: String) throws(CommandRefusal) -> String {
    let email = try clean(text, field: field, bytesMax: Limit.emailBytes, isOneLine: true).lowercased()
    let parts = email.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, !email.contains(where: \.isWhitespace) else {
      throw .valueUnknown(field: field, value: String(email.prefix(100)), choices: ["name@example.org"])
    }
    return email
  }
}

/// Sizes people's input may have; a text and its companions fit the 8 KiB of an operation.
package enum Limit {
  package static let subjectBytes = 400
  package static let descriptionBytes = 7_500
  package static let bodyBytes = 8_000
  package static let reasonBytes = 2_000
  package static let nameBytes = 200
  package static let emailBytes = 254
  package static let tagBytes = 40
  package static let tagsMax = 20
  package static let keyBytes = 200
  /// Absences noted of one person.
  package static let absencesMax = 200
  package static let skillsMax = 100
  package static let languagesMax = 20
}
