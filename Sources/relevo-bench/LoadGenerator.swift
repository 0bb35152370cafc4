import Glibc

/// Many clients, each with one keep-alive connection, each asking again as soon as it was answered.
///
/// One thread serves them all, because it shares its processors with the node it measures.
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
  /// What is asked, in turn; made before the clock runs.
  let requests: [[UInt8]]
  let expectedStatus: Int

  private struct Client {
    let connection: HTTPConnection
    var askedAt: Double
  }

  /// Asks for so long; throws when a client was answered otherwise than expected.
  func run(seconds: Double) throws -> Outcome {
    var clients: [Client] = []
    for _ in 0..<self.clients { clients.append(Client(connection: try HTTPConnection(port: port), askedAt: 0)) }
    var waiting = clients.map { pollfd(fd: $0.connection.descriptor, events: Int16(POLLIN), revents: 0) }
    var latencies: [Double] = []
    var turn = 0
    let started = Clocks.now()
    let deadline = started + seconds
    for index in clients.indices { try ask(&clients[index], &turn) }
    var asking = clients.count
    while asking > 0 {
      guard poll(&waiting, nfds_t(waiting.count), 30_000) > 0 else {
        throw BenchFailure("the node did not answer within 30 seconds (errno \(errno))")
      }
      for index in waiting.indices where waiting[index].revents != 0 {
        guard let answer = try clients[index].connection.receive() else { continue }
        let now = Clocks.now()
        latencies.append(now - clients[index].askedAt)
        guard answer.status == expectedStatus else {
          throw BenchFailure("answered \(answer.status): \(String(decoding: answer.body.prefix(400), as: UTF8.self))")
        }
        if now < deadline {
          try ask(&clients[index], &turn)
        } else {
          asking -= 1
          waiting[index].fd = -1
        }
      }
    }
    return Outcome(answers: latencies.count, seconds: Clocks.now() - started, latencies: latencies)
  }

  private func ask(_ client: inout Client, _ turn: inout Int) throws {
    client.askedAt = Clocks.now()
    try client.connection.send(requests[turn % requests.count])
    turn += 1
  }
}
