import Foundation

/// What a node's `/metrics` says of one peer, or of its only one.
struct PeerTraffic {
  /// Operations the peer holds and the node lacks.
  var operationsIn = 0
  var operationsSent = 0
  var operationsReceived = 0
  /// Of frames, before CURVE.
  var bytesSent = 0
  var bytesReceived = 0
  var isSynced = false

  /// `peer` is a site's code; nil where the node has one peer only. Throws when the node does not answer.
  init(of node: NodeProcess, peer: String? = nil) throws {
    let connection = try HTTPConnection(port: node.httpPort)
    let answer = try connection.exchange(HTTPConnection.request("GET", "/metrics", port: node.httpPort))
    guard answer.status == 200 else { throw BenchFailure("/metrics was answered \(answer.status)") }
    for line in String(decoding: answer.body, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ")
      guard words.count >= 2, let value = Double(words[words.count - 1]) else { continue }
      let name = line.prefix { $0 != "{" && $0 != " " }
      if name == "relevo_synced" { isSynced = value == 1 }
      if let peer, !line.contains("peer=\"\(peer)\"") { continue }
      let isOut = line.contains("\"out\"")
      switch name {
      case "relevo_peer_in_operations": operationsIn = Int(value)
      case "relevo_peer_traffic_operations_total":
        if isOut { operationsSent = Int(value) } else { operationsReceived = Int(value) }
      case "relevo_peer_traffic_bytes_total": if isOut { bytesSent = Int(value) } else { bytesReceived = Int(value) }
      default: continue
      }
    }
  }
}
