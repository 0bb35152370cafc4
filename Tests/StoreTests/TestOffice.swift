import Foundation
import GRDB
import Helpdesk
import Logging
import OpenSSLCrypto
import OperationLog
import Store
import Synchronization
import Testing

/// Composes accents, as the node's own normaliser does.
struct ComposingNormaliser: TextNormalising {
  func normalised(_ text: String) -> String { text.precomposedStringWithCanonicalMapping }
}

/// A directory that goes when the last reference to it goes.
final class ScratchDirectory: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/relevo-store-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    // What cannot be removed stays in the system's temporary directory.
    try? FileManager.default.removeItem(atPath: path)
  }
}

/// One office over a real database, with its keys and a clock that moves on command.
final class TestOffice: Sendable {
  static let cluster = ClusterID(high: 0x5245_4c45_564f, low: 1)
  static let clusterSecret = [UInt8](repeating: 7, count: 32)
  static let hashing = SHA256Hashing()

  let code: String
  let key: Ed25519SigningKey
  let directory: ScratchDirectory
  let clock: ManualClock
  let random: SeededBytes
  let store: SiteStore
  /// What stands beside the first store; others are opened with their own.
  let surroundings: StoreSurroundings

  /// Opens an office; the same seed and code give the same keys, so that a directory can be opened again.
  init(
    _ code: String, seed: UInt64 = 1, in directory: ScratchDirectory? = nil, clock: ManualClock = ManualClock(),
    surroundings: StoreSurroundings = StoreSurroundings(), zones: (any ZoneReading)? = nil
  ) throws {
    self.surroundings = surroundings
    self.code = code
    let salted = code.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) }
    random = SeededBytes(seed: salted)
    key = try #require(Ed25519SigningKey(seed: random.bytes(32)))
    self.directory = try directory ?? ScratchDirectory()
    self.clock = clock
    store = try Self.open(self.directory.path, code, key, random, clock, surroundings, zones)
  }

  private static func open(
    _ directory: String, _ code: String, _ key: Ed25519SigningKey, _ random: SeededBytes, _ clock: ManualClock,
    _ surroundings: StoreSurroundings, _ zones: (any ZoneReading)?, without kinds: Set<UInt16> = []
  ) throws -> SiteStore {
    let identity = StoreIdentity(
      cluster: cluster, clusterSecret: clusterSecret, node: hashing.node(publicKey: key.publicKey), siteCode: code,
      signer: key)
    var powers = StorePowers(
      hashing: hashing, verifier: Ed25519Verifier(), random: random, normaliser: ComposingNormaliser(),
      wallClock: { clock.read() }, zones: zones)
    powers.kindsNotUnderstood = kinds
    var logger = Logger(label: "relevo.tests")
    logger.logLevel = .critical
    return try SiteStore.open(
      directory: directory, identity: identity, powers: powers, surroundings: surroundings, logger: logger)
  }

  /// Opens a directory once more with this office's key; the caller has closed the first store or copied its files.
  func openAgain(
    in directory: ScratchDirectory? = nil, surroundings: StoreSurroundings = StoreSurroundings(),
    zones: (any ZoneReading)? = nil, without kinds: Set<UInt16> = []
  ) throws -> SiteStore {
    try Self.open((directory ?? self.directory).path, code, key, random, clock, surroundings, zones, without: kinds)
  }

  var node: NodeID { Self.hashing.node(publicKey: key.publicKey) }
  var site: EntityID { Self.hashing.site(code: code) }
  var stream: StreamID { store.home.stream }

  var admitted: AdmittedNode {
    AdmittedNode(
      id: node, site: site, publicKey: key.publicKey, curveKey: [UInt8](repeating: 3, count: 32),
      address: "tcp://\(code.lowercased()).example:7100")
  }

  // MARK: People

  static func person(_ name: String) -> EntityID { hashing.person(email: "\(name)@example.org") }

  // MARK: Commands

  @discardableResult
  func execute(
    _ body: CommandBody, by actor: Actor = .console, key: String? = nil, rendered: ObservedVector? = nil,
    refusesIfChanged: Bool = false, occurredAt: Int64? = nil
  ) async throws -> CommandOutcome {
    try await store.execute(
      Command(
        actor: actor, idempotencyKey: key, rendered: rendered, refusesIfChanged: refusesIfChanged,
        occurredAt: occurredAt, body: body))
  }

  /// Opens a ticket for the employee "eva" unless somebody else is named.
  @discardableResult
  func open(
    _ subject: String, _ description: String = "", by name: String = "eva", urgency: Urgency = .normal,
    tags: [String] = [], key: String? = nil
  ) async throws -> EntityID {
    try await execute(
      .openTicket(OpenTicket(subject: subject, description: description, urgency: urgency, tags: tags)),
      by: .person(Self.person(name)), key: key
    ).entity
  }

  /// One change of fields by an agent.
  @discardableResult
  func edit(
    _ ticket: EntityID, by name: String = "ana", rendered: ObservedVector? = nil, refusesIfChanged: Bool = false,
    _ change: (inout TicketEdit) -> Void
  ) async throws -> CommandOutcome {
    var edit = TicketEdit()
    change(&edit)
    return try await execute(
      .editTicket(ticket, edit), by: .person(Self.person(name)), rendered: rendered,
      refusesIfChanged: refusesIfChanged)
  }

  func detail(_ ticket: EntityID) async throws -> TicketDetail { try #require(try await store.detail(ticket)) }

  func number(_ ticket: EntityID) async throws -> String { try await detail(ticket).row.number }

  // MARK: A cluster

  /// Offices that know each other and these people: eva (employee), ana and luc (agents), leo (lead), ada (admin).
  static func cluster(
    _ codes: [String] = ["MAD", "LYO"], seed: UInt64 = 1, surroundings: StoreSurroundings = StoreSurroundings()
  ) async throws -> [TestOffice] {
    let clock = ManualClock()
    // What surrounds the first office; the others have nothing beside them.
    let offices = try codes.enumerated().map { index, code in
      try TestOffice(code, seed: seed, clock: clock, surroundings: index == 0 ? surroundings : StoreSurroundings())
    }
    guard let first = offices.first else { return [] }
    try await first.execute(.foundCluster(name: "Example"))
    for office in offices {
      try await first.execute(
        .defineSite(SiteDefinition(code: office.code, name: "Office \(office.code)", node: office.node)))
      try await first.execute(.admitNode(office.admitted))
    }
    let people: [(String, Role)] = [
      ("eva", .employee), ("ana", .agent), ("luc", .agent), ("leo", .lead), ("ada", .admin),
    ]
    for (name, role) in people {
      try await first.execute(
        .definePerson(PersonDefinition(email: "\(name)@example.org", name: name.capitalized, role: role)))
    }
    try await first.execute(.defineCategory(key: "vpn", english: "VPN", spanish: "VPN"))
    try await first.execute(.defineCategory(key: "printer", english: "Printer", spanish: "Impresora"))
    try await first.execute(.defineQueue(name: "Network", level: 2))
    for office in offices.dropFirst() {
      try await office.store.addBootstrapNodes([first.admitted])
      try await Self.exchange(first, office)
    }
    return offices
  }

  /// Brings over every run that the receiver lacks.
  static func pull(_ receiver: TestOffice, from giver: TestOffice, recordsMax: Int = 256) async throws {
    try await pull(receiver.store, from: giver.store, recordsMax: recordsMax)
  }

  static func pull(_ receiver: SiteStore, from giver: SiteStore, recordsMax: Int = 256) async throws {
    while true {
      let lacking = try await receiver.vector().lacking(from: try await giver.vector())
      if lacking.isEmpty { return }
      var tookAny = false
      for (stream, from, to) in lacking {
        let run = try await giver.run(of: stream, from: from, to: to, bytesMax: 65_536, recordsMax: recordsMax)
        switch try await receiver.ingest(try #require(run)) {
        case .stored, .branched: tookAny = true
        default: continue
        }
      }
      try #require(tookAny, "nothing of what is lacking could be taken in: \(lacking)")
    }
  }

  /// Brings both to the same operations.
  static func exchange(_ one: TestOffice, _ other: TestOffice) async throws {
    try await pull(one, from: other)
    try await pull(other, from: one)
  }

  /// Every run of a store, cut as small as its signed heads allow, in stream order.
  static func runs(of store: SiteStore, recordsMax: Int = 1) async throws -> [OperationRun] {
    var runs: [OperationRun] = []
    for (stream, last) in try await store.vector().sorted {
      var next: UInt64 = 1
      while next <= last {
        // Only as far as the next signed head at or after `next`.
        let run = try await store.run(of: stream, from: next, to: next, bytesMax: 1, recordsMax: recordsMax)
        runs.append(try #require(run))
        next = runs[runs.count - 1].last + 1
      }
    }
    return runs
  }
}

/// Both hold the same operations and have merged them to the same state, and neither finds anything wrong with itself.
func expectSame(_ one: SiteStore, _ other: SiteStore, sourceLocation: SourceLocation = #_sourceLocation) async throws {
  let (left, right) = (try await one.digest(), try await other.digest())
  #expect(left.vector == right.vector, sourceLocation: sourceLocation)
  #expect(left.digest == right.digest, sourceLocation: sourceLocation)
  try await expectSound(one, sourceLocation: sourceLocation)
  try await expectSound(other, sourceLocation: sourceLocation)
}

/// The audit of the store finds nothing.
func expectSound(_ store: SiteStore, sourceLocation: SourceLocation = #_sourceLocation) async throws {
  #expect(try await store.findProblems() == [], sourceLocation: sourceLocation)
}

/// The rows that people see, without what is this database's own.
func shownRows(_ store: SiteStore) async throws -> [TicketRow] {
  let ids = try await store.pool.read { db in
    try Data.fetchAll(db, sql: "SELECT id FROM ticket ORDER BY id")
  }
  var shown: [TicketRow] = []
  for id in ids.compactMap({ EntityID(bytes: $0) }) {
    var row = try #require(try await store.row(id))
    row.row = 0
    shown.append(row)
  }
  return shown
}

/// Keeps the writer busy until as many callers as stated have arrived, so that their writes meet in few groups.
final class WriterGate: Sendable {
  private let gate = DispatchSemaphore(value: 0)
  private let arrived = Atomic(0)

  init(_ store: SiteStore) {
    store.pool.asyncWriteWithoutTransaction { [gate] _ in gate.wait() }
  }

  /// Called by each writer right before it writes.
  func arrive() { arrived.add(1, ordering: .relaxed) }

  func open(after count: Int) async {
    while arrived.load(ordering: .relaxed) < count { await Task.yield() }
    // The last of them still has to hand its write in; one that comes later merely shares another commit.
    for _ in 0..<200 { await Task.yield() }
    gate.signal()
  }
}

/// Counts commit groups that changed something.
final class Counter: Sendable {
  private let value = Atomic(0)

  init(_ store: SiteStore) {
    store.onCommit { [self] _ in value.add(1, ordering: .relaxed) }
  }

  var count: Int { value.load(ordering: .relaxed) }
}

/// Something that has happened, told to other tasks.
final class Flag: Sendable {
  private let value = Atomic(false)

  var isRaised: Bool { value.load(ordering: .relaxed) }
  func raise() { value.store(true, ordering: .relaxed) }
}
