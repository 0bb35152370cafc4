import HTTPTypes
package import Hummingbird
import NIOCore
import ServiceLifecycle

extension LiveEvents {
  /// Answers with server-sent events until the client leaves or the node stops.
  ///
  /// - Parameters:
  ///   - request: lets a client that leaves be noticed at once; without it the next heartbeat notices.
  ///   - lastEventID: what the client saw last, from `Last-Event-ID` or a query; nil for a new client.
  ///   - render: an event as its lines except `id`, e.g. `data: {…}\n`; nil for what this client must not see.
  package func response(
    _ context: RelevoRequestContext, request: Request? = nil, lastEventID: String?,
    render: @escaping @Sendable (Event) async -> String?
  ) -> Response {
    let channel = context.channel
    let requestBody = request?.body
    let body = ResponseBody { writer in
      guard let subscription = await self.subscribe(after: lastEventID, cut: { channel.close(promise: nil) }) else {
        // The head is sent already; the client comes back after the time named here.
        try await writer.write(ByteBuffer(string: "retry: 30000\n\n"))
        try await writer.finish(nil)
        return
      }
      let number = subscription.number
      channel.closeFuture.whenComplete { _ in self.unsubscribe(number) }
      defer { self.unsubscribe(number) }
      if let requestBody {
        try await requestBody.consumeWithInboundCloseHandler { _ in
          try await Self.write(subscription, to: &writer, render) { self.unsubscribe(number) }
        } onInboundClosed: {
          self.unsubscribe(number)
        }
      } else {
        try await Self.write(subscription, to: &writer, render) { self.unsubscribe(number) }
      }
      try await writer.finish(nil)
    }
    return Response(
      status: .ok,
      // The last one keeps a proxy from collecting events before it passes them on.
      headers: [
        .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store", .accelBuffering: "no",
      ], body: body)
  }

  /// Writes what was missed and then what comes, until the subscription ends; `stop` ends it when the node shuts down.
  private static func write(
    _ subscription: Subscription, to writer: inout any ResponseBodyWriter,
    _ render: @Sendable (Event) async -> String?, stop: @escaping @Sendable () -> Void
  ) async throws {
    try await withGracefulShutdownHandler {
      try await writer.write(ByteBuffer(string: "retry: 3000\n: listening\n\n"))
      for event in subscription.replay {
        if let lines = await render(event) { try await writer.write(message(event, lines)) }
      }
      for await delivery in subscription.deliveries {
        switch delivery {
        case .heartbeat: try await writer.write(ByteBuffer(string: ":\n\n"))
        case .event(let event):
          if let lines = await render(event) { try await writer.write(message(event, lines)) }
        }
      }
    } onGracefulShutdown: {
      stop()
    }
  }

  private static func message(_ event: Event, _ lines: String) -> ByteBuffer {
    ByteBuffer(string: "id: \(event.id)\n\(lines)\n")
  }
}
