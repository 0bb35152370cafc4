import OperationLog

/// The statements known of what other nodes hold: of each the newest full one and the newest addition to it. Bounded.
struct HoldsBook: Sendable {
  struct Known: Sendable {
    var full: HoldsStatement
    var addition: HoldsStatement?
    /// Full statement and addition together.
    var held: VersionVector

    var newest: HoldsStatement { addition ?? full }
    var entryCount: Int { full.held.streamCount + (addition?.held.streamCount ?? 0) }
  }

  enum Verdict: Equatable {
    /// News: to be passed on.
    case news
    /// Known already, or older than what is known.
    case old
    /// An addition to a full statement that is not known; passing it on may still help others.
    case withoutBase
    /// There is no more room.
    case full
  }

  private(set) var known: [NodeID: Known] = [:]
  /// The newest number seen of a node, also where its base was missing.
  private var seen: [NodeID: UInt64] = [:]
  /// The keys of `known` in order.
  private(set) var nodes: [NodeID] = []
  private var entryCount = 0
  private let entriesMax: Int

  init(entriesMax: Int) { self.entriesMax = entriesMax }

  /// True when a statement of this number would be news of the node.
  func isNews(_ statement: HoldsStatement, of node: NodeID) -> Bool {
    guard let entry = known[node] else { return statement.isFull || statement.number > seen[node] ?? 0 }
    if statement.isFull { return statement.number > entry.full.number }
    return statement.number > max(entry.newest.number, statement.base == entry.full.number ? 0 : seen[node] ?? 0)
  }

  /// Takes a statement whose signature was checked.
  mutating func take(_ statement: HoldsStatement, of node: NodeID) -> Verdict {
    guard isNews(statement, of: node) else { return .old }
    let before = known[node]
    var after: Known
    if statement.isFull {
      // A full statement replaces what was known: after a restore a node holds less than it said before.
      after = Known(full: statement, addition: nil, held: statement.held)
      // An addition to it may have come first only when it was not kept, so there is none to keep.
    } else if var entry = before, entry.full.number == statement.base {
      entry.addition = statement
      entry.held = entry.full.held
      entry.held.merge(statement.held)
      after = entry
    } else {
      seen[node] = max(seen[node] ?? 0, statement.number)
      return .withoutBase
    }
    let count = entryCount - (before?.entryCount ?? 0) + after.entryCount
    guard count <= entriesMax else { return .full }
    entryCount = count
    seen[node] = max(seen[node] ?? 0, statement.number)
    known[node] = after
    if before == nil { nodes.insert(node, at: nodes.firstIndex { $0 > node } ?? nodes.endIndex) }
    return .news
  }

  /// What is known, for a peer to compare.
  var summary: [KnownStatement] {
    nodes.prefix(Frame.Limit.holdsSummary).compactMap { node in
      known[node].map { KnownStatement(node: node, base: $0.full.number, number: $0.newest.number) }
    }
  }

  /// The statements a peer lacks that knows only these.
  func lacking(from theirs: [KnownStatement]) -> [HoldsStatement] {
    var places: [NodeID: KnownStatement] = [:]
    for entry in theirs { places[entry.node] = entry }
    var result: [HoldsStatement] = []
    for node in nodes {
      guard let entry = known[node] else { continue }
      let place = places[node]
      if let place, place.number >= entry.newest.number { continue }
      if place?.base != entry.full.number { result.append(entry.full) }
      if let addition = entry.addition { result.append(addition) }
    }
    return result
  }

  /// The first eight bytes of the digest over what is known; zero when nothing is.
  func digest(hashing: any Hashing) -> UInt64 {
    if nodes.isEmpty { return 0 }
    var writer = ByteWriter(reserving: nodes.count * 24)
    for entry in summary {
      writer.identifier(entry.node)
      writer.fixed64(entry.number)
    }
    return max(1, hashing.sha256(writer.bytes).word0)
  }
}
