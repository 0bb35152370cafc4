import Foundation

/// How long after the 201 at one office a ticket can be read at another, over a link that is up.
struct PropagationBench {
  static let part = "propagation"
  static let tickets = 200
  static let waitSecondsMax = 10.0
  /// What one hop may take beside the wire and the disk: a run waits up to 5 ms for more to travel along.
  static let graceMilliseconds = 8.0

  let binary: String
  let scratch: Scratch

  func run() async throws -> [Measurement] {
    let madrid = try NodeProcess("MAD", binary: binary, folder: try scratch.folder("propagation-mad"))
    let lyon = try NodeProcess("LYO", binary: binary, folder: try scratch.folder("propagation-lyo"))
    try madrid.configure(neighbours: [lyon])
    try lyon.configure(neighbours: [madrid])
    try madrid.command(["cluster", "init", "--site", "MAD", "--name", "Madrid"])
    try madrid.start()
    let invitation = try madrid.command(["cluster", "invite", "--site", "LYO", "--name", "Lyon"])
    try lyon.command(["join"], input: invitation)
    try lyon.start()
    let token = try madrid.makeToken()
    let writer = try HTTPConnection(port: madrid.httpPort)
    let reader = try HTTPConnection(port: lyon.httpPort)
    try wait(for: "the token of Madrid to be known in Lyon") {
      try reader.exchange(HTTPConnection.request("GET", "/api/v1/tickets", port: lyon.httpPort, token: token)).status
        == 200
    }
    var waits: [Double] = []
    let before = try Clocks.processorSeconds(of: madrid.processID) + Clocks.processorSeconds(of: lyon.processID)
    var quiet = try PeerTraffic(of: madrid)
    for turn in 0..<Self.tickets + 20 {
      if turn == 20 { quiet = try PeerTraffic(of: madrid) }
      let wait = try propagate(turn, writer, reader, madrid, lyon, token)
      // The first twenty warm up.
      if turn >= 20 { waits.append(wait * 1000) }
    }
    let used = try Clocks.processorSeconds(of: madrid.processID) + Clocks.processorSeconds(of: lyon.processID) - before
    // The last acknowledgements are on their way for a moment.
    try await Task.sleep(for: .milliseconds(200))
    let busy = try PeerTraffic(of: madrid)
    let live = Double(max(1, busy.operationsSent - quiet.operationsSent))
    try lyon.stop()
    try madrid.stop()
    let roundTrip = try CurveEcho.roundTrips().median * 1000
    let sync = try SyncCost.measure(in: scratch.path).median * 1000
    let allowed = roundTrip / 2 + 2 * sync + Self.graceMilliseconds
    return [
      Measurement(Self.part, "bare CURVE round trip, median", roundTrip, "ms"),
      Measurement(Self.part, "one fsync, median", sync, "ms"),
      Measurement(
        Self.part, "beyond half a round trip, two fsyncs and 8 ms", max(0, waits.median - allowed), "ms",
        target: .below(0.01)),
      Measurement(
        Self.part, "201 at one office to 200 at the other, median", waits.median, "ms", target: .below(50),
        processorSeconds: used),
      Measurement(Self.part, "the same, 99 of 100", waits.percentile(99), "ms"),
      Measurement(
        Self.part, "bytes for one live operation", Double(busy.bytesSent - quiet.bytesSent) / live, "bytes",
        target: .atMost(400)),
      Measurement(
        Self.part, "bytes of its acknowledgement", Double(busy.bytesReceived - quiet.bytesReceived) / live, "bytes"),
    ]
  }

  /// Seconds from the answer 201 until the other office shows the ticket.
  private func propagate(
    _ turn: Int, _ writer: HTTPConnection, _ reader: HTTPConnection, _ madrid: NodeProcess, _ lyon: NodeProcess,
    _ token: String
  ) throws -> Double {
    var words = Workload(seed: UInt64(turn))
    let json = "{\"subject\":\"\(words.subject())\",\"description\":\"\(words.description())\"}"
    let answer = try writer.exchange(
      HTTPConnection.request("POST", "/api/v1/tickets", port: madrid.httpPort, token: token, json: json))
    let saved = Clocks.now()
    guard answer.status == 201,
      let ticket = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any],
      let number = ticket["number"] as? String
    else {
      throw BenchFailure(
        "Madrid answered \(answer.status): \(String(decoding: answer.body.prefix(400), as: UTF8.self))")
    }
    let request = HTTPConnection.request("GET", "/api/v1/tickets/\(number)", port: lyon.httpPort, token: token)
    while true {
      if try reader.exchange(request).status == 200 { return Clocks.now() - saved }
      guard Clocks.now() - saved < Self.waitSecondsMax else {
        throw BenchFailure("\(number) did not arrive in Lyon within \(Int(Self.waitSecondsMax)) s")
      }
    }
  }

  private func wait(for what: String, _ isSo: () throws -> Bool) throws {
    let deadline = Clocks.now() + 30
    while try !isSo() {
      guard Clocks.now() < deadline else { throw BenchFailure("waited 30 s for \(what)") }
      usleep(20_000)
    }
  }
}
