import Mustache

/// Where a long list goes on, whatever it is sorted by; most are read with a cursor, so there are no page numbers.
package struct Pager: MustacheParent, Sendable {
  /// Back towards the beginning.
  package var previous: PageLink?

  /// On to the next rows.
  package var next: PageLink?

  /// Every value the template shows; those with a default may be left out.
  package init(previous: PageLink? = nil, next: PageLink? = nil) {
    self.previous = previous
    self.next = next
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "previous": shown(previous)
    case "next": shown(next)
    default: nil
    }
  }
}
