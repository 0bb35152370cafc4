@testable import PeerTransport
import Testing

@Suite("Queues, delays, endpoints and keys as plain values")
struct ValueTests {
  private let connection = ConnectionID.outbound(
    label: "hub", key: CurveKeyPair.generate().publicKey, generation: 1)

  @Test("A queue takes messages up to its count and gives them back in order")
  func countBound() {
    var queues = SendQueues(messagesMax: 3, bytesMax: 1_000_000)
    #expect(queues.append([[1]], to: connection) == .notConnected)
    queues.open(connection)
    for number in 1...3 { #expect(queues.append([[UInt8(number)]], to: connection) == .queued) }
    #expect(queues.append([[4]], to: connection) == .full)
    #expect(queues.first(for: connection) == [[1]])
    queues.removeFirst(for: connection)
    #expect(queues.append([[4]], to: connection) == .queued)
    for number in 2...4 {
      #expect(queues.first(for: connection) == [[UInt8(number)]])
      queues.removeFirst(for: connection)
    }
    #expect(queues.first(for: connection) == nil)
    #expect(queues.byteCount == 0)
    #expect(queues.waiting.isEmpty)
    queues.removeFirst(for: connection)
    #expect(queues.byteCount == 0)
  }

  @Test("A queue takes bytes up to its bound, yet never refuses the first message")
  func byteBound() {
    let frame = [UInt8](repeating: 0, count: 100 - SendQueues.frameOverheadBytes)
    var queues = SendQueues(messagesMax: 100, bytesMax: 200)
    queues.open(connection)
    #expect(queues.append([frame], to: connection) == .queued)
    #expect(queues.append([frame + [0]], to: connection) == .full)
    #expect(queues.append([frame], to: connection) == .queued)
    #expect(queues.append([[]], to: connection) == .full)
    queues.close(connection)
    #expect(queues.byteCount == 0)
    queues.open(connection)
    #expect(queues.append([[UInt8](repeating: 0, count: 5_000)], to: connection) == .queued)
    #expect(queues.append([[1]], to: connection) == .full)
  }

  @Test("A long-lived queue that never runs empty keeps its order and its size")
  func compaction() {
    var queues = SendQueues(messagesMax: 100, bytesMax: 1_000_000)
    queues.open(connection)
    for number in 0..<50 { #expect(queues.append([[UInt8(number)]], to: connection) == .queued) }
    for number in 50..<1_000 {
      #expect(queues.append([[UInt8(number & 255)]], to: connection) == .queued)
      #expect(queues.first(for: connection) == [[UInt8((number - 50) & 255)]])
      queues.removeFirst(for: connection)
    }
    #expect(queues.byteCount == 50 * (1 + SendQueues.frameOverheadBytes))
  }

  @Test("Pauses double up to the longest, each between half and the whole, and start short again after a success")
  func delays() {
    var generator = SystemRandomNumberGenerator()
    var delay = ReconnectDelay(shortest: .seconds(1), longest: .seconds(60))
    for ceiling in [1, 2, 4, 8, 16, 32, 60, 60] {
      let pause = delay.next(using: &generator)
      #expect(pause >= .seconds(ceiling) / 2 && pause <= .seconds(ceiling))
    }
    delay.reset()
    #expect(delay.next(using: &generator) <= .seconds(1))
  }

  @Test(
    "Endpoints read as they are written",
    arguments: ["tcp://127.0.0.1:7400", "tcp://madrid.example.org:1", "tcp://[2001:db8::7]:65535", "tcp://*:0"])
  func endpoint(text: String) throws {
    #expect(try TransportEndpoint(text).description == text)
  }

  @Test(
    "What is no endpoint is refused with its reason",
    arguments: [
      ("", EndpointError.Problem.scheme), ("udp://a:1", .scheme), ("tcp://", .port), ("tcp://a", .port),
      ("tcp://a:", .port), ("tcp://a:65536", .port), ("tcp://a:-1", .port), ("tcp://a:+1", .port), ("tcp://:1", .host),
      ("tcp://a b:1", .host), ("tcp://a;inproc:1", .host), ("tcp://[::1:1", .host), ("tcp://[madrid]:1", .host),
      ("tcp://::1:1", .host), ("tcp://a/b:1", .host),
    ])
  func noEndpoint(text: String, problem: EndpointError.Problem) throws {
    let error = try #require(throws: EndpointError.self) { try TransportEndpoint(text) }
    #expect(error.problem == problem)
  }

  @Test("Listening everywhere is dialled on the loopback")
  func dialledLocally() throws {
    #expect(try TransportEndpoint("tcp://*:5").dialledLocally.description == "tcp://127.0.0.1:5")
    #expect(try TransportEndpoint("tcp://0.0.0.0:5").dialledLocally.description == "tcp://127.0.0.1:5")
    #expect(try TransportEndpoint("tcp://[::]:5").dialledLocally.description == "tcp://[::1]:5")
    #expect(try TransportEndpoint("tcp://10.0.0.1:5").dialledLocally.description == "tcp://10.0.0.1:5")
  }

  @Test("The public key follows from the secret (the server's example in the manual page zmq_curve)")
  func keyPair() throws {
    let secret = "8e0bdd697628b91d8f245587ee95c5b04d48963f79259877b49cd9063aead3b7"
    let publicKey = "54fcba24e93249969316fb617c872bb0c1d1ff14800427c594cbfacf1bc2d652"
    let secretBytes = try #require(CurvePublicKey(hexadecimal: secret)).bytes
    let pair = try #require(CurveKeyPair(secret: secretBytes))
    #expect(pair.publicKey.hexadecimal == publicKey)
    #expect(pair.secret == secretBytes)
    #expect(CurveKeyPair(secret: [1, 2, 3]) == nil)
    let fresh = CurveKeyPair.generate()
    #expect(CurveKeyPair(secret: fresh.secret)?.publicKey == fresh.publicKey)
    #expect(!"\(fresh)\(String(reflecting: fresh))".contains(hexadecimal(fresh.secret)))
  }

  private func hexadecimal(_ bytes: [UInt8]) -> String { CurvePublicKey(bytes)?.hexadecimal ?? "" }

  @Test("A public key reads back from bytes and digits, and from nothing else")
  func publicKey() throws {
    let key = CurveKeyPair.generate().publicKey
    #expect(CurvePublicKey(key.bytes) == key)
    #expect(CurvePublicKey(hexadecimal: key.hexadecimal) == key)
    #expect(CurvePublicKey(hexadecimal: key.hexadecimal.uppercased()) == key)
    #expect(CurvePublicKey(key.bytes + [0]) == nil)
    #expect(CurvePublicKey(hexadecimal: String(key.hexadecimal.dropLast())) == nil)
    #expect(CurvePublicKey(hexadecimal: "g" + key.hexadecimal.dropFirst()) == nil)
  }

  @Test("An admission request is answered by its number; one of another domain or mechanism is not even read")
  func admissionRequest() throws {
    let key = CurveKeyPair.generate().publicKey
    func frames(domain: String = "relevo", mechanism: String = "CURVE", key: [UInt8]) -> [[UInt8]] {
      [
        [1, 2], [], Array("1.0".utf8), [9], Array(domain.utf8), Array("10.0.0.1".utf8), [], Array(mechanism.utf8), key,
      ]
    }
    let request = try #require(AdmissionRequest(frames: frames(key: key.bytes)))
    #expect(request.key == key)
    #expect(request.address == "10.0.0.1")
    let property = PeerProperty(key: key, user: "join:7:x")
    #expect(PeerProperty(text: property.text) == property)
    let admission = request.admission(property)
    #expect(Array(admission[..<5]) == [[1, 2], [], Array("1.0".utf8), [9], Array("200".utf8)])
    #expect(admission[6] == Array(property.text.utf8))
    #expect(request.refusal()[4] == Array("400".utf8))
    #expect(AdmissionRequest(frames: frames(domain: "other", key: key.bytes)) == nil)
    #expect(AdmissionRequest(frames: frames(mechanism: "NULL", key: key.bytes)) == nil)
    #expect(AdmissionRequest(frames: frames(key: [1])) == nil)
    #expect(AdmissionRequest(frames: []) == nil)
    #expect(AdmissionRequest.refusal(ofUnreadable: [[1]]) == nil)
  }

  @Test("Durations become whole milliseconds inside what libzmq takes")
  func milliseconds() {
    #expect(Duration.seconds(2).milliseconds == 2_000)
    #expect(Duration.microseconds(1_999).milliseconds == 1)
    #expect(Duration.seconds(-1).milliseconds == 0)
    #expect(Duration.seconds(Int64.max).milliseconds == Int32.max)
  }
}
