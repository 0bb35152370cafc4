import Mustache
package import Texts

/// The words of the pages in one reader's language: `{{t.queue_all}}` in a template is the key `pages.queue_all`.
package struct Wording: MustacheParent, Sendable {
  /// The reader's language.
  package let language: Language

  private let catalogue: Catalogue

  /// Words from `catalogue` under the prefix `pages.`.
  package init(_ language: Language, catalogue: Catalogue = .embedded) {
    self.language = language
    self.catalogue = catalogue
  }

  /// The sentence `pages.KEY` with its arguments in place; an unknown key shows itself, and a test finds it.
  package func text(_ key: String, _ arguments: [String: String] = [:]) -> String {
    catalogue.text("pages." + key, language: language, arguments: arguments)
  }

  package func child(named name: String) -> Any? {
    text(name)
  }
}
