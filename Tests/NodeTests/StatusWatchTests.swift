import OperationLog
import Status
import Testing

@testable import Node
@testable import Replication

@Suite("What the status knows by having watched")
struct StatusWatchTests {
  private let node = NodeID(high: 1, low: 2)

  private func figures(
    _ link: LinkState = .live, out: UInt64? = 0, sent: UInt64 = 0, received: UInt64 = 0, garbage: UInt64 = 0,
    acknowledged: Int64? = nil
  ) -> PeerFigures {
    var counters = PeerCounters()
    counters.operationsOut = sent
    counters.operationsIn = received
    counters.garbage = garbage
    return PeerFigures(
      node: node, site: "LYO", isNeighbour: true, link: link, outOperations: out, load: [],
      lastAcknowledged: acknowledged, lanes: LanePair(LaneFigures(), LaneFigures()), counters: counters)
  }

  @Test("Rates are means over half a minute, and unknown after less than a second")
  func rates() {
    let watch = StatusWatch()
    watch.note([figures(sent: 1_000, received: 100)], now: 0)
    #expect(watch.flow(of: figures(), now: 0).flow.outPerSecond == nil)
    for second in Int64(1)...60 {
      let count = UInt64(second)
      watch.note([figures(sent: 1_000 + 10 * count, received: 100 + 2 * count)], now: second * 1_000)
    }
    let flow = watch.flow(of: figures(), now: 60_000).flow
    #expect(flow.outPerSecond == 10 && flow.inPerSecond == 2)
  }

  @Test("A counter that began anew has no rate instead of a wrong one")
  func shrunk() {
    let watch = StatusWatch()
    watch.note([figures(sent: 1_000)], now: 0)
    watch.note([figures(sent: 10)], now: 1_000)
    #expect(watch.flow(of: figures(), now: 1_000).flow.outPerSecond == nil)
  }

  @Test("A stall counts from the last acknowledgement while something waits on a working link, and not otherwise")
  func stalls() {
    let watch = StatusWatch()
    func look(_ second: Int64, _ figures: PeerFigures) -> Int64? {
      watch.note([figures], now: second * 1_000)
      return watch.flow(of: figures, now: second * 1_000).flow.stalledSeconds
    }
    #expect(look(0, figures(out: 5, acknowledged: 1)) == 0)
    #expect(look(30, figures(out: 9, acknowledged: 1)) == 30)
    #expect(look(31, figures(out: 8, acknowledged: 2)) == 0)
    #expect(look(50, figures(out: 8, acknowledged: 2)) == 19)
    #expect(look(51, figures(.down, out: 8, acknowledged: 2)) == nil)
    #expect(look(90, figures(out: 8, acknowledged: 2)) == 39)
    #expect(look(91, figures(out: 0, acknowledged: 2)) == 0)
    #expect(look(92, figures(out: nil, acknowledged: 2)) == nil)
  }

  @Test("The age of the last refused frame is known only when one was refused")
  func refused() {
    let watch = StatusWatch()
    watch.note([figures()], now: 0)
    #expect(watch.flow(of: figures(), now: 0).lastRefusedSeconds == nil)
    watch.note([figures(garbage: 1)], now: 5_000)
    watch.note([figures(garbage: 1)], now: 9_000)
    #expect(watch.flow(of: figures(garbage: 1), now: 25_000).lastRefusedSeconds == 20)
    #expect(StatusWatch.refusedFrames(figures(garbage: 1).counters)["garbage"] == 1)
  }
}
