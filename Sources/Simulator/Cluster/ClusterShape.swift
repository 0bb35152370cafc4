package import OperationLog
package import Replication

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
  package var settings = ReplicationSettings()
  /// How often an idle engine looks at its clocks, milliseconds.
  package var idleMillisecondsMax: Int64 = 1_000
  /// How long after a change of the directory the engine is told, milliseconds.
  package var directoryDelay: Int64 = 5
  /// Milliseconds a commit takes at least and at most.
  package var commitDelay: ClosedRange<Int64> = 1...6
  /// Lines of the trace that are kept; 0 keeps none.
  package var traceLinesMax = 0
  /// Each frame is one of them.
  package var tracesFrames = false

  package init(seed: UInt64, nodeCount: Int = 5, topology: Topology = .mesh) {
    self.seed = seed
    self.nodeCount = nodeCount
    self.topology = topology
  }

  private static let cities = ["MAD", "LYO", "BOG", "POR", "LIM", "ROM", "KRK", "OSL", "TUN", "QUI", "VLC", "GVA"]

  /// The code of the office with this number.
  static func code(_ number: Int) -> String {
    if number < cities.count { return cities[number] }
    var code = "X"
    for place in [676, 26, 1] { code.unicodeScalars.append(Unicode.Scalar(UInt8(65 + number / place % 26))) }
    return code
  }
}
