import Mustache

/// The course of an index over the parts of a period; parts without a figure are gaps. Units of 176 by 48.
package struct Sparkline: MustacheParent, Sendable {
  /// The course in words.
  package var label: String
  private let path: String
  private let endX: Int?
  private let endY: Int?
  private let bandY: Int
  private let bandHeight: Int

  /// Indexes in thousandths, the earliest first.
  package init(label: String, perMille: [Int64?], evenPerMille: ClosedRange<Int64>) {
    self.label = label
    let steps = max(1, perMille.count - 1)
    let points = perMille.enumerated().map { index, value in
      value.map { (x: 8 + 160 * index / steps, y: Self.height($0)) }
    }
    path = Self.path(points)
    let end = points.last { $0 != nil } ?? nil
    endX = end?.x
    endY = end?.y
    bandY = Self.height(evenPerMille.upperBound)
    bandHeight = Self.height(evenPerMille.lowerBound) - bandY
  }

  /// Two doublings up and down; what lies beyond is drawn at the edge.
  private static func height(_ perMille: Int64) -> Int {
    24 - Int((min(2, max(-2, IndexScale.doublings(perMille))) * 10).rounded())
  }

  private static func path(_ points: [(x: Int, y: Int)?]) -> String {
    var path = ""
    var isDown = false
    for (index, point) in points.enumerated() {
      guard let point else {
        isDown = false
        continue
      }
      let hasNext = index + 1 < points.count && points[index + 1] != nil
      // A lone point would not be seen as a line of no length.
      path += isDown ? "L\(point.x) \(point.y)" : hasNext ? "M\(point.x) \(point.y)" : "M\(point.x - 2) \(point.y)h4"
      isDown = true
    }
    return path
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "label": label
    case "path": path
    case "hasEnd": endX != nil
    case "endX": shown(endX)
    case "endY": shown(endY)
    case "bandY": bandY
    case "bandHeight": bandHeight
    default: nil
    }
  }
}
