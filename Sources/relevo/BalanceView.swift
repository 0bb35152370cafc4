import Texts

/// The answer of `/api/v1/balance`.
struct BalanceView: Decodable {
  struct Site: Decodable {
    var site: String?
    var name: String?
    var waiting: Int64
    var onShift: Int64
    var capacity: Int64
    var assigned: Int64
    var expectedWaitSeconds: Int64?
    var link: String
    var currentAt: String?
  }

  struct Service: Decodable {
    struct Line: Decodable {
      var site: String?
      var remote: Bool
      var count: Int64
      var waiting: Int64
      var indexMedian: Double?
      var indexP90: Double?
      var standing: String
    }
    var sites: [Line]
    var jain: Double?
  }

  var sites: [Site]
  var service: Service

  /// One line a site, the ones that stand out first as the report has them.
  func text(_ format: ReaderFormat, width: Int?) -> String {
    let lines = Dictionary(service.sites.map { ($0.site ?? "", $0) }, uniquingKeysWith: { first, _ in first })
    let order = Dictionary(
      service.sites.enumerated().map { ($1.site ?? "", $0) }, uniquingKeysWith: { first, _ in first })
    var table = TextTable([
      .init("SITE"), .init("INDEX", isRight: true), .init("P90", isRight: true), .init("N", isRight: true),
      .init("SERVICE"), .init("WAITING", isRight: true), .init("ON SHIFT", isRight: true),
      .init("TAKEN", isRight: true), .init("WAIT NOW", isRight: true), .init("LINK"), .init("KNOWN"),
    ])
    for site in sites.sorted(by: { order[$0.site ?? "?"] ?? .max < order[$1.site ?? "?"] ?? .max }) {
      let line = lines[site.site ?? "?"]
      table.add([
        site.site ?? "?", Self.index(line?.indexMedian), Self.index(line?.indexP90), String(line?.count ?? 0),
        Self.words[line?.standing ?? "unmeasured"] ?? "?", String(site.waiting), String(site.onShift),
        "\(site.assigned)/\(site.capacity)",
        site.expectedWaitSeconds.map { format.duration(seconds: $0) } ?? "?", site.link,
        site.currentAt == nil ? "never" : Terminal.moment(site.currentAt, format),
      ])
    }
    if let remote = service.sites.first(where: \.remote) {
      table.add([
        "remote", Self.index(remote.indexMedian), Self.index(remote.indexP90), String(remote.count),
        Self.words[remote.standing] ?? "?", String(remote.waiting), "", "", "", "", "",
      ])
    }
    let jain = service.jain.map { "Jain's index over the sites: \(Self.index($0)) (1 is equal).\n" } ?? ""
    return table.text(width: width) + jain
  }

  private static let words = [
    "even": "equal", "slower": "SLOWER", "faster": "faster", "too_few": "too few", "unmeasured": "?",
  ]

  private static func index(_ value: Double?) -> String {
    guard let value, value.isFinite, value < 1_000_000 else { return "?" }
    let hundredths = Int64((value * 100).rounded())
    return "\(hundredths / 100).\(String(100 + hundredths % 100).dropFirst())"
  }
}

/// The answer of `/api/v1/balance/move`.
struct MovesView: Decodable {
  struct Item: Decodable {
    var ticket: String
    var outcome: String
    var reason: String?
  }
  var to: String
  var moved: Int
  var items: [Item]

  var text: String {
    if items.isEmpty { return "Nothing waits there, so there was nothing to move.\n" }
    let lines = items.map { $0.outcome == "moved" ? "\($0.ticket): moved\n" : "\($0.ticket): \($0.reason ?? "?")\n" }
    return lines.joined() + "\(moved) of \(items.count) are with \(to) now.\n"
  }
}

/// The answer of `/api/v1/balance/dry-run`.
struct TrialView: Decodable {
  struct Result: Decodable {
    var meanWaitSeconds: Int64?
    var toOtherSites: Int64?
    var unserved: Int64?
    var jain: Double?
  }
  struct Site: Decodable {
    var site: String?
    var count: Int64
    var medianSecondsBefore: Int64?
    var medianSecondsAfter: Int64
    var p90SecondsBefore: Int64?
    var p90SecondsAfter: Int64
  }
  var tickets: Int64
  var present: Result
  var proposed: Result
  var sites: [Site]

  func text(_ format: ReaderFormat, width: Int?) -> String {
    guard tickets > 0 else {
      return "Nothing was opened last week, or nobody takes work: there is nothing to try it on.\n"
    }
    func wait(_ seconds: Int64?) -> String { seconds.map { format.duration(seconds: $0) } ?? "?" }
    func count(_ value: Int64?) -> String { value.map { String($0) } ?? "?" }
    var table = TextTable([
      .init("SITE"), .init("N", isRight: true), .init("MEDIAN", isRight: true), .init("->", isRight: true),
      .init("P90", isRight: true), .init("->", isRight: true),
    ])
    for site in sites {
      table.add([
        site.site ?? "?", String(site.count), wait(site.medianSecondsBefore), wait(site.medianSecondsAfter),
        wait(site.p90SecondsBefore), wait(site.p90SecondsAfter),
      ])
    }
    return table.text(width: width)
      + """
      Tried on \(tickets) tickets of the last seven days. Mean wait \(wait(present.meanWaitSeconds)) -> \
      \(wait(proposed.meanWaitSeconds)); to other sites \(count(present.toOtherSites)) -> \
      \(count(proposed.toOtherSites)); never begun \(count(present.unserved)) -> \(count(proposed.unserved)).
      Nothing was changed.

      """
  }
}
