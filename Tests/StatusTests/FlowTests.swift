import Foundation
import Testing
import Texts

@testable import Status

struct FlowTests {
  /// Lyon in the middle of catching up, with everything known.
  private func catchingUp() -> PeerStatus {
    var peer = livePeer("MAD", name: "Madrid")
    peer.link = .catchingUp
    peer.outOperations = 1_214
    peer.oldestOutSeconds = 1_082
    peer.inOperations = 30
    peer.lagSeconds = 75
    peer.digest = .notComparable
    peer.flow = PeerFlow(
      outPerSecond: 120.4, inPerSecond: 0.5, creditOutBytes: 65_536, creditInBytes: 1_048_576, stalledSeconds: 0)
    return peer
  }

  @Test("The details show both directions of each link, who paused one, and the sites behind others")
  func golden() {
    var paused = downPeer()
    paused.link = .paused
    paused.pause = PauseStatus(console: "LYO", since: ago(1_080))
    var report = wellReport(peers: [catchingUp(), paused])
    report.holdings = [
      HoldingStatus(site: "QUI", name: "Quito", lacksOperations: 12, oldestSeconds: 90),
      HoldingStatus(site: "LIM", lacksOperations: 0), HoldingStatus(site: "SUR"),
    ]
    report.peers[1].site = "BOG"
    report.peers[1].name = "Bogotá"
    let text = StatusText.render(report, format: english, options: StatusTextOptions(showsDetail: true))
    let expected = """
      DIRECTION   WAITS  OLDEST    RATE    LEFT     CREDIT   STILL  STATE
      to BOG        214  18m02s       -       ?          -       -  ?
      from BOG        ?       ?       -       ?          -
      to MAD      1,214  18m02s   120/s     10s     64 KiB       -  not comparable
      from MAD       30   1m15s   0.5/s   1m00s    1.0 MiB

      BOG paused by the console of LYO, today 11:47
      QUI Quito lacks 12 changes we hold
      LIM holds everything we hold
      SUR has not said what it holds of ours
      only here: 0 changes
      store: database 8.5 MiB, log 39 KiB, 50 GiB free, last backup today 11:05
      state digest: ab12

      """
    #expect(text.hasSuffix("\n\n" + expected), "\(text)")
  }

  @Test("Without details nothing of it is drawn, and with them no line but the sentences is wider than 80 columns")
  func narrow() {
    let report = wellReport(peers: [catchingUp(), downPeer()])
    let plain = StatusText.render(report, format: english, options: StatusTextOptions(width: 80))
    #expect(!plain.contains("DIRECTION"))
    for format in [english, spanish] {
      let options = StatusTextOptions(width: 80, showsDetail: true)
      let text = StatusText.render(report, format: format, options: options)
      for line in text.split(separator: "\n").dropFirst() { #expect(line.count <= 80, "\(line)") }
    }
  }

  @Test("The time left is what waits divided by the rate; nothing left is 0, no rate or no link is unknown")
  func secondsLeft() {
    var peer = catchingUp()
    #expect(peer.outSecondsLeft.map { Int($0) } == 10 && peer.inSecondsLeft == 60)
    peer.flow?.outPerSecond = 0
    #expect(peer.outSecondsLeft == nil)
    peer.outOperations = 0
    #expect(peer.outSecondsLeft == 0)
    peer.inOperations = nil
    #expect(peer.inSecondsLeft == nil)
    peer.inOperations = 5
    peer.link = .down
    #expect(peer.inSecondsLeft == nil)
    peer.link = .live
    peer.flow?.inPerSecond = .nan
    #expect(peer.inSecondsLeft == nil)
  }

  @Test("A reader counts as frozen after more than a minute, and then not as slow as well")
  func frozen() {
    var peer = catchingUp()
    peer.flow?.stalledSeconds = 60
    #expect(wellReport(peers: [peer]).findings().map(\.kind) == [.catchingUp])
    peer.flow?.stalledSeconds = 61
    #expect(wellReport(peers: [peer]).findings().map(\.kind) == [.readerFrozen])
  }

  @Test("Refused frames are a finding while they are fresh, with their reasons; the counts stay in the JSON")
  func refused() throws {
    var peer = livePeer()
    peer.refusedFrames = ["garbage": 3, "gap": 0]
    peer.lastRefusedFrameSeconds = 600
    let finding = try #require(wellReport(peers: [peer]).findings().first)
    #expect(finding.kind == .framesRefused && finding.message(english).contains("(garbage 3)"))
    peer.lastRefusedFrameSeconds = 601
    #expect(wellReport(peers: [peer]).findings() == [])
    #expect(StatusJSON.render(wellReport(peers: [peer]), format: english).contains("\"garbage\":3"))
  }

  @Test("A new incarnation is told for a week, and as long as it has not synchronised")
  func incarnation() {
    func kinds(_ age: Int64, isSettled: Bool) -> [FindingKind] {
      var report = wellReport()
      report.identity = IdentityStatus(newIncarnationSince: ago(age), isSettled: isSettled)
      return report.findings().map(\.kind)
    }
    #expect(kinds(7 * 86_400, isSettled: true) == [.newIncarnation])
    #expect(kinds(7 * 86_400 + 1, isSettled: true) == [])
    #expect(kinds(400 * 86_400, isSettled: false) == [.newIncarnation])
  }

  @Test("Who paused a link is said in the reader's language")
  func pauses() throws {
    var peer = downPeer()
    peer.link = .paused
    peer.pause = PauseStatus(console: "LYO", since: ago(60))
    let finding = try #require(wellReport(peers: [peer]).findings().first)
    #expect(finding.message(english).hasPrefix("The link to MAD Madrid was paused by the console of LYO, today 12:04."))
    #expect(finding.message(spanish).contains("la consola de LYO"))
  }
}
