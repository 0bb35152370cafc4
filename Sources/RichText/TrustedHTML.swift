/// HTML that may be put into a page unescaped: it was made by this module from an allow-list, never copied from a person.
///
/// Nothing outside this module can construct one, so a template that prints a `TrustedHTML` cannot print hostile markup.
package struct TrustedHTML: Sendable, Hashable, CustomStringConvertible {
  /// The markup itself, well-formed and without scripts, styles, event attributes or foreign images.
  package let html: String

  /// True when there is nothing to show.
  package var isEmpty: Bool { html.isEmpty }

  package var description: String { html }

  /// Nothing at all.
  package static let empty = TrustedHTML(made: "")

  /// Internal on purpose: only the functions of this module vouch for markup.
  init(made html: String) {
    self.html = html
  }

  /// Both pieces, one after the other.
  package static func + (first: TrustedHTML, second: TrustedHTML) -> TrustedHTML {
    TrustedHTML(made: first.html + second.html)
  }
}
