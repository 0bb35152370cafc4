/// The hash chain of one stream: h(0) from the stream's name, h(n) = SHA-256(h(n-1) ‖ header(n)).
package struct StreamChain: Hashable, Sendable {
  package let stream: StreamID
  /// How far the chain goes; 0 before the first operation.
  package private(set) var sequence: UInt64
  /// h(sequence).
  package private(set) var hash: Hash32

  /// An empty chain.
  package init(stream: StreamID, hashing: any Hashing) {
    self.stream = stream
    sequence = 0
    hash = hashing.sha256(Array("relevo/stream/0".utf8), stream.bytes)
  }

  /// Goes on from a stored head.
  package init(stream: StreamID, sequence: UInt64, hash: Hash32) {
    self.stream = stream
    self.sequence = sequence
    self.hash = hash
  }

  /// Takes the next operation's header bytes.
  package mutating func append(_ header: [UInt8], hashing: any Hashing) {
    hash = hashing.sha256(hash.bytes, header)
    sequence += 1
  }

  /// The dot of the last operation, with its hash prefix.
  package var reference: DotReference {
    DotReference(dot: Dot(stream: stream, sequence: sequence), hashPrefix: hash.prefix)
  }
}

/// Why a run of a peer was not taken in; each is counted and shown, and costs the sender, never the data.
package enum RunRefusal: Error, Hashable, Sendable {
  /// The run begins after what is held: ask again from there.
  case gap(expected: UInt64, got: UInt64)
  /// The run is empty, too long or does not end at its head.
  case malformed
  /// The stream's node is not in the directory yet: hold the run until it is.
  case unknownStream(StreamID)
  /// The chain does not lead to the signed hash: altered, or the stream was written twice.
  case chainBroken(Dot)
  /// The signature is not by the stream's node.
  case signatureWrong(Dot)
  /// A text does not match the commitment in its header.
  case textAltered(Dot)
  /// The head is truly signed, yet leads elsewhere than what is held: ask for this stream from here, to see where they part.
  case writtenTwice(StreamID, askFrom: UInt64)
}

extension OperationRun {
  /// Follows the chain through the run and checks the head's hash; gives the chain hash after each record.
  package func verifyChain(
    from chain: StreamChain, hashing: any Hashing
  ) throws(RunRefusal) -> [Hash32] {
    guard !records.isEmpty, first > 0, first < Dot.sequenceMax, head.stream == stream, head.sequence == last else {
      throw .malformed
    }
    guard chain.sequence + 1 == first else { throw .gap(expected: chain.sequence + 1, got: first) }
    var chain = chain
    var hashes: [Hash32] = []
    hashes.reserveCapacity(records.count)
    for record in records {
      chain.append(record.header, hashing: hashing)
      hashes.append(chain.hash)
    }
    guard chain.hash == head.hash else { throw .chainBroken(Dot(stream: stream, sequence: last)) }
    return hashes
  }
}
