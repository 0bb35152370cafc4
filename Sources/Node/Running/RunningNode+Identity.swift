import OperationLog
import Status
import Store
import Synchronization

extension RunningNode {
  /// Whether this node is who it was, for the status.
  func identityStatus() -> IdentityStatus {
    let incarnation = store.incarnation
    return IdentityStatus(
      newIncarnationSince: incarnation.map { UTCMoment(milliseconds: $0.since) },
      newIncarnationReason: incarnation?.cause.reason, isSettled: incarnation.map(\.isConfirmed),
      isWitnessWritten: store.witnessTrouble == nil, isStrangerRefused: strangerRefused.withLock { $0 })
  }

  /// Streams that were written twice, for the status.
  func forkProofs() async throws -> [ForkProofStatus] {
    try await store.forkProofs().map { proof in
      ForkProofStatus(
        site: code(of: proof.node), stream: proof.stream.description, sequence: proof.sequence,
        machines: proof.machines)
    }
  }
}

extension IncarnationCause {
  /// The status's word for it.
  var reason: String {
    switch self {
    case .behindWitness, .otherStart: "witness_ahead"
    case .otherHead: "witness_differs"
    case .witnessMissing: "witness_missing"
    case .machineChanged: "machine_changed"
    case .restored: "restored"
    case .peerKnowsMore: "peer_knows_more"
    case .writtenTwice: "written_twice"
    }
  }
}
