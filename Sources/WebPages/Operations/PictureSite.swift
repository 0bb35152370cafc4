import Mustache

/// A site in the picture of sites and links; coordinates in the picture's own 480 by 240 units.
package struct PictureSite: MustacheParent, Sendable {
  /// Site code.
  package var code: String

  /// Display name.
  package var name: String

  /// As in `SiteChip`.
  package var tint: Int

  /// True for the node that answers.
  package var isHere: Bool

  /// Centre, from the left.
  package var x: Int

  /// Centre, from the top.
  package var y: Int

  /// Where the name begins, ends or has its middle, see `anchor`.
  package var labelX: Int

  /// Baseline of the name.
  package var labelY: Int

  /// `start`, `end` or `middle`.
  package var anchor: String

  /// Every value the template shows; those with a default may be left out.
  package init(
    code: String, name: String, tint: Int, isHere: Bool, x: Int, y: Int, labelX: Int, labelY: Int, anchor: String
  ) {
    self.code = code
    self.name = name
    self.tint = tint
    self.isHere = isHere
    self.x = x
    self.y = y
    self.labelX = labelX
    self.labelY = labelY
    self.anchor = anchor
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "code": code
    case "name": self.name
    case "tint": tint
    case "isHere": isHere
    case "x": x
    case "y": y
    case "labelX": labelX
    case "labelY": labelY
    case "anchor": anchor
    default: nil
    }
  }
}
