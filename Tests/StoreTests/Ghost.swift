import Helpdesk
import OpenSSLCrypto
import OperationLog

/// A node without a store, whose every byte a test decides: what a newer, broken or hostile peer would send.
struct Ghost {
  let key: Ed25519SigningKey
  let stream: StreamID
  private(set) var records: [OperationRecord] = []
  private let hashing = SHA256Hashing()
  private let random: SeededBytes
  private var lamport: UInt64 = 0

  /// Begins its stream as every node does; with the key of another ghost it is another stream of that node.
  init(seed: UInt64 = 99, key known: Ed25519SigningKey? = nil) {
    random = SeededBytes(seed: seed)
    // Thirty-two bytes are always a key.
    key = known ?? Ed25519SigningKey(seed: random.bytes(32)) ?? .generate()
    let nonce = random.bytes(16)
    let node = hashing.node(publicKey: key.publicKey)
    stream = hashing.stream(node: node, nonce: nonce)
    append(
      .streamOpened, EntityID(stream),
      [
        .set(tag: DirectoryField.Stream.node, .bytes(node.bytes)),
        .set(tag: DirectoryField.Stream.nonce, .bytes(nonce)),
        .set(tag: DirectoryField.Stream.publicKey, .bytes(key.publicKey)),
      ])
  }

  var node: NodeID { hashing.node(publicKey: key.publicKey) }
  var last: UInt64 { UInt64(records.count) }

  var admitted: AdmittedNode {
    AdmittedNode(
      id: node, site: hashing.site(code: "GHO"), publicKey: key.publicKey,
      curveKey: [UInt8](repeating: 5, count: 32), address: "tcp://ghost.example:7100")
  }

  /// An operation of a known kind with well-formed facts.
  @discardableResult
  mutating func append(
    _ kind: OperationKind, _ entity: EntityID, _ changes: [Change], texts: [String] = [], entry: EntryID? = nil,
    observed: ObservedVector = ObservedVector()
  ) -> Dot {
    append(
      kind: kind.rawValue, entity, facts: Facts.encode(changes),
      text: texts.isEmpty ? nil : TextSegments.encode(texts), entry: entry, observed: observed)
  }

  /// An operation of any kind with any facts and text.
  @discardableResult
  mutating func append(
    kind: UInt16, _ entity: EntityID, facts: [UInt8], text: [UInt8]? = nil, entry: EntryID? = nil,
    observed: ObservedVector = ObservedVector()
  ) -> Dot {
    lamport += 1
    let salt = text == nil ? [] : random.bytes(OperationRecord.saltBytes)
    let header = OperationHeader(
      kind: kind, sequence: last + 1,
      clock: HybridTime(milliseconds: 1_760_000_000_000 + Int64(last), counter: 0), lamport: lamport, entity: entity,
      entry: entry, observed: observed, actor: .zero, facts: facts,
      textCommitment: text.map { hashing.sha256(salt, $0) }, textLength: text?.count ?? 0)
    return append(raw: OperationRecord(header: header.encoded(), salt: salt, text: text))
  }

  /// An operation whose header bytes need not be a header.
  @discardableResult
  mutating func append(raw record: OperationRecord) -> Dot {
    records.append(record)
    return Dot(stream: stream, sequence: last)
  }

  /// Opens a ticket with a number of its own.
  @discardableResult
  mutating func open(_ subject: String, number: String = "GHO-1") -> EntityID {
    let id = hashing.entity(source: "ghost", id: "\(number) \(subject)")
    append(
      .ticketOpened, id,
      [
        .set(tag: TicketField.subject.rawValue, .text(0)), .set(tag: TicketField.description.rawValue, .text(1)),
        .set(tag: TicketField.status.rawValue, .code(0)),
        .set(tag: TicketField.createdAt.rawValue, .number(1_760_000_000_000)),
        .add(tag: TicketField.number.rawValue, Array(number.utf8)),
      ], texts: [subject, ""])
    return id
  }

  /// A run of its stream, signed at its end.
  func run(
    _ first: UInt64 = 1, _ last: UInt64? = nil, cluster: ClusterID = TestOffice.cluster,
    signer: Ed25519SigningKey? = nil
  ) -> OperationRun {
    let last = last ?? self.last
    var chain = StreamChain(stream: stream, hashing: hashing)
    for record in records.prefix(Int(last)) { chain.append(record.header, hashing: hashing) }
    let head = SignedHead(
      cluster: cluster, stream: stream, sequence: last, hash: chain.hash, signer: signer ?? key)
    return OperationRun(
      stream: stream, first: first, records: Array(records[Int(first) - 1..<Int(last)]), head: head)
  }
}
