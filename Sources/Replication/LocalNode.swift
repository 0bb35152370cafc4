package import OperationLog

/// Who this node is, as it says in HELLO.
package struct LocalNode: Hashable, Sendable {
  /// The protocol this program speaks: lowest and highest.
  package static let protocolMin: UInt8 = 0
  package static let protocolMax: UInt8 = 0
  /// What this program can do beyond the protocol; no bit is given out yet.
  package static let features: UInt64 = 0

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
