package import OperationLog
package import Replication
package import Store

/// Which nodes talk to which.
package enum Topology: String, CaseIterable, Sendable {
  /// Every node with every other.
  case mesh
  /// The first node with every other.
  case hub
  /// Each node with the one before it.
  case chain

  /// The numbers of the nodes that a node's configuration names.
  func neighbours(of node: Int, count: Int) -> [Int] {
    switch self {
    case .mesh: (0..<count).filter { $0 != node }
    case .hub: node == 0 ? Array(1..<count) : [0]
    case .chain: [node - 1, node + 1].filter { (0..<count).contains($0) }
    }
  }
}

/// What a simulated cluster is made of.
package struct ClusterShape: Sendable {
  package var seed: UInt64
  package var nodeCount: Int
  package var topology: Topology
  package var plantedBugs: PlantedBugs = []
  /// Every node has an assignment desk at work.
  package var hasDesks = false
  /// The least time between two looks of a desk, milliseconds; a node's is a tenth of it, which costs ten times as much.
  package var deskPauseMilliseconds: Int64 = 1_000
  package var settings = ReplicationSettings()
  /// How often an idle engine looks at its clocks, milliseconds.
  package var idleMillisecondsMax: Int64 = 1_000
  /// How long after a change of the directory the engine is told, milliseconds.
  package var directoryDelay: Int64 = 5
  /// Milliseconds a commit takes at least and at most.
  package var commitDelay: ClosedRange<Int64> = 1...6
  /// What each node's store keeps in memory.
  package var storeMemory: StoreMemory
  /// Lines of the trace that are kept; 0 keeps none.
  package var traceLinesMax = 0
  /// Each frame is one of them.
  package var tracesFrames = false

  package init(seed: UInt64, nodeCount: Int = 5, topology: Topology = .mesh) {
    self.seed = seed
    self.nodeCount = nodeCount
    self.topology = topology
    // All of them share one process: a page and a ticket that is not kept is read once more.
    storeMemory = StoreMemory()
    storeMemory.pageCacheKibibytes = nodeCount > Self.smallMax ? 256 : 1_024
    storeMemory.logPagesMax = nodeCount > Self.smallMax ? 100 : 250
    if nodeCount > Self.smallMax { storeMemory.workingTicketsMax = 32 }
  }

  /// Up to so many nodes a cluster is a small one: each keeps more in memory, and fetches the directory over the wire when it
  /// joins.
  static let smallMax = 50

  private static let cities = ["MAD", "LYO", "BOG", "POR", "LIM", "ROM", "KRK", "OSL", "TUN", "QUI", "VLC", "GVA"]

  /// The code of the office with this number.
  static func code(_ number: Int) -> String {
    if number < cities.count { return cities[number] }
    var code = "X"
    for place in [676, 26, 1] { code.unicodeScalars.append(Unicode.Scalar(UInt8(65 + number / place % 26))) }
    return code
  }
}
