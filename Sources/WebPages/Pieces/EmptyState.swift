import Mustache

/// What a list says when it has no rows: that this is fine or not, and the next act.
package struct EmptyState: MustacheParent, Sendable {
  /// Such as "Queue clear."
  package var title: String

  /// Such as "Next due 14:10."
  package var text: String

  /// The next act, such as "Help Lyon (6)".
  package var link: PageLink?

  /// Name of a symbol; `search` where a search found nothing.
  package var icon: String

  /// Every value the template shows; those with a default may be left out.
  package init(title: String, text: String, link: PageLink? = nil, icon: String = "status-resolved") {
    self.title = title
    self.text = text
    self.link = link
    self.icon = icon
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "title": title
    case "text": text
    case "link": shown(link)
    case "icon": icon
    default: nil
    }
  }
}
