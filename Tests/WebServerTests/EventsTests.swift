import Helpdesk
import Logging
import ServiceLifecycle
import Testing

@testable import WebServer

@Suite("Live events")
struct EventsTests {
  private func request(as name: String, after id: String? = nil) -> String {
    let last = id.map { "Last-Event-ID: \($0)\r\n" } ?? ""
    return "GET /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(name)-token\r\n\(last)\r\n"
  }

  private func ids(in text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
  }

  /// Waits until this many clients listen.
  private func wait(for count: Int, _ server: WebServer) async throws {
    let deadline = ContinuousClock.now + .seconds(40)
    while server.context.events.subscriberCount < count, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(5))
    }
    try #require(server.context.events.subscriberCount >= count)
  }

  @Test("A change is told as it happens, to those who may see it")
  func changes() async throws {
    try await withServer { client, office, server in
      async let agent = client.raw(request(as: "ana")) { $0.contains("acknowledged") }
      async let stranger = client.raw(request(as: "eli")) { $0.contains("acknowledged") }
      try await wait(for: 2, server)
      _ = try await client.open("Secret of Eva")
      let deadline = ContinuousClock.now + .seconds(40)
      // The acknowledgement comes after the ticket's event, so what has not come by then does not come.
      while server.context.events.eventCount < 1, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(5))
      }
      office.acknowledge(["MAD"])
      let (seen, unseen) = await (agent, stranger)
      #expect(seen.contains("content-type: text/event-stream") || seen.contains("Content-Type: text/event-stream"))
      #expect(seen.contains("event: ticket") && seen.contains("Secret of Eva") && seen.contains(#"{"sites":["MAD"]}"#))
      #expect(!unseen.contains("Secret of Eva") && unseen.contains("event: acknowledged"))
    }
  }

  @Test("A client that was away gets what it missed, one away too long is told so")
  func resuming() async throws {
    try await withServer { client, _, server in
      async let first = client.raw(request(as: "ana")) { $0.contains("LYO-1") }
      try await wait(for: 1, server)
      _ = try await client.open("First")
      let last = try #require(ids(in: await first).last)
      _ = try await client.open("Second")
      let resumed = await client.raw(request(as: "ana", after: last)) { $0.contains("LYO-2") }
      #expect(resumed.contains("Second") && !resumed.contains("First"))
      let stranger = await client.raw(request(as: "ana", after: "0000-7")) { $0.contains("event: missed") }
      #expect(stranger.contains("event: missed"))
    }
  }

  @Test("A client that does not read is cut off, and nobody else waits for it")
  func slowClients() async throws {
    let office = try await WebOffice.open()
    let events = LiveEvents(services: office)
    let pump = Task { try await events.run() }
    defer { pump.cancel() }
    let (cuts, cut) = AsyncStream.makeStream(of: Void.self)
    let slow = try #require(await events.subscribe(after: nil) { cut.yield() })
    for number in 0...(LiveEvents.queueMax + 10) {
      let before = events.eventCount
      office.acknowledge(["S\(number)"])
      while events.eventCount == before { await Task.yield() }
    }
    for await _ in cuts { break }
    #expect(events.subscriberCount == 0)
    var received = 0
    for await _ in slow.deliveries { received += 1 }
    #expect(received == LiveEvents.queueMax)
  }

  @Test("A node that stops ends the streams and is gone at once")
  func stopping() async throws {
    let office = try await WebOffice.open()
    var logger = Logger(label: "relevo.tests")
    logger.logLevel = .critical
    let server = WebServer(services: office, settings: WebServerSettings(host: "127.0.0.1", port: 0), logger: logger)
    let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
    async let run: Void = group.run()
    let client = WebClient(port: try #require(await server.port()))
    async let heard = client.raw(request(as: "ana")) { _ in false }
    try await wait(for: 1, server)
    let start = ContinuousClock.now
    await group.triggerGracefulShutdown()
    try await run
    #expect(ContinuousClock.now - start < .seconds(8))
    #expect(await heard.contains("listening"))
  }

  @Test("A client that leaves is forgotten")
  func leaving() async throws {
    try await withServer { client, _, server in
      _ = await client.raw(request(as: "ana")) { $0.contains("listening") }
      let deadline = ContinuousClock.now + .seconds(40)
      while server.context.events.subscriberCount > 0, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(5))
      }
      #expect(server.context.events.subscriberCount == 0)
    }
  }
}
