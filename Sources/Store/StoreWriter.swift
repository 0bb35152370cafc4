import Foundation
import GRDB
import Helpdesk
import OperationLog

/// The one writer: what is held in memory beside the write connection, and the steps of a write transaction.
///
/// Confined to GRDB's writer queue, which runs one block at a time; hence unchecked Sendable.
final class StoreWriter: @unchecked Sendable {
  let identity: StoreIdentity
  let powers: StorePowers
  /// Its stream changes when a new incarnation begins.
  private(set) var home: Home
  /// Numbers that a rolled-back transaction must forget; copied before each commit group.
  var progress: Progress
  /// Streams by identifier; changes are journalled by `touched`.
  var streams: [StreamID: StreamRow] = [:]
  /// True when some stream was written twice.
  var hasBranches = false
  /// Numbers that more than one ticket has.
  var sharedNumbers: Set<String> = []
  /// What stands beside the database and what this node may write; shared with the store.
  let standing: IncarnationStanding
  private var marks: [String: PersonMark] = [:]
  /// People who asked or were named lately, as the directory has them inside the running transaction.
  private var people: [EntityID: Person] = [:]
  /// The hours by which deadlines are counted; nil until they are asked for, and once they have changed.
  var hours: Roster?
  private var prepared: TicketStatements?
  private var preparedForGroups: GroupStatements?
  /// Tickets in memory: those the running group changed and some of before.
  var working: [EntityID: WorkingTicket] = [:]
  /// The ticket that was looked for last and is not there: whoever opens one looks twice.
  var missing: EntityID?
  /// Tickets whose rows the running group still has to write.
  var changed: [WorkingTicket] = []
  /// What the running commit group changed.
  var group = GroupChanges()
  var deferredCount = 0
  /// Bytes of held runs; nil when they have to be counted.
  var heldBytes: Int?
  /// How many there are, likewise.
  var heldCount: Int?
  /// The nodes of held streams, as far as their opening runs said.
  var heldNodes: [StreamID: NodeID] = [:]
  /// True while memory may differ from the disk; nothing may be written before `load` has succeeded.
  var mustLoad = true
  /// True after a failed write or sync, until the database file has been reopened; nothing may be written before.
  var mustReopen = false

  struct Progress {
    var digest = Hash32.zero
    var clock = HybridClock()
    var lamport: UInt64 = 0
    var ticketCount: Int64 = 0
    var nextEntity: Int64 = 1
  }

  struct StreamRow {
    let no: Int64
    let node: NodeID
    let publicKey: [UInt8]
    var chain: StreamChain
    /// What a derived stream goes on from; nil for one as its node signs it.
    var derivation: StreamDerivation?
    /// True when derived streams go on from its end, so that nothing is appended to it.
    var isEnded = false
  }

  struct GroupChanges {
    var streams: Set<StreamID> = []
    var heads: [StreamID: SignedHead] = [:]
    var tickets: Set<EntityID> = []
    var directoryChanged = false
    /// Whose working hours changed, so that deadlines are no longer what they were.
    var hoursChanged = HoursChanged.none
    var bytesSinceHead = 0
    /// Streams that proved to be written twice: they end here.
    var ends: [StreamID: Hash32] = [:]
    /// Entities to fold in again before the group ends.
    var refold: Set<EntityID> = []
    /// True when the own stream is one of those that ended.
    var mustRenew = false
    /// True when a new incarnation began.
    var isRenewed = false
  }

  init(identity: StoreIdentity, powers: StorePowers, home: Home, standing: IncarnationStanding) {
    self.identity = identity
    self.powers = powers
    self.home = home
    self.standing = standing
    progress = Progress()
  }

  /// The statements of the write connection, prepared at their first use.
  func statements(_ db: Database) throws -> TicketStatements {
    if let prepared { return prepared }
    let made = try TicketStatements(db)
    prepared = made
    return made
  }

  /// As above, those of commit groups.
  func groupStatements(_ db: Database) throws -> GroupStatements {
    if let preparedForGroups { return preparedForGroups }
    let made = try GroupStatements(db)
    preparedForGroups = made
    return made
  }

  /// Lets go of the prepared statements, because a connection that has some cannot be closed.
  func forgetStatements() {
    prepared = nil
    preparedForGroups = nil
  }

  /// Reads what a commit group needs from the database: at start and after a failed commit.
  func load(_ db: Database) throws {
    progress = Progress()
    if let row = try Row.fetchOne(db, sql: "SELECT * FROM progress WHERE id = 1") {
      progress.digest = Hash32(bytes: row.bytes("digest")) ?? .zero
      progress.clock = HybridClock(latest: HybridTime(raw: UInt64(bitPattern: row["clock"])))
      progress.lamport = UInt64(bitPattern: row["lamport"])
      progress.ticketCount = powers.plantedBugs.contains(.reuseNumbers) ? 0 : row["ticket_count"]
      progress.nextEntity = row["next_entity"]
    }
    streams = try StreamRow.all(db)
    sharedNumbers = try String.fetchSet(db, sql: "SELECT number FROM shared_number")
    hasBranches = streams.values.contains { $0.derivation != nil }
    if let own = try Data.fetchOne(db, sql: "SELECT value FROM local_setting WHERE key = 'own_stream'") {
      home.stream = StreamID(blob: own) ?? home.stream
    }
    deferredCount = try Int.fetchOne(db, sql: "SELECT count(*) FROM deferred") ?? 0
    heldBytes = nil
    heldCount = nil
    group = GroupChanges()
    working = [:]
    missing = nil
    changed = []
    people = [:]
    hours = nil
    mustLoad = false
  }

  /// Writes what the group moved: tickets' rows, stream heads, their signatures, progress. The last step before the commit.
  func finishGroup(_ db: Database) throws {
    try flushTickets(db)
    if group.hoursChanged != .none { try renewDeadlines(db, of: group.hoursChanged) }
    if group.streams.contains(home.stream) { try signOwnHead(db) }
    let statements = try groupStatements(db)
    for id in group.streams.sorted() {
      guard let stream = streams[id] else { continue }
      statements.moveStream.bind(Int64(clamping: stream.chain.sequence))
      statements.moveStream.bind(stream.chain.hash)
      statements.moveStream.bind(stream.no)
      try statements.moveStream.run()
    }
    statements.saveProgress.bind(progress.digest)
    statements.saveProgress.bind(Int64(bitPattern: progress.clock.latest.raw))
    statements.saveProgress.bind(Int64(bitPattern: progress.lamport))
    statements.saveProgress.bind(progress.ticketCount)
    statements.saveProgress.bind(progress.nextEntity)
    try statements.saveProgress.run()
  }

  /// Signs the own stream's present head; called at the end of a group and every 64 KiB inside a large one.
  func signOwnHead(_ db: Database) throws {
    guard let own = streams[home.stream], own.chain.sequence > 0 else { return }
    let head = SignedHead(
      cluster: identity.cluster, stream: home.stream, sequence: own.chain.sequence, hash: own.chain.hash,
      signer: identity.signer)
    try store(head, streamNumber: own.no, db)
    group.bytesSinceHead = 0
  }

  func store(_ head: SignedHead, streamNumber: Int64, _ db: Database) throws {
    let insert = try groupStatements(db).insertSignedHead
    insert.bind(OperationRowID.make(stream: streamNumber, sequence: head.sequence))
    insert.bind(head.hash)
    insert.bind(head.signature)
    try insert.run()
    group.heads[head.stream] = head
  }

  // MARK: A new incarnation

  /// Gives the node another stream before the operation that opens it; the first stream is registered already.
  private func renewIfNeeded(_ nonce: [UInt8], _ db: Database) throws {
    let fresh = powers.hashing.stream(node: identity.node, nonce: nonce)
    if fresh == home.stream {
      guard streams[fresh]?.chain.sequence == 0 else { throw CommandRefusal.nothingToChange }
      return
    }
    let chain = StreamChain(stream: fresh, hashing: powers.hashing)
    try db.execute(
      sql: "INSERT INTO stream (id, node, public_key, head, hash) VALUES (?, ?, ?, 0, ?)",
      arguments: [fresh.blob, identity.node.blob, identity.signer.publicKey.blob, chain.hash.blob])
    streams[fresh] = StreamRow(
      no: db.lastInsertedRowID, node: identity.node, publicKey: identity.signer.publicKey, chain: chain)
    try db.execute(
      sql: "UPDATE local_setting SET value = ? WHERE key = 'own_stream'", arguments: [fresh.blob])
    try standing.writeBegun(fresh, db)
    home.stream = fresh
    // A later incarnation numbers its tickets anew; its own characters in them keep them apart.
    progress.ticketCount = 0
    group.isRenewed = true
    group.mustRenew = false
  }

  // MARK: Commands

  /// Carries out one command inside the group's transaction. Refuses before anything is written.
  func execute(_ command: Command, _ db: Database) throws -> CommandOutcome {
    var command = command
    if hasBranches, let rendered = command.rendered { command.rendered = try branching(db).resolve(rendered) }
    if case .openStream(_, let nonce, _) = command.body { try renewIfNeeded(nonce, db) }
    let now = powers.wallClock()
    let request = command.idempotencyKey.map { requestKey(command.actor, $0) }
    let bodyHash = request == nil ? 0 : CommandFingerprint.of(command.body, powers.hashing)
    if let request, let earlier = try outcome(of: request, bodyHash: bodyHash, db) { return earlier }

    let key = command.idempotencyKey ?? Hexadecimal.encode(powers.random.bytes(16))
    let before = progress
    let decision: Decision
    do {
      let decider = Decider(
        reading: TransactionReading(db: db, writer: self), hashing: powers.hashing, normaliser: powers.normaliser,
        now: now)
      decision = try decider.decide(command, key: key)
    } catch {
      progress = before
      throw error
    }
    // Checked for all before the first is written, because a refusal leaves nothing behind.
    for draft in decision.drafts where TextSegments.encode(draft.texts).count > OperationHeader.textBytesMax {
      progress = before
      throw CommandRefusal.fieldTooLong(field: "body", bytesMax: Limit.bodyBytes)
    }
    let written = try decision.drafts.map { try append($0, now: now, db) }
    let dots = written.map(\.reference.dot)
    if let request {
      try db.cachedStatement(sql: "INSERT INTO request VALUES (?, ?, ?, ?, ?, ?, ?)").execute(arguments: [
        request.blob, bodyHash, decision.entity.blob, Int64(clamping: dots.first?.sequence ?? 0), dots.count, now,
        streams[home.stream]?.no,
      ])
    }
    return CommandOutcome(
      entity: decision.entity, dots: dots, isRepetition: decision.drafts.isEmpty,
      opening: try opening(command.body, decision.entity, written, db))
  }

  /// The ticket that was opened just now, as it is in memory.
  private func opening(
    _ body: CommandBody, _ id: EntityID, _ written: [StoredOperation], _ db: Database
  ) throws -> OpenedTicket? {
    guard case .openTicket = body, let fresh = working[id], let no = fresh.no else { return nil }
    let own = written.filter { $0.header.entity == id }
    // Where something of it had arrived before, its history is longer than what was written here.
    guard let first = own.first, first.header.observed.isEmpty else { return nil }
    return OpenedTicket(
      id: id, no: no, state: fresh.state, projection: fresh.projection, operations: own, node: home.node,
      roster: try roster(db))
  }

  private func requestKey(_ actor: Actor, _ key: String) -> EntryID {
    let kind: [UInt8] =
      switch actor {
      case .person: [1]
      case .console: [2]
      case .system: [3]
      }
    return EntryID(prefixOf: powers.hashing.sha256(Array("request".utf8), kind, actor.id.bytes, Array(key.utf8)))
  }

  private func outcome(of request: EntryID, bodyHash: Int64, _ db: Database) throws -> CommandOutcome? {
    let statement = try db.cachedStatement(
      sql: "SELECT body, entity, first_operation, operations, stream FROM request WHERE key = ?")
    guard let row = try Row.fetchOne(statement, arguments: [request.blob]) else { return nil }
    guard row["body"] == bodyHash else { throw CommandRefusal.keyReused }
    let first: Int64 = row["first_operation"]
    let count: Int64 = row["operations"]
    let number: Int64 = row["stream"]
    let stream = streams.first { $0.value.no == number }?.key ?? home.stream
    let dots = (0..<count).map { Dot(stream: stream, sequence: UInt64(clamping: first + $0)) }
    return CommandOutcome(entity: row.identifier("entity"), dots: dots, isRepetition: true)
  }

  /// Gives a draft its place in the own stream and folds it in.
  private func append(_ draft: OperationDraft, now: Int64, _ db: Database) throws -> StoredOperation {
    guard var own = streams[home.stream] else {
      throw StoreFailure(
        code: .wrongNode, description: "The node has no stream yet; run `relevo cluster init` or `join`.")
    }
    let text: [UInt8]? = draft.texts.isEmpty ? nil : TextSegments.encode(draft.texts)
    let salt = text == nil ? [] : powers.random.bytes(OperationRecord.saltBytes)
    let fold = try EntityFold(draft.entity, draft.kind.entityKind, writer: self, db)
    progress.lamport = min(progress.lamport + 1, OperationHeader.lamportMax - 1)
    var observed = draft.observed.map { Self.known($0, in: fold.vector) } ?? fold.vector
    if observed.entries.count > ObservedVector.authoredMax || observed.holes.count > ObservedVector.authoredMax {
      observed = observed.limited(preferring: fold.entity.state.standingStreams.union([home.stream]))
    }
    let header = OperationHeader(
      kind: draft.kind.rawValue, sequence: own.chain.sequence + 1, clock: progress.clock.tick(wallMilliseconds: now),
      lamport: progress.lamport, occurredAt: draft.occurredAt, entity: draft.entity, entry: draft.entry,
      people: draft.people.prefix(OperationHeader.peopleMax).map(mark),
      observed: observed, actor: draft.actor, facts: Facts.encode(draft.changes),
      textCommitment: text.map { powers.hashing.sha256(salt, $0) }, textLength: text?.count ?? 0)
    let record = OperationRecord(header: header.encoded(), salt: salt, text: text)
    own.chain.append(record.header, hashing: powers.hashing)
    streams[home.stream] = own
    group.streams.insert(home.stream)
    let operation = FoldableOperation(reference: own.chain.reference, header: header, changes: draft.changes)
    try fold.integrate(operation, record: record, streamNumber: own.no, texts: draft.texts)
    group.bytesSinceHead += record.byteCount
    if group.bytesSinceHead >= 64 * 1024 { try signOwnHead(db) }
    return StoredOperation(
      reference: DotReference(dot: own.chain.reference.dot, hashPrefix: 0), header: header, changes: draft.changes,
      texts: text == nil ? nil : draft.texts)
  }

  /// What of a stated version is held here. A made-up version must not discharge what nobody has written yet, and one
  /// rendered at an office further on shows as a conflict rather than replacing what nobody here has seen.
  private static func known(_ stated: ObservedVector, in held: ObservedVector) -> ObservedVector {
    if stated == held { return held }
    var known = ObservedVector()
    for entry in stated.entries {
      guard let ours = held.entries.first(where: { $0.stream == entry.stream }) else { continue }
      known.note(entry.sequence < ours.sequence ? entry : ours)
    }
    for hole in stated.holes + held.holes where known.covers(hole) {
      known.note(DotReference(dot: hole, hashPrefix: 0), asHole: true)
    }
    return known
  }

  /// Every command names a person, and mostly the same few.
  func person(_ id: EntityID, _ db: Database) throws -> Person? {
    if let known = people[id] { return known }
    guard let found = try DirectoryRows.person(id, db) else { return nil }
    if people.count > 10_000 { people = [:] }
    people[id] = found
    return found
  }

  /// To be called when a person's row changes.
  func forgetPerson(_ id: EntityID) { people[id] = nil }

  private func mark(_ email: String) -> PersonMark {
    if let known = marks[email] { return known }
    if marks.count > 10_000 { marks = [:] }
    let made = PersonMark(prefixOf: powers.hashing.hmacSHA256(key: identity.clusterSecret, Array(email.utf8)))
    marks[email] = made
    return made
  }

  /// Uses up the next number of this node.
  func takeTicketNumber() -> TicketNumber {
    progress.ticketCount += 1
    let carries = identity.numbersCarryIncarnation || standing.isLaterIncarnation || group.isRenewed
    let incarnation = carries ? TicketNumber.incarnation(of: home.stream) : nil
    return TicketNumber(site: identity.siteCode, incarnation: incarnation, count: progress.ticketCount)
  }
}
