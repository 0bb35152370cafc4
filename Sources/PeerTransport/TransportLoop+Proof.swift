import CZeroMQ
import Logging

/// What came of dialling ourselves with a key nobody listed.
package enum StrangerProof: Hashable, Sendable, CustomStringConvertible {
  /// The allow-list refused the key and no connection came about.
  case refused
  /// The stranger got in: the node must not serve.
  case admitted
  /// Neither was seen; the text says why.
  case undecided(String)

  /// What it means and what to do.
  package var description: String {
    switch self {
    case .refused: "A key that is not listed was refused, as it must be."
    case .admitted:
      "A key that is not listed was let in. The node will not serve peers like this; "
        + "install the distribution's libzmq5 package again."
    case .undecided(let why):
      "Whether strangers are refused could not be shown: \(why). Check that this machine can reach the address "
        + "it listens on (a local firewall may be in the way), then start again."
    }
  }
}

/// One attempt to get in as a stranger.
struct StrangerProbe {
  let key: CurvePublicKey
  let socket: ZeroMQSocket
  let monitor: SocketMonitor
  let deadline: ContinuousClock.Instant
  let answer: @Sendable (StrangerProof) -> Void
  var wasRefusedByList = false
}

extension TransportLoop {
  /// Dials our own address with a fresh key.
  func beginProbe(deadline: ContinuousClock.Instant, answer: @escaping @Sendable (StrangerProof) -> Void) {
    guard let address = boundEndpoint?.dialledLocally else { return answer(.undecided("the node listens nowhere")) }
    let stranger = CurveKeyPair.generate()
    do throws(ZeroMQFailure) {
      let socket = try dialler(to: address, serverKey: keyPair.publicKey, as: stranger)
      let monitor = try SocketMonitor(
        context, of: socket, name: "\(nextGeneration())", events: SocketMonitor.diallingEvents)
      try socket.connect(address.description)
      probes.append(
        StrangerProbe(key: stranger.publicKey, socket: socket, monitor: monitor, deadline: deadline, answer: answer))
    } catch {
      answer(.undecided("\(error)"))
    }
  }

  /// Looks how the probes fare; the first news of one decides it.
  func readProbes() {
    probes.removeAll { probe in
      while let report = probe.monitor.next() {
        switch report.event {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
          finish(probe, .admitted)
          return true
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL,
          ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_EVENT_DISCONNECTED:
          let unseen = StrangerProof.undecided("the connection ended before the allow-list was asked")
          finish(probe, probe.wasRefusedByList ? .refused : unseen)
          return true
        case ZMQ_EVENT_CLOSED:
          finish(probe, .undecided("the node's own address cannot be reached"))
          return true
        default:
          continue
        }
      }
      return false
    }
  }

  func endOverdueProbes(_ now: ContinuousClock.Instant) {
    probes.removeAll { probe in
      guard probe.deadline <= now else { return false }
      finish(probe, .undecided("no answer came in time"))
      return true
    }
  }

  func finish(_ probe: StrangerProbe, _ proof: StrangerProof) {
    probe.monitor.close()
    probe.socket.close()
    probe.answer(proof)
  }
}
