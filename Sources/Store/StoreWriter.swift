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
  let home: Home
  /// Numbers that a rolled-back transaction must forget; copied before each commit group.
  var progress: Progress
  /// Streams by identifier; changes are journalled by `touched`.
  var streams: [StreamID: StreamRow] = [:]
  private var marks: [String: PersonMark] = [:]
  /// People who asked or were named lately, as the directory has them inside the running transaction.
  private var people: [EntityID: Person] = [:]
  private var prepared: TicketStatements?
  /// Tickets in memory: those the running group changed and some of before.
  var working: [EntityID: WorkingTicket] = [:]
  /// Tickets whose rows the running group still has to write.
  var changed: [WorkingTicket] = []
  /// What the running commit group changed.
  var group = GroupChanges()
  var deferredCount = 0
  /// True while memory may differ from the disk; nothing may be written before `load` has succeeded.
  var mustLoad = true

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
  }

  struct GroupChanges {
    var streams: Set<StreamID> = []
    var heads: [StreamID: SignedHead] = [:]
    var tickets: Set<EntityID> = []
    var directoryChanged = false
    var bytesSinceHead = 0
  }

  init(identity: StoreIdentity, powers: StorePowers, home: Home) {
    self.identity = identity
    self.powers = powers
    self.home = home
    progress = Progress()
  }

  /// The statements of the write connection, prepared at their first use.
  func statements(_ db: Database) throws -> TicketStatements {
    if let prepared { return prepared }
    let made = try TicketStatements(db)
    prepared = made
    return made
  }

  /// Lets go of the prepared statements, because a connection that has some cannot be closed.
  func forgetStatements() { prepared = nil }

  /// Reads what a commit group needs from the database: at start and after a failed commit.
  func load(_ db: Database) throws {
    progress = Progress()
    if let row = try Row.fetchOne(db, sql: "SELECT * FROM progress WHERE id = 1") {
      progress.digest = Hash32(bytes: row.bytes("digest")) ?? .zero
      progress.clock = HybridClock(latest: HybridTime(raw: UInt64(bitPattern: row["clock"])))
      progress.lamport = UInt64(bitPattern: row["lamport"])
      progress.ticketCount = row["ticket_count"]
      progress.nextEntity = row["next_entity"]
    }
    streams = [:]
    for row in try Row.fetchAll(db, sql: "SELECT * FROM stream") {
      let id: StreamID = row.identifier("id")
      let chain = StreamChain(
        stream: id, sequence: UInt64(bitPattern: row["head"]), hash: Hash32(bytes: row.bytes("hash")) ?? .zero)
      streams[id] = StreamRow(
        no: row["no"], node: row.identifier("node"), publicKey: row.bytes("public_key"), chain: chain)
    }
    deferredCount = try Int.fetchOne(db, sql: "SELECT count(*) FROM deferred") ?? 0
    group = GroupChanges()
    working = [:]
    changed = []
    people = [:]
    mustLoad = false
  }

  /// Writes what the group moved: tickets' rows, stream heads, their signatures, progress. The last step before the commit.
  func finishGroup(_ db: Database) throws {
    try flushTickets(db)
    if group.streams.contains(home.stream) { try signOwnHead(db) }
    for id in group.streams.sorted() {
      guard let stream = streams[id] else { continue }
      try db.cachedStatement(sql: "UPDATE stream SET head = ?, hash = ? WHERE no = ?")
        .execute(arguments: [Int64(clamping: stream.chain.sequence), stream.chain.hash.blob, stream.no])
    }
    try db.cachedStatement(
      sql: """
        INSERT INTO progress (id, digest, clock, lamport, ticket_count, next_entity) VALUES (1, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, clock = excluded.clock, lamport = excluded.lamport,
          ticket_count = excluded.ticket_count, next_entity = excluded.next_entity
        """
    ).execute(arguments: [
      progress.digest.blob, Int64(bitPattern: progress.clock.latest.raw), Int64(bitPattern: progress.lamport),
      progress.ticketCount, progress.nextEntity,
    ])
  }

  /// Signs the own stream's present head; called at the end of a group and every 64 KiB inside a large one.
  private func signOwnHead(_ db: Database) throws {
    guard let own = streams[home.stream], own.chain.sequence > 0 else { return }
    let head = SignedHead(
      cluster: identity.cluster, stream: home.stream, sequence: own.chain.sequence, hash: own.chain.hash,
      signer: identity.signer)
    try store(head, streamNumber: own.no, db)
    group.bytesSinceHead = 0
  }

  func store(_ head: SignedHead, streamNumber: Int64, _ db: Database) throws {
    try db.cachedStatement(sql: "INSERT OR IGNORE INTO signed_head (id, hash, signature) VALUES (?, ?, ?)")
      .execute(arguments: [
        OperationRowID.make(stream: streamNumber, sequence: head.sequence), head.hash.blob, head.signature.blob,
      ])
    group.heads[head.stream] = head
  }

  // MARK: Commands

  /// Carries out one command inside the group's transaction. Refuses before anything is written.
  func execute(_ command: Command, _ db: Database) throws -> CommandOutcome {
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
    var dots: [Dot] = []
    for draft in decision.drafts { dots.append(try append(draft, now: now, db)) }
    if let request {
      try db.cachedStatement(sql: "INSERT INTO request VALUES (?, ?, ?, ?, ?, ?)").execute(arguments: [
        request.blob, bodyHash, decision.entity.blob, Int64(clamping: dots.first?.sequence ?? 0), dots.count, now,
      ])
    }
    return CommandOutcome(entity: decision.entity, dots: dots, isRepetition: decision.drafts.isEmpty)
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
      sql: "SELECT body, entity, first_operation, operations FROM request WHERE key = ?")
    guard let row = try Row.fetchOne(statement, arguments: [request.blob]) else { return nil }
    guard row["body"] == bodyHash else { throw CommandRefusal.keyReused }
    let first: Int64 = row["first_operation"]
    let count: Int64 = row["operations"]
    let dots = (0..<count).map { Dot(stream: home.stream, sequence: UInt64(clamping: first + $0)) }
    return CommandOutcome(entity: row.identifier("entity"), dots: dots, isRepetition: true)
  }

  /// Gives a draft its place in the own stream and folds it in.
  private func append(_ draft: OperationDraft, now: Int64, _ db: Database) throws -> Dot {
    guard var own = streams[home.stream] else {
      throw StoreFailure(
        code: .wrongNode, description: "The node has no stream yet; run `relevo cluster init` or `join`.")
    }
    let text: [UInt8]? = draft.texts.isEmpty ? nil : TextSegments.encode(draft.texts)
    let salt = text == nil ? [] : powers.random.bytes(OperationRecord.saltBytes)
    let fold = try EntityFold(draft.entity, draft.kind.entityKind, writer: self, db)
    progress.lamport = min(progress.lamport + 1, OperationHeader.lamportMax - 1)
    let header = OperationHeader(
      kind: draft.kind.rawValue, sequence: own.chain.sequence + 1, clock: progress.clock.tick(wallMilliseconds: now),
      lamport: progress.lamport, occurredAt: draft.occurredAt, entity: draft.entity, entry: draft.entry,
      people: draft.people.prefix(OperationHeader.peopleMax).map(mark),
      observed: draft.observed.map { Self.known($0, in: fold.vector) } ?? fold.vector,
      actor: draft.actor, facts: Facts.encode(draft.changes),
      textCommitment: text.map { powers.hashing.sha256(salt, $0) }, textLength: text?.count ?? 0)
    let record = OperationRecord(header: header.encoded(), salt: salt, text: text)
    own.chain.append(record.header, hashing: powers.hashing)
    streams[home.stream] = own
    group.streams.insert(home.stream)
    let operation = FoldableOperation(reference: own.chain.reference, header: header, changes: draft.changes)
    try fold.integrate(operation, record: record, streamNumber: own.no, texts: draft.texts)
    group.bytesSinceHead += record.byteCount
    if group.bytesSinceHead >= 64 * 1024 { try signOwnHead(db) }
    return own.chain.reference.dot
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
    let incarnation = identity.numbersCarryIncarnation ? TicketNumber.incarnation(of: home.stream) : nil
    return TicketNumber(site: identity.siteCode, incarnation: incarnation, count: progress.ticketCount)
  }
}
