import Mustache

/// A site as pages show it: its code in its own stable tint; the name is read out and shown on hover.
package struct SiteChip: MustacheParent, Sendable {
  /// Short upper-case code, such as `LYO`.
  package var code: String

  /// Display name, such as "Lyon".
  package var name: String

  /// 0 to 7, the colour pair of the stylesheet; `SiteChip(code:name:)` derives it from the code, equal everywhere.
  package var tint: Int

  /// Every value the template shows; those with a default may be left out.
  package init(code: String, name: String, tint: Int) {
    self.code = code
    self.name = name
    self.tint = tint
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "code": code
    case "name": self.name
    case "tint": tint
    default: nil
    }
  }
}
