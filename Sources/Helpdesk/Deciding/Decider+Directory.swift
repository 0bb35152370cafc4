import OperationLog

extension Decider {
  func decideDirectory(_ request: Request) throws -> Decision {
    switch request.command.body {
    case .foundCluster(let name):
      try request.require(.admin)
      let text = try clean(name, field: "name", bytesMax: Limit.nameBytes, isOneLine: true)
      let id = hashing.entity(source: "cluster", id: "cluster")
      return draft(.clusterFounded, id, request, [.set(tag: DirectoryField.Cluster.name, .text(0))], texts: [text])
    case .openStream(let publicKey, let nonce, let place):
      let id = EntityID(reading.home.stream)
      let changes: [Change] = [
        .set(tag: DirectoryField.Stream.node, .bytes(reading.home.node.bytes)),
        .set(tag: DirectoryField.Stream.nonce, .bytes(nonce)),
        .set(tag: DirectoryField.Stream.publicKey, .bytes(publicKey)),
      ]
      return draft(.streamOpened, id, request, changes + place.changes)
    case .admitNode(let node):
      try request.require(.admin)
      let changes: [Change] = [
        .set(tag: DirectoryField.Node.publicKey, .bytes(node.publicKey)),
        .set(tag: DirectoryField.Node.curveKey, .bytes(node.curveKey)),
        .set(tag: DirectoryField.Node.address, .bytes(Array(node.address.utf8))),
        .set(tag: DirectoryField.Node.site, .identifier(node.site)),
      ]
      return draft(.nodeAdmitted, EntityID(node.id), request, changes)
    case .defineSite(let definition): return try defineSite(definition, request)
    case .definePerson(let definition): return try definePerson(definition, request)
    case .defineCategory(let key, let english, let spanish):
      try request.require(.admin)
      let texts = [
        try clean(english, field: "name", bytesMax: Limit.nameBytes, isOneLine: true),
        try clean(spanish, field: "name", bytesMax: Limit.nameBytes, isOneLine: true),
      ]
      let name = try clean(key, field: "key", bytesMax: Limit.tagBytes, isOneLine: true).lowercased()
      let changes: [Change] = [
        .set(tag: DirectoryField.Category.key, .bytes(Array(name.utf8))),
        .set(tag: DirectoryField.Category.nameEnglish, .text(0)),
        .set(tag: DirectoryField.Category.nameSpanish, .text(1)),
      ]
      return draft(.categoryDefined, hashing.category(key: name), request, changes, texts: texts)
    case .defineQueue(let name, let level):
      try request.require(.lead)
      let text = try clean(name, field: "name", bytesMax: Limit.nameBytes, isOneLine: true)
      guard (1...3).contains(level) else {
        throw CommandRefusal.valueUnknown(field: "level", value: String(level), choices: ["1", "2", "3"])
      }
      let changes: [Change] = [
        .set(tag: DirectoryField.Queue.name, .text(0)),
        .set(tag: DirectoryField.Queue.level, .code(UInt64(level))),
      ]
      return draft(.queueDefined, hashing.queue(name: text), request, changes, texts: [text])
    case .createToken(let person, let name, let digest): return try createToken(person, name, digest, request)
    case .revokeToken(let id):
      guard let token = try reading.token(id) else {
        throw CommandRefusal.referenceUnknown(field: "token", value: id.description)
      }
      if token.person != request.author.id { try request.require(.admin) }
      return draft(.tokenRevoked, id, request, [.set(tag: DirectoryField.Token.isRevoked, .flag(true))])
    case .defineCalendar(let definition): return try defineCalendar(definition, request)
    case .changeHolidays(let id, let adding, let removing):
      return try changeHolidays(id, adding: adding, removing: removing, request)
    case .changeAbsences(let id, let adding, let removing):
      return try changeAbsences(id, adding: adding, removing: removing, request)
    case .definePolicy(let key, let text): return try definePolicy(key, text, request)
    default:
      preconditionFailure("ticket commands are decided before the directory's")
    }
  }

  private func defineSite(_ definition: SiteDefinition, _ request: Request) throws -> Decision {
    let code = definition.code.uppercased()
    try authorise(definition, code, request)
    guard SiteCode.isValid(code) else {
      throw CommandRefusal.valueUnknown(field: "code", value: String(code.prefix(100)), choices: ["MAD", "LYO"])
    }
    var changes: [Change] = [.set(tag: DirectoryField.Site.code, .bytes(Array(code.utf8)))]
    var texts: [String] = []
    if let name = definition.name {
      changes.append(.set(tag: DirectoryField.Site.name, .text(texts.count)))
      texts.append(try clean(name, field: "name", bytesMax: Limit.nameBytes, isOneLine: true))
    }
    if let zone = definition.timeZone {
      changes.append(.set(tag: DirectoryField.Site.timeZone, .bytes(try zoneBytes(zone))))
    }
    if let calendar = definition.calendar {
      changes.append(.set(tag: DirectoryField.Site.calendar, try calendarValue(calendar)))
    }
    if let node = definition.node {
      changes.append(.set(tag: DirectoryField.Site.node, .bytes(node.bytes)))
    }
    return draft(.siteDefined, hashing.site(code: code), request, changes, texts: texts)
  }

  /// Administrators, and a lead who chooses the hours of their own office.
  private func authorise(_ definition: SiteDefinition, _ code: String, _ request: Request) throws(CommandRefusal) {
    if request.author.role == .admin { return }
    let changesMore = definition.name != nil || definition.timeZone != nil || definition.node != nil
    guard request.author.role == .lead, !changesMore, definition.calendar != nil,
      request.author.person?.site == hashing.site(code: code)
    else { throw .notAllowed(needs: .admin) }
  }

  private func definePerson(_ definition: PersonDefinition, _ request: Request) throws -> Decision {
    let email = try normalisedEmail(definition.email, field: "email")
    let id = hashing.person(email: email)
    let existing = try reading.person(id)
    try authorise(definition, existing, isSelf: id == request.author.id, request)
    if let existing, existing.role == .admin, existing.isActive {
      let losesRole = definition.role.map { $0 < .admin } ?? false
      if losesRole || definition.isActive == false, try reading.activeAdminCount() <= 1 {
        throw CommandRefusal.lastAdmin
      }
    }
    var definition = definition
    definition.email = email
    let draft = try personDraft(id, definition, existing, request)
    return Decision(drafts: [draft], entity: id)
  }

  /// People change their own language, availability and password; leads their site's people up to agents; admins everything.
  private func authorise(
    _ definition: PersonDefinition, _ existing: Person?, isSelf: Bool, _ request: Request
  ) throws(CommandRefusal) {
    if request.author.role == .admin { return }
    let changesStanding =
      definition.role != nil || definition.site != nil || definition.isActive != nil || definition.capacity != nil
      || definition.calendar != nil || definition.skills != nil || definition.worksRemotely != nil
    if isSelf, existing != nil, !changesStanding { return }
    guard request.author.role == .lead else { throw .notAllowed(needs: .admin) }
    let site = request.author.person?.site
    // A new person without a stated site becomes one of this node's.
    let target = definition.site ?? existing?.site ?? reading.home.site
    let staysAtSite = target == site && (existing?.site ?? site) == site
    let staysBelowLead = (definition.role ?? .employee) <= .agent && (existing?.role ?? .employee) <= .agent
    guard staysAtSite, staysBelowLead else { throw .notAllowed(needs: .admin) }
  }

  func personDraft(
    _ id: EntityID, _ definition: PersonDefinition, _ existing: Person?, _ request: Request
  ) throws -> OperationDraft {
    typealias Field = DirectoryField.Person
    let isNew = existing == nil
    var changes: [Change] = []
    var texts: [String] = []
    if isNew {
      changes.append(.set(tag: Field.email, .text(0)))
      texts.append(definition.email)
    }
    if let name = definition.name ?? (isNew ? Self.name(fromEmail: definition.email) : nil) {
      changes.append(.set(tag: Field.name, .text(texts.count)))
      texts.append(try clean(name, field: "name", bytesMax: Limit.nameBytes, isOneLine: true))
    }
    if let role = definition.role ?? (isNew ? .employee : nil) {
      changes.append(.set(tag: Field.role, .code(role.rawValue)))
    }
    if let site = definition.site ?? (isNew ? reading.home.site : nil) {
      if site != reading.home.site, try reading.site(site) == nil {
        throw CommandRefusal.referenceUnknown(field: "site", value: site.description)
      }
      changes.append(.set(tag: Field.site, .identifier(site)))
    }
    if let language = definition.language ?? (isNew ? "es" : nil) {
      guard ["es", "en"].contains(language) else {
        throw CommandRefusal.valueUnknown(field: "language", value: String(language.prefix(20)), choices: ["es", "en"])
      }
      changes.append(.set(tag: Field.language, .bytes(Array(language.utf8))))
    }
    if let isActive = definition.isActive { changes.append(.set(tag: Field.isActive, .flag(isActive))) }
    if let isAvailable = definition.isAvailable { changes.append(.set(tag: Field.isAvailable, .flag(isAvailable))) }
    if let capacity = definition.capacity {
      guard (0...1000).contains(capacity) else {
        throw CommandRefusal.valueUnknown(field: "capacity", value: String(capacity), choices: ["0…1000"])
      }
      changes.append(.set(tag: Field.capacity, .code(UInt64(capacity))))
    }
    if let password = definition.passwordHash {
      changes.append(.set(tag: Field.password, .text(texts.count)))
      texts.append(password)
    }
    changes += try workChanges(definition, existing)
    guard !changes.isEmpty else { throw CommandRefusal.nothingToChange }
    return OperationDraft(
      kind: .personDefined, entity: id, actor: request.author.id, changes: changes, texts: texts,
      people: texts.isEmpty ? [] : [definition.email])
  }

  /// When, where and on what they work.
  private func workChanges(_ definition: PersonDefinition, _ existing: Person?) throws -> [Change] {
    typealias Field = DirectoryField.Person
    var changes: [Change] = []
    if let calendar = definition.calendar {
      changes.append(.set(tag: Field.calendar, try calendarValue(calendar)))
    }
    if let isRemote = definition.worksRemotely { changes.append(.set(tag: Field.worksRemotely, .flag(isRemote))) }
    if let skills = definition.skills { changes += try skillChanges(skills, of: existing) }
    if let languages = definition.spokenLanguages { changes += try languageChanges(languages, of: existing) }
    return changes
  }

  /// What stands before the @, as long as a name may be.
  static func name(fromEmail email: String) -> String {
    var name = email.prefix { $0 != "@" }
    while name.utf8.count > Limit.nameBytes { name.removeLast() }
    return String(name)
  }

  private func createToken(
    _ person: EntityID, _ name: String, _ digest: Hash32, _ request: Request
  ) throws -> Decision {
    if person != request.author.id { try request.require(.admin) }
    guard let holder = try reading.person(person), holder.isActive else {
      throw CommandRefusal.referenceUnknown(field: "person", value: person.description)
    }
    let text = try clean(name, field: "name", bytesMax: Limit.nameBytes, isOneLine: true)
    let changes: [Change] = [
      .set(tag: DirectoryField.Token.person, .identifier(person)),
      .set(tag: DirectoryField.Token.name, .text(0)),
      .set(tag: DirectoryField.Token.digest, .bytes(digest.bytes)),
    ]
    return draft(.tokenCreated, hashing.token(digest: digest), request, changes, texts: [text])
  }

  private func draft(
    _ kind: OperationKind, _ id: EntityID, _ request: Request, _ changes: [Change], texts: [String] = []
  ) -> Decision {
    Decision(
      drafts: [
        OperationDraft(kind: kind, entity: id, actor: request.author.id, changes: changes, texts: texts)
      ], entity: id)
  }
}
