import Helpdesk
import OpenSSLCrypto
import OperationLog
import PeerTransport
import Store

/// A log of many streams: what one office writes through the real store, written again by many others under their own names
/// and signed with their own keys.
///
/// Every operation was decided by a real command. What differs from stream to stream is what has to differ: keys, streams,
/// tickets and their numbers, people, the site; sequences, chains and signatures follow from that. The words are the same, and
/// each stream's operations are those of a hundred tickets in the mix of the apply part.
struct LargeLog {
  static let ticketsPerStream = 100
  /// What one stream holds: the operation that opens it, and ten for each ticket.
  static let operationsPerStream = 1 + ticketsPerStream * ApplyBench.operationsPerTicket
  private static let templateCode = "TPL"
  /// About the runs that travel: 64 KiB or 256 operations.
  private static let recordsPerRun = 200

  /// An office that exists in the log only.
  struct Office {
    let code: String
    let key = Ed25519SigningKey.generate()
    let curve = CurveKeyPair.generate()
    let nonce: [UInt8]
    let node: NodeID
    let stream: StreamID

    init(_ code: String, powers: StorePowers) {
      self.code = code
      nonce = powers.random.bytes(16)
      node = powers.hashing.node(publicKey: key.publicKey)
      stream = powers.hashing.stream(node: node, nonce: nonce)
    }

    /// The commands that put it and its people into the directory.
    func admission(_ hashing: any Hashing) -> [CommandBody] {
      let site = hashing.site(code: code)
      let people = LargeLog.people(code).map { email, role in
        CommandBody.definePerson(PersonDefinition(email: email, name: email, role: role, site: site, capacity: 0))
      }
      let admitted = AdmittedNode(
        id: node, site: site, publicKey: key.publicKey, curveKey: curve.publicKey.bytes, address: "tcp://127.0.0.1:1")
      return [.defineSite(SiteDefinition(code: code, name: code, node: node)), .admitNode(admitted)] + people
    }
  }

  /// An operation of the template, taken apart.
  private struct Part {
    let header: OperationHeader
    let changes: [Change]
    let record: OperationRecord
  }

  private let cluster: ClusterID
  private let hashing: any Hashing
  private let parts: [Part]
  /// Sequence before the first of them, in the template's stream.
  private let before: UInt64
  private let stream: StreamID

  /// Lets one office write the hundred tickets, in a folder of its own that is not needed afterwards.
  init(cluster: ClusterID, folder: String) async throws {
    let office = try BenchOffice(Self.templateCode, cluster: cluster, folder: folder)
    try await office.found()
    _ = try await office.execute(.defineCategory(key: "vpn", english: "VPN", spanish: "VPN"))
    let stream = office.store.home.stream
    let before = try await office.store.vector()[stream]
    try await ApplyWorkload(office: office, recorder: nil).write(tickets: Self.ticketsPerStream)
    let last = try await office.store.vector()[stream]
    guard
      let run = try await office.store.run(of: stream, from: before + 1, to: last, bytesMax: .max, recordsMax: .max),
      run.records.count == Self.operationsPerStream - 1
    else { throw BenchFailure("the tickets of the template cannot be read back") }
    self.cluster = cluster
    hashing = office.store.powers.hashing
    self.before = before
    self.stream = stream
    parts = try run.records.map { record in
      let header = try OperationHeader(decoding: record.header)
      return Part(header: header, changes: try Facts.decode(header.facts), record: record)
    }
    try await office.store.close()
  }

  private static func people(_ code: String) -> [(email: String, role: Role)] {
    let domain = "@\(code.lowercased()).example"
    return [("eva" + domain, .employee), ("ana" + domain, .agent), ("luc" + domain, .agent)]
  }

  /// The whole stream of an office, as runs that begin where the one before ends.
  func runs(of office: Office) -> [OperationRun] {
    let names = names(of: office)
    var chain = StreamChain(stream: office.stream, hashing: hashing)
    var records = [opening(of: office)]
    chain.append(records[0].header, hashing: hashing)
    var prefixes = [chain.hash.prefix]
    var runs: [OperationRun] = []
    for (index, part) in parts.enumerated() {
      var header = part.header
      header.sequence = chain.sequence + 1
      header.entity = names[header.entity] ?? header.entity
      header.actor = names[header.actor] ?? header.actor
      header.entry = header.entry.map { EntryID(prefixOf: hashing.sha256(office.stream.bytes, $0.bytes)) }
      var observed = ObservedVector()
      for entry in header.observed.entries where entry.stream == stream && entry.sequence > before {
        // The opening is number one, so the operations of the template begin at two.
        let sequence = entry.sequence - before + 1
        observed.note(
          DotReference(
            dot: Dot(stream: office.stream, sequence: sequence), hashPrefix: prefixes[Int(sequence) - 1]))
      }
      header.observed = observed
      header.facts = Facts.encode(part.changes.map { renamed($0, names, code: office.code) })
      let record = OperationRecord(header: header.encoded(), salt: part.record.salt, text: part.record.text)
      chain.append(record.header, hashing: hashing)
      prefixes.append(chain.hash.prefix)
      records.append(record)
      if records.count == Self.recordsPerRun || index == parts.count - 1 {
        let head = SignedHead(
          cluster: cluster, stream: office.stream, sequence: chain.sequence, hash: chain.hash, signer: office.key)
        runs.append(
          OperationRun(
            stream: office.stream, first: chain.sequence + 1 - UInt64(records.count), records: records, head: head))
        records = []
      }
    }
    return runs
  }

  private func opening(of office: Office) -> OperationRecord {
    let changes: [Change] = [
      .set(tag: DirectoryField.Stream.node, .bytes(office.node.bytes)),
      .set(tag: DirectoryField.Stream.nonce, .bytes(office.nonce)),
      .set(tag: DirectoryField.Stream.publicKey, .bytes(office.key.publicKey)),
    ]
    let first = parts[0].header
    let header = OperationHeader(
      kind: OperationKind.streamOpened.rawValue, sequence: 1, clock: first.clock, lamport: first.lamport,
      entity: EntityID(office.stream), actor: .zero, facts: Facts.encode(changes))
    return OperationRecord(header: header.encoded())
  }

  /// What the template's things are called at an office.
  private func names(of office: Office) -> [EntityID: EntityID] {
    var names: [EntityID: EntityID] = [
      EntityID(stream): EntityID(office.stream), hashing.site(code: Self.templateCode): hashing.site(code: office.code),
    ]
    let people = [BenchOffice.employee] + BenchOffice.agents
    for (own, (theirs, _)) in zip(people, Self.people(office.code)) {
      names[hashing.person(email: own)] = hashing.person(email: theirs)
    }
    for part in parts where names[part.header.entity] == nil {
      names[part.header.entity] = EntityID(prefixOf: hashing.sha256(office.stream.bytes, part.header.entity.bytes))
    }
    return names
  }

  private func renamed(_ change: Change, _ names: [EntityID: EntityID], code: String) -> Change {
    func value(_ value: Value) -> Value { value.identifier.flatMap { names[$0] }.map(Value.identifier) ?? value }
    func element(_ bytes: [UInt8]) -> [UInt8] { EntityID(bytes: bytes).flatMap { names[$0]?.bytes } ?? bytes }
    switch change {
    case .set(let tag, let old): return .set(tag: tag, value(old))
    case .claim(let tag, let old, let rank): return .claim(tag: tag, value(old), rank: rank)
    case .add(TicketField.number.rawValue, let number):
      return .add(tag: TicketField.number.rawValue, Array(code.utf8) + number.dropFirst(Self.templateCode.utf8.count))
    case .add(let tag, let old): return .add(tag: tag, element(old))
    case .remove(let tag, let old): return .remove(tag: tag, element(old))
    case .saw(let tag, let old): return .saw(tag: tag, element(old))
    case .mark: return change
    }
  }
}
