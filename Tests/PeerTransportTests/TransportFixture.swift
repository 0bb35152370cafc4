import Glibc
import Logging
import PeerTransport
import Synchronization
import Testing

/// Collects a transport's events and waits for one.
final class EventRecord: Sendable {
  private let events = Mutex<[TransportEvent]>([])
  /// While positive, the transport's thread is held inside its callback: a reader that is frozen.
  private let isFrozen = Mutex(false)

  var all: [TransportEvent] { events.withLock { $0 } }

  func add(_ event: TransportEvent) {
    events.withLock { $0.append(event) }
    while isFrozen.withLock({ $0 }) { usleep(2_000) }
  }

  func freeze(_ value: Bool) { isFrozen.withLock { $0 = value } }

  /// The first event for which `pick` gives a value, at or after an index; fails the test after the limit.
  func wait<Value>(
    _ what: Comment, from index: Int = 0, within limit: Duration = .seconds(10),
    location: SourceLocation = #_sourceLocation, _ pick: (TransportEvent) -> Value?
  ) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
      if let found = all.dropFirst(index).lazy.compactMap(pick).first { return found }
      guard ContinuousClock.now < deadline else {
        Issue.record("\(what) did not come; there were \(all)", sourceLocation: location)
        throw TimeLimitPassed()
      }
      try await Task.sleep(for: .milliseconds(3))
    }
  }

  func connected(_ label: String, from index: Int = 0, location: SourceLocation = #_sourceLocation) async throws
    -> ConnectionID
  {
    try await wait("a connection to \(label)", from: index, location: location) { event in
      if case .connected(let connection) = event, connection.label == label { connection } else { nil }
    }
  }

  func received(_ text: String, from index: Int = 0, location: SourceLocation = #_sourceLocation) async throws
    -> ConnectionID
  {
    try await wait("the message \"\(text)\"", from: index, location: location) { event in
      guard case .received(let connection, let frames) = event, frames.first == Array(text.utf8) else { return nil }
      return connection
    }
  }

  func handshakeFailed(
    _ label: String?, from index: Int = 0, location: SourceLocation = #_sourceLocation
  ) async throws -> HandshakeFailure {
    try await wait("a failed handshake", from: index, location: location) { event in
      if case .handshakeFailed(label, let failure) = event { failure } else { nil }
    }
  }

  func disconnected(
    _ connection: ConnectionID, location: SourceLocation = #_sourceLocation
  ) async throws {
    try await wait("the end of \(connection)", location: location) { event in
      if case .disconnected(connection) = event { () } else { nil }
    }
  }
}

/// What a wait throws, so that the rest of the test is not run.
struct TimeLimitPassed: Error {}

/// One node's transport with its key and its events.
struct TestPeer {
  let keyPair: CurveKeyPair
  let events: EventRecord
  let transport: PeerTransport

  /// Listens on a free port of the loopback unless told otherwise.
  init(
    bind: String? = "tcp://127.0.0.1:0", keyPair: CurveKeyPair = .generate(),
    settings: TransportSettings = .quick, allowed: [CurvePublicKey: String] = [:]
  ) throws {
    self.keyPair = keyPair
    let events = EventRecord()
    self.events = events
    let endpoint = try bind.map { text throws in try TransportEndpoint(text) }
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    transport = try PeerTransport(
      TransportConfiguration(keyPair: keyPair, bind: endpoint, settings: settings, logger: logger)
    ) { events.add($0) }
    transport.setAllowed(allowed)
  }

  /// Where others dial it.
  var endpoint: TransportEndpoint {
    get throws { try #require(transport.boundEndpoint) }
  }

  func dial(_ other: TestPeer, as label: String = "hub") throws {
    transport.connect(label, to: try other.endpoint, serverKey: other.keyPair.publicKey)
  }

  func send(_ text: String, to connection: ConnectionID) -> SendOutcome {
    transport.send([Array(text.utf8)], to: connection)
  }
}

extension TransportSettings {
  /// Times short enough for tests.
  static var quick: TransportSettings {
    var settings = TransportSettings()
    settings.reconnectDelayMin = .milliseconds(30)
    settings.reconnectDelayMax = .milliseconds(100)
    settings.handshakeTimeout = .seconds(5)
    settings.linger = .milliseconds(50)
    return settings
  }
}

/// Waits until a condition holds; fails the test after the limit.
func eventually(
  _ what: Comment, within limit: Duration = .seconds(10), location: SourceLocation = #_sourceLocation,
  _ condition: () -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while !condition() {
    guard ContinuousClock.now < deadline else {
      Issue.record(what, sourceLocation: location)
      throw TimeLimitPassed()
    }
    try await Task.sleep(for: .milliseconds(3))
  }
}

/// A plain TCP connection, for those who speak no ZeroMQ.
final class RawConnection {
  private let descriptor: Int32

  init(port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(descriptor >= 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(result == 0)
  }

  deinit { close(descriptor) }

  /// Sends what it can; the other side may hang up at any moment.
  func write(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

  /// Whether the other side has closed; reads away what it said.
  var isHungUpOn: Bool {
    var bytes = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
      if count == 0 { return true }
      if count < 0 { return errno != EAGAIN && errno != EINTR }
    }
  }
}
