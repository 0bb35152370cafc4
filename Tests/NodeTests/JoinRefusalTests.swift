import PeerTransport
import Testing

@testable import Node

@Suite("Why a token was not taken")
struct JoinRefusalTests {
  @Test("Only a refused key says that the token is used up; every other failure says what else it may be")
  func refusals() throws {
    let endpoint = try TransportEndpoint("tcp://mad.example.org:9421")
    let used = Joining.refusal(.keyRefused, at: endpoint).description
    #expect(used.contains("used up or expired"))
    let others: [HandshakeFailure.Reason] = [.serverKeyWrong, .closedByPeer, .timedOut, .protocolError(code: 5)]
    for reason in others {
      let words = Joining.refusal(reason, at: endpoint).description
      #expect(!words.contains("used up") && words.contains("mad.example.org:9421"), "\(words)")
    }
  }
}
