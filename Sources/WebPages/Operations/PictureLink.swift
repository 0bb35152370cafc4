import Mustache

/// A link in the picture.
package struct PictureLink: MustacheParent, Sendable {
  /// `live`, `slow`, `down` or `unknown`; dashed when down, dotted when unknown.
  package var code: String

  /// Start.
  package var x1: Int

  /// Start.
  package var y1: Int

  /// End.
  package var x2: Int

  /// End.
  package var y2: Int

  /// Where its word stands.
  package var labelX: Int

  /// Where its word stands.
  package var labelY: Int

  /// The link in words.
  package var label: String

  /// Where the number of changes that wait at this end stands, and the number; nil when nothing waits.
  package var outX: Int
  package var outY: Int
  package var out: String?

  /// The same for those that wait at the other end.
  package var inX: Int
  package var inY: Int
  package var incoming: String?

  /// Every value the template shows; those with a default may be left out.
  package init(
    code: String, x1: Int, y1: Int, x2: Int, y2: Int, labelX: Int, labelY: Int, label: String,
    outX: Int = 0, outY: Int = 0, out: String? = nil, inX: Int = 0, inY: Int = 0, incoming: String? = nil
  ) {
    self.code = code
    self.x1 = x1
    self.y1 = y1
    self.x2 = x2
    self.y2 = y2
    self.labelX = labelX
    self.labelY = labelY
    self.label = label
    self.outX = outX
    self.outY = outY
    self.out = out
    self.inX = inX
    self.inY = inY
    self.incoming = incoming
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "code": code
    case "x1": x1
    case "y1": y1
    case "x2": x2
    case "y2": y2
    case "labelX": labelX
    case "labelY": labelY
    case "label": label
    case "outX": outX
    case "outY": outY
    case "out": shown(out)
    case "inX": inX
    case "inY": inY
    case "incoming": shown(incoming)
    default: nil
    }
  }
}
