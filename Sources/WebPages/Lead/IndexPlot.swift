import Mustache

/// A site's service on one line: the even range as a band, the median as a full dot, the 90th percentile as a ring.
///
/// Drawn in units of 720 by 72; the middle is equal, each of the three steps to either side a doubling.
package struct IndexPlot: MustacheParent, Sendable {
  private static let start = 30
  private static let width = 660

  /// `even`, `slower`, `faster`, `too_few` or `unmeasured`; chooses colour and shape.
  package var code: String
  /// The picture in words.
  package var label: String
  private let bandX: Int
  private let bandWidth: Int
  private let median: PlotMark?
  private let p90: PlotMark?
  private let before: PlotMark?

  /// Indexes in thousandths; `before` is the median of the period it is compared with.
  package init(
    code: String, label: String, evenPerMille: ClosedRange<Int64>, median: Int64?, p90: Int64? = nil,
    before: Int64? = nil
  ) {
    self.code = code
    self.label = label
    bandX = IndexScale.place(evenPerMille.lowerBound, from: Self.start, width: Self.width).at
    bandWidth = IndexScale.place(evenPerMille.upperBound, from: Self.start, width: Self.width).at - bandX
    func mark(_ value: Int64?) -> PlotMark? {
      value.map { PlotMark(IndexScale.place($0, from: Self.start, width: Self.width)) }
    }
    self.median = mark(median)
    self.p90 = mark(p90)
    self.before = mark(before)
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "code": code
    case "label": label
    case "bandX": bandX
    case "bandWidth": bandWidth
    case "median": shown(median)
    case "p90": shown(p90)
    case "before": shown(before)
    case "span": shown(span)
    default: nil
    }
  }

  /// From the one mark to the other.
  private var span: String? {
    guard let median, let other = p90 ?? before else { return nil }
    return "M\(min(median.x, other.x)) 36H\(max(median.x, other.x))"
  }
}

/// A mark of a plot; beyond the picture it is a triangle that points there.
struct PlotMark: MustacheParent, Sendable {
  let x: Int
  private let edge: Int

  init(_ place: (at: Int, edge: Int)) {
    x = place.at
    edge = place.edge
  }

  func child(named name: String) -> Any? {
    switch name {
    case "x": x
    case "edge": edge
    case "isInside": edge == 0
    case "isRight": edge > 0
    case "isLeft": edge < 0
    default: nil
    }
  }
}
