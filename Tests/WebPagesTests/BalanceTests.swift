import Testing
import Texts

@testable import WebPages

@Suite("Balance and equal service: pictures and words")
struct BalanceTests {
  private let english = ReaderFormat(language: .english, zone: .utc, nowMilliseconds: 0)
  private let spanish = ReaderFormat(language: .spanish, zone: .utc, nowMilliseconds: 0)

  @Test("Twice as long is as far from the middle as half as long, and what lies beyond points there")
  func scale() {
    func place(_ perMille: Int64) -> Int { IndexScale.place(perMille, from: 30, width: 660).at }
    #expect(place(1000) == 360)
    #expect(place(2000) == 470 && place(500) == 250)
    #expect(place(4000) == 580 && place(250) == 140)
    #expect(place(8000) == 690 && place(125) == 30)
    #expect(IndexScale.place(8001, from: 30, width: 660).edge == 1)
    #expect(IndexScale.place(124, from: 30, width: 660).edge == -1)
    #expect(IndexScale.place(0, from: 30, width: 660).at == 30)
    #expect(IndexScale.place(.max, from: 30, width: 660).at == 690)
    #expect((1...4000).allSatisfy { place($0) <= place($0 + 1) })
  }

  @Test("An index is written with as many digits as it can bear, in the reader's language")
  func indexText() {
    #expect(IndexScale.text(1_000, english) == "1.00")
    #expect(IndexScale.text(1_254, spanish) == "1,25")
    #expect(IndexScale.text(64, english) == "0.06")
    #expect(IndexScale.text(12_345, english) == "12.3")
    #expect(IndexScale.text(1_000_000, english) == "1,000")
  }

  @Test("A plot draws the median full and the 90th percentile as a ring, joined; without figures neither")
  func plot() throws {
    let page = try #require(PageTests.fixtures.first { $0.name == "service" }).html
    #expect(page.contains("class=\"plot-median\"") && page.contains("class=\"plot-p90\""))
    #expect(page.contains("class=\"plot-span\""))
    let empty = IndexPlot(code: "unmeasured", label: "", evenPerMille: 800...1250, median: nil)
    #expect(empty.child(named: "span") is Absent)
    let band = try #require(empty.child(named: "bandX") as? Int)
    #expect(band > 310 && band < 360)
  }

  @Test("A trend leaves a gap where nothing was measured, and a lone point is still seen")
  func trend() {
    let line = Sparkline(
      label: "", perMille: [1_000, nil, 2_000, 500, nil, nil, nil, 1_000], evenPerMille: 800...1250)
    #expect(line.child(named: "path") as? String == "M6 24h4M53 14L76 34M166 24h4")
    #expect(line.child(named: "endX") as? Int == 168)
    let none = Sparkline(label: "", perMille: [nil, nil], evenPerMille: 800...1250)
    #expect(none.child(named: "hasEnd") as? Bool == false)
    let one = Sparkline(label: "", perMille: [1_000], evenPerMille: 800...1250)
    #expect(one.child(named: "path") as? String == "M6 24h4")
  }

  @Test("The first sentence is the verdict; fifty sites and a long name are all there")
  func pages() throws {
    let fixtures = PageTests.fixtures
    let fifty = try #require(fixtures.first { $0.name == "balance-50" })
    #expect(fifty.html.ranges(of: "<th scope=\"row\">").count == 50)
    let fiftyReport = try #require(fixtures.first { $0.name == "service-50" })
    #expect(fiftyReport.html.ranges(of: "class=\"plot ").count == 50)
    let one = try #require(fixtures.first { $0.name == "balance-one" })
    #expect(!one.html.contains("action=\"/balance/move\""))
    let empty = try #require(fixtures.first { $0.name == "balance-empty" })
    #expect(empty.html.contains("Nothing has been measured") && !empty.html.contains("<table"))
    let moved = try #require(fixtures.first { $0.name == "balance-moved" })
    #expect(moved.html.contains("LYO-9: &lt;script&gt;"))
    #expect(moved.html.contains("formaction=\"/balance/dry-run\""))
  }

  @Test("Leads and administrators find the balance in their navigation, agents do not")
  func navigation() throws {
    let fixtures = PageTests.fixtures
    let lead = try #require(fixtures.first { $0.name == "balance-one" })
    #expect(lead.html.contains("<a href=\"/balance\" aria-current=\"page\""))
    let agent = try #require(fixtures.first { $0.name == "queue-clear" })
    #expect(!agent.html.contains("href=\"/balance\""))
  }
}
