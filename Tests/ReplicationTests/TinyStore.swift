import OpenSSLCrypto
import OperationLog

/// A signature without curve arithmetic: enough to see whose head it is, and fast.
struct TestSigner: Signing, Verifying {
  let publicKey: [UInt8]

  init(_ name: UInt8) { publicKey = Array(repeating: name, count: 32) }

  func signature(for message: [UInt8]) -> [UInt8] {
    let half = SHA256Hashing().sha256(publicKey, message).bytes
    return half + half
  }

  func isValid(signature: [UInt8], for message: [UInt8], publicKey: [UInt8]) -> Bool {
    let half = SHA256Hashing().sha256(publicKey, message).bytes
    return signature == half + half
  }
}

/// The least that a store has to do: chains of real operations, checked as a real store checks them.
struct TinyStore {
  static let cluster: ClusterID = counting(from: 0xa0)
  static let hashing = SHA256Hashing()

  let signer: TestSigner
  let node: NodeID
  let stream: StreamID
  /// Which node each stream belongs to; runs of other streams are refused.
  var directory: [StreamID: (node: NodeID, publicKey: [UInt8])] = [:]
  private(set) var records: [StreamID: [OperationRecord]] = [:]
  private(set) var hashes: [StreamID: [Hash32]] = [:]
  /// The signed heads of each stream, in order.
  private(set) var heads: [StreamID: [SignedHead]] = [:]
  /// A head is signed after this many bytes inside a commit, as in the real store.
  var headBytes = 64 * 1024

  init(name: UInt8) {
    signer = TestSigner(name)
    node = Self.hashing.node(publicKey: signer.publicKey)
    stream = Self.hashing.stream(node: node, nonce: Array(repeating: name, count: 16))
  }

  var vector: VersionVector { VersionVector(records.mapValues { UInt64($0.count) }) }
  var lastHeads: [SignedHead] { heads.values.compactMap(\.last).sorted { $0.stream < $1.stream } }

  private func chain(_ stream: StreamID) -> StreamChain {
    let hashes = hashes[stream] ?? []
    guard let last = hashes.last else { return StreamChain(stream: stream, hashing: Self.hashing) }
    return StreamChain(stream: stream, sequence: UInt64(hashes.count), hash: last)
  }

  /// Writes operations of its own in one commit; gives the signed heads.
  mutating func write(_ count: Int, textBytes: Int = 40, clock: UInt64 = 1, isNoise: Bool = false) -> [SignedHead] {
    var chain = chain(stream)
    var newHeads: [SignedHead] = []
    var bytes = 0
    for index in 0..<count {
      var text = Array(repeating: UInt8(truncatingIfNeeded: Int(chain.sequence)), count: textBytes)
      if isNoise {
        var noise = SeededGenerator(seed: chain.sequence)
        for place in text.indices { text[place] = UInt8.random(in: 0...255, using: &noise) }
      }
      let salt = Array(Self.hashing.sha256(stream.bytes, [UInt8(truncatingIfNeeded: index)], text).bytes.prefix(16))
      let header = OperationHeader(
        kind: 1, sequence: chain.sequence + 1, clock: HybridTime(raw: clock), lamport: chain.sequence + 1,
        entity: counting(from: 1), actor: .zero, facts: [1, 2, 3], textCommitment: Self.hashing.sha256(salt, text),
        textLength: text.count)
      let record = OperationRecord(header: header.encoded(), salt: salt, text: text)
      chain.append(record.header, hashing: Self.hashing)
      records[stream, default: []].append(record)
      hashes[stream, default: []].append(chain.hash)
      bytes += record.byteCount
      if bytes >= headBytes || index == count - 1 {
        bytes = 0
        newHeads.append(
          SignedHead(
            cluster: Self.cluster, stream: stream, sequence: chain.sequence, hash: chain.hash, signer: signer))
      }
    }
    heads[stream, default: []].append(contentsOf: newHeads)
    return newHeads
  }

  /// The run from `from` to a signed head, within the limits as far as heads allow.
  func run(_ stream: StreamID, from: UInt64, to: UInt64, bytesMax: Int, operationsMax: Int) -> OperationRun? {
    guard let all = records[stream], from >= 1, from <= UInt64(all.count) else { return nil }
    var chosen: SignedHead?
    var bytes = 0
    var sequence = from
    for head in heads[stream] ?? [] where head.sequence >= from {
      while sequence <= head.sequence {
        bytes += all[Int(sequence) - 1].byteCount
        sequence += 1
      }
      let isWithin = bytes <= bytesMax && head.sequence - from < UInt64(operationsMax)
      if chosen != nil, !isWithin { break }
      chosen = head
      if head.sequence >= to { break }
    }
    guard let head = chosen else { return nil }
    return OperationRun(
      stream: stream, first: from, records: Array(all[Int(from) - 1..<Int(head.sequence)]), head: head)
  }

  /// Checks and keeps a run.
  mutating func ingest(_ run: OperationRun) -> Result<[SignedHead], RunRefusal> {
    guard let author = directory[run.stream] else { return .failure(.unknownStream(run.stream)) }
    var run = run
    let held = UInt64(records[run.stream]?.count ?? 0)
    if !run.records.isEmpty, run.last <= held { return .success([]) }
    if run.first <= held {
      run.records.removeFirst(Int(held + 1 - run.first))
      run.first = held + 1
    }
    let newHashes: [Hash32]
    do {
      newHashes = try run.verifyChain(from: chain(run.stream), hashing: Self.hashing)
    } catch {
      return .failure(error)
    }
    guard run.head.isValid(cluster: Self.cluster, publicKey: author.publicKey, verifier: signer) else {
      return .failure(.signatureWrong(Dot(stream: run.stream, sequence: run.last)))
    }
    for (offset, record) in run.records.enumerated() {
      guard let text = record.text else { continue }
      guard record.header.suffix(32).elementsEqual(Self.hashing.sha256(record.salt, text).bytes) else {
        return .failure(.textAltered(Dot(stream: run.stream, sequence: run.first + UInt64(offset))))
      }
    }
    records[run.stream, default: []].append(contentsOf: run.records)
    hashes[run.stream, default: []].append(contentsOf: newHashes)
    heads[run.stream, default: []].append(run.head)
    return .success([run.head])
  }
}
