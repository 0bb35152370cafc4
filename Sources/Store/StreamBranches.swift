import Foundation
import GRDB
import Helpdesk
import OperationLog

/// The streams of a store as branches of what their nodes signed, and what of them a reference means.
///
/// A stream that was written twice ends before the first difference, and derived streams go on from there. References to
/// the ended stream that were made before anybody knew are told apart by the hash prefix they carry.
struct StreamBranches {
  let db: Database
  let hashing: any Hashing
  let streams: [StreamID: StoreWriter.StreamRow]

  /// A stream and how much of it, with the chain hash there.
  struct Place: Hashable {
    var stream: StreamID
    var sequence: UInt64
    var hash: Hash32
  }

  /// The derived streams that go on where the stream ends, in order of their names.
  func children(of id: StreamID) -> [StreamID] {
    guard let stream = streams[id], stream.isEnded else { return [] }
    let root = stream.derivation?.root ?? id
    return streams.filter { entry in
      entry.value.derivation.map { $0.root == root && $0.baseHash == stream.chain.hash } ?? false
    }.keys.sorted()
  }

  /// Every place after the operation with this sequence of the root: one in a stream that was written once.
  func places(root: StreamID, at sequence: UInt64) throws -> [Place] {
    var found: [Place] = []
    for id in streams.keys.sorted() {
      guard let stream = streams[id], (stream.derivation?.root ?? id) == root else { continue }
      let first = stream.derivation.map { $0.base + 1 } ?? 0
      guard sequence >= first, sequence <= stream.rootSequence else { continue }
      let own = stream.sequence(ofRoot: sequence)
      found.append(Place(stream: id, sequence: own, hash: try hash(of: id, at: own)))
    }
    return found
  }

  /// The chain hash after an operation that is held, followed from the last signed head before it.
  func hash(of id: StreamID, at sequence: UInt64) throws -> Hash32 {
    guard let stream = streams[id], sequence <= stream.chain.sequence else { return .zero }
    if sequence == stream.chain.sequence { return stream.chain.hash }
    var chain = stream.start(id, hashing: hashing)
    let start = OperationRowID.make(stream: stream.no, sequence: chain.sequence)
    let end = OperationRowID.make(stream: stream.no, sequence: sequence)
    let sql = "SELECT id, hash FROM signed_head WHERE id > ? AND id <= ? ORDER BY id DESC LIMIT 1"
    if let head = try Row.fetchOne(db.cachedStatement(sql: sql), arguments: [start, end]) {
      chain = StreamChain(
        stream: id, sequence: OperationRowID.sequence(head["id"]), hash: Hash32(bytes: head.bytes("hash")) ?? .zero)
    }
    let next = OperationRowID.make(stream: stream.no, sequence: chain.sequence + 1)
    let headers = try Data.fetchCursor(
      db.cachedStatement(sql: "SELECT header FROM operation WHERE id BETWEEN ? AND ? ORDER BY id"),
      arguments: [next, end])
    while let header = try headers.next() { chain.append([UInt8](header), hashing: hashing) }
    return chain.hash
  }

  // MARK: References

  /// What an author had seen, in the names the branches have now.
  ///
  /// An entry beyond the end of its stream covers the branch whose chain has its prefix there, or, while that branch is not
  /// held, no more than what is common.
  func resolve(_ observed: ObservedVector) throws -> ObservedVector {
    guard observed.entries.contains(where: isBeyondEnd) else { return observed }
    var result = ObservedVector()
    var paths: [StreamID: [DotReference]] = [:]
    for entry in observed.entries {
      let path = isBeyondEnd(entry) ? try path(to: entry) : [entry]
      paths[entry.stream] = path
      for reference in path { result.note(reference) }
    }
    for hole in observed.holes {
      guard let dot = place(hole, on: paths[hole.stream] ?? []) else { continue }
      result.note(DotReference(dot: dot, hashPrefix: 0), asHole: true)
    }
    return result
  }

  private func isBeyondEnd(_ entry: DotReference) -> Bool {
    guard let stream = streams[entry.stream] else { return false }
    return stream.isEnded && entry.sequence > stream.chain.sequence
  }

  /// The ends of the streams on the way to the branch that holds the reference, and the place in it.
  private func path(to entry: DotReference) throws -> [DotReference] {
    guard let stream = streams[entry.stream] else { return [entry] }
    let end = DotReference(
      dot: Dot(stream: entry.stream, sequence: stream.chain.sequence), hashPrefix: stream.chain.hash.prefix)
    let target = stream.rootSequence(of: entry.sequence)
    for child in children(of: entry.stream) {
      if let rest = try path(into: child, to: target, prefix: entry.hashPrefix) {
        return (stream.chain.sequence > 0 ? [end] : []) + rest
      }
    }
    return stream.chain.sequence > 0 ? [end] : []
  }

  private func path(into id: StreamID, to target: UInt64, prefix: UInt32) throws -> [DotReference]? {
    guard let stream = streams[id] else { return nil }
    if target <= stream.rootSequence {
      let own = stream.sequence(ofRoot: target)
      guard try hash(of: id, at: own).prefix == prefix else { return nil }
      return [DotReference(dot: Dot(stream: id, sequence: own), hashPrefix: prefix)]
    }
    let end = DotReference(
      dot: Dot(stream: id, sequence: stream.chain.sequence), hashPrefix: stream.chain.hash.prefix)
    for child in children(of: id) {
      if let rest = try path(into: child, to: target, prefix: prefix) { return [end] + rest }
    }
    return nil
  }

  /// The name a dot has on a path; nil where the path does not reach it.
  private func place(_ dot: Dot, on path: [DotReference]) -> Dot? {
    guard let stream = streams[dot.stream], stream.isEnded, dot.sequence > stream.chain.sequence else { return dot }
    let target = stream.rootSequence(of: dot.sequence)
    for reference in path {
      guard let segment = streams[reference.stream], let derivation = segment.derivation else { continue }
      guard target > derivation.base, target <= segment.rootSequence(of: reference.sequence) else { continue }
      return Dot(stream: reference.stream, sequence: segment.sequence(ofRoot: target))
    }
    return nil
  }
}

extension StoreWriter.StreamRow {
  /// Every stream of the store.
  static func all(_ db: Database) throws -> [StreamID: StoreWriter.StreamRow] {
    var streams: [StreamID: StoreWriter.StreamRow] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT * FROM stream") {
      let id: StreamID = row.identifier("id")
      let chain = StreamChain(
        stream: id, sequence: UInt64(clamping: row["head"] as Int64), hash: Hash32(bytes: row.bytes("hash")) ?? .zero)
      streams[id] = StoreWriter.StreamRow(
        no: row["no"], node: row.identifier("node"), publicKey: row.bytes("public_key"), chain: chain)
    }
    var bases: [StreamID: Set<Hash32>] = [:]
    let records = """
      SELECT s.id, o.header FROM stream s JOIN operation o ON o.id = (s.no << 40 | 1)
      WHERE o.entity = 0 AND o.kind = ?
      """
    for row in try Row.fetchAll(db, sql: records, arguments: [Int64(StreamDerivation.kind)]) {
      let derivation = try StreamDerivation(decoding: row.bytes("header"))
      streams[row.identifier("id")]?.derivation = derivation
      bases[derivation.root, default: []].insert(derivation.baseHash)
    }
    for (id, stream) in streams {
      streams[id]?.isEnded = bases[stream.derivation?.root ?? id]?.contains(stream.chain.hash) ?? false
    }
    return streams
  }

  /// Where the chain begins: before the first operation, or behind the record that a derived stream begins with.
  func start(_ id: StreamID, hashing: any Hashing) -> StreamChain {
    guard let derivation else { return StreamChain(stream: id, hashing: hashing) }
    return StreamChain(stream: id, sequence: 1, hash: derivation.baseHash)
  }

  /// Sequence in the root of an operation of this stream.
  func rootSequence(of sequence: UInt64) -> UInt64 { derivation?.rootSequence(of: sequence) ?? sequence }

  /// Sequence here of an operation of the root.
  func sequence(ofRoot sequence: UInt64) -> UInt64 { derivation?.sequence(ofRoot: sequence) ?? sequence }

  /// Sequence in the root of the last operation held here.
  var rootSequence: UInt64 { rootSequence(of: chain.sequence) }

  /// The head as the node signed it: in terms of the root.
  func signed(_ head: SignedHead) -> SignedHead {
    guard let derivation else { return head }
    return SignedHead(
      stream: derivation.root, sequence: derivation.rootSequence(of: head.sequence), hash: head.hash,
      signature: head.signature)
  }
}

extension SiteStore {
  /// The operations behind the end of a stream up to the first signed head of a branch; nil when it goes on by itself.
  static func branchedRest(
    of stream: StreamID, hashing: any Hashing, _ db: Database
  ) throws -> (records: [OperationRecord], head: SignedHead)? {
    let branches = StreamBranches(db: db, hashing: hashing, streams: try StoreWriter.StreamRow.all(db))
    var records: [OperationRecord] = []
    var id = stream
    while let child = branches.children(of: id).first, let place = branches.streams[child] {
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT o.id, o.header, o.salt, o.text, h.hash, h.signature FROM operation o
          LEFT JOIN signed_head h ON h.id = o.id WHERE o.id BETWEEN ? AND ? ORDER BY o.id
          """,
        arguments: [
          OperationRowID.make(stream: place.no, sequence: 2),
          OperationRowID.make(stream: place.no, sequence: OperationRowID.sequenceMax),
        ])
      while let row = try rows.next() {
        records.append(
          OperationRecord(
            header: row.bytes("header"), salt: (row["salt"] as Data?).map { [UInt8]($0) } ?? [],
            text: (row["text"] as Data?).map { [UInt8]($0) }))
        guard let signature = row["signature"] as Data? else { continue }
        let head = SignedHead(
          stream: child, sequence: OperationRowID.sequence(row["id"]), hash: Hash32(bytes: row.bytes("hash")) ?? .zero,
          signature: [UInt8](signature))
        return (records, head)
      }
      id = child
    }
    return nil
  }
}
