import OperationLog
import Testing

@testable import Replication

@Suite("Saying that a new incarnation knows what the others know")
struct ConfirmationTests {
  @Test("It is said again every two seconds until it is written down, and then no more")
  func repeated() {
    let store = TinyStore(name: 1)
    let identity = LocalNode(
      cluster: TinyStore.cluster, node: store.node, stream: store.stream, site: "MAD", program: "0.1.0")
    var replicator = Replicator(
      identity: identity, held: [], settings: ReplicationSettings(), hashing: TinyStore.hashing, signer: store.signer,
      verifier: store.signer, wall: WireSample.wall)
    func isSaid(_ event: ReplicationEvent, at now: Int64) -> Bool {
      replicator.handle(event, now: now, wall: WireSample.wall + now).contains(.incarnationSynchronised)
    }
    _ = isSaid(.directoryChanged([store.stream: store.node]), at: 1_000)
    _ = isSaid(.incarnationUnconfirmed, at: 1_000)
    #expect(isSaid(.neighboursChanged([]), at: 1_000), "nobody else is there to know anything")
    #expect(!isSaid(.ticked, at: 2_900))
    #expect(replicator.nextWakeup.map { $0 <= 3_000 } == true)
    #expect(isSaid(.ticked, at: 3_000), "the disk may have been full")
    #expect(!isSaid(.incarnationConfirmed, at: 3_100))
    #expect(!isSaid(.ticked, at: 6_000))
  }
}
