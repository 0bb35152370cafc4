package import OperationLog

/// Who this node is, as it says in HELLO.
package struct LocalNode: Hashable, Sendable {
  /// The protocol this program speaks: lowest and highest.
  package static let protocolMin: UInt8 = 0
  package static let protocolMax: UInt8 = 0
  /// What a program can do beyond its protocol, as bits in HELLO. A bit once given out is never used for anything else.
  package struct Feature: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Reads runs compressed with the first dictionary.
    package static let firstDictionary = Feature(rawValue: 1)
    /// Gives and keeps credits.
    package static let credits = Feature(rawValue: 2)
    /// Takes a second connection for bulk.
    package static let bulkLane = Feature(rawValue: 4)
    /// Passes on statements of what distant nodes hold.
    package static let holds = Feature(rawValue: 8)
  }

  /// What this program can do.
  package static let features: UInt64 = 15

  package var cluster: ClusterID
  package var node: NodeID
  /// The stream this node writes; changes with `streamBegun`.
  package var stream: StreamID
  /// Site code, at most 16 bytes.
  package var site: String
  /// Program version, at most 64 bytes.
  package var program: String

  package init(cluster: ClusterID, node: NodeID, stream: StreamID, site: String, program: String) {
    precondition(site.utf8.count <= Frame.Limit.siteBytes && program.utf8.count <= Frame.Limit.programBytes)
    self.cluster = cluster
    self.node = node
    self.stream = stream
    self.site = site
    self.program = program
  }
}
