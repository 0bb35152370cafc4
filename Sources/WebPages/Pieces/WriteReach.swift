import Mustache

/// How far a write has travelled: saved here, acknowledged elsewhere, or waiting for a link.
package struct WriteReach: MustacheParent, Sendable {
  /// `stream:sequence` of the operation; live events with the same write replace the text.
  package var write: String

  /// `saved`, `reached`, `everywhere` or `waiting`; chooses the shape.
  package var code: String

  /// Such as "saved in LYO", "reached MAD · on 2 of 3 sites" or "waiting for the link to MAD"; see `Wording.reach`.
  package var text: String

  /// Every value the template shows; those with a default may be left out.
  package init(write: String, code: String, text: String) {
    self.write = write
    self.code = code
    self.text = text
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "write": write
    case "code": code
    case "text": text
    default: nil
    }
  }
}
