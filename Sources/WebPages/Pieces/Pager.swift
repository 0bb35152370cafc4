import Mustache

/// Where a long list goes on; lists are read with a cursor, so there are no page numbers.
package struct Pager: MustacheParent, Sendable {
  /// Back towards the beginning.
  package var newer: PageLink?

  /// On to the next rows.
  package var older: PageLink?

  /// Every value the template shows; those with a default may be left out.
  package init(newer: PageLink? = nil, older: PageLink? = nil) {
    self.newer = newer
    self.older = older
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "newer": shown(newer)
    case "older": shown(older)
    default: nil
    }
  }
}
