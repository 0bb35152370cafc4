import Foundation
import Synchronization

/// Many clients, each a thread with one keep-alive connection, each asking again as soon as it was answered.
struct LoadGenerator {
  struct Outcome {
    var answers = 0
    /// Seconds between the first measured request and the last answer.
    var seconds = 0.0
    /// Seconds of each request, in no order.
    var latencies: [Double] = []
  }

  let port: Int
  let clients: Int
  /// The request of a client's turn; called on the client's thread.
  let request: @Sendable (_ client: Int, _ turn: Int) -> [UInt8]
  let expectedStatus: Int

  private struct Collected {
    var latencies: [Double] = []
    var failure: BenchFailure?
  }

  /// Asks for so long; throws when a client was answered otherwise than expected.
  func run(seconds: Double) throws -> Outcome {
    let collected = Mutex(Collected())
    let started = Clocks.now()
    let deadline = started + seconds
    let everyone = DispatchGroup()
    withExtendedLifetime(collected) {
      for client in 0..<clients {
        everyone.enter()
        let thread = Thread { [self] in
          defer { everyone.leave() }
          var latencies: [Double] = []
          do {
            let connection = try HTTPConnection(port: port)
            var turn = 0
            while Clocks.now() < deadline {
              let bytes = request(client, turn)
              let asked = Clocks.now()
              let answer = try connection.exchange(bytes)
              latencies.append(Clocks.now() - asked)
              guard answer.status == expectedStatus else {
                throw BenchFailure(
                  "answered \(answer.status): \(String(decoding: answer.body.prefix(400), as: UTF8.self))")
              }
              turn += 1
            }
          } catch {
            collected.withLock { $0.failure = $0.failure ?? BenchFailure("\(error)") }
          }
          collected.withLock { $0.latencies += latencies }
        }
        thread.stackSize = 1 << 19
        thread.start()
      }
      everyone.wait()
    }
    let ended = Clocks.now()
    let result = collected.withLock { $0 }
    if let failure = result.failure { throw failure }
    return Outcome(answers: result.latencies.count, seconds: ended - started, latencies: result.latencies)
  }
}
