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

  /// Baseline of the name under the circle.
  package var labelY: Int

  /// Every value the template shows; those with a default may be left out.
  package init(code: String, name: String, tint: Int, isHere: Bool, x: Int, y: Int, labelY: Int) {
    self.code = code
    self.name = name
    self.tint = tint
    self.isHere = isHere
    self.x = x
    self.y = y
    self.labelY = labelY
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "code": code
    case "name": name
    case "tint": tint
    case "isHere": isHere
    case "x": x
    case "y": y
    case "labelY": labelY
    default: nil
    }
  }
}
