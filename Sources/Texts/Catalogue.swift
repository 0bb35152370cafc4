/// Every sentence people read, by meaning (`status.link_down.cause`) and language.
///
/// Sentences follow the syntax documented at `MessageTemplate`: `{site}`, `{count} {count|change|changes}`.
package struct Catalogue: Sendable {
  private let templates: [Language: [String: MessageTemplate]]

  /// Throws the first sentence (in order of keys) that cannot be read, with its key and the reason.
  package init(english: [String: String], spanish: [String: String]) throws(CatalogueDefect) {
    templates = [
      .english: try Self.read(english, language: .english),
      .spanish: try Self.read(spanish, language: .spanish),
    ]
  }

  /// The translations compiled into this program, read at first use.
  ///
  /// They are part of the program, so a defect in them stops it with the place; a test reads them before anybody does.
  package static let embedded: Catalogue = {
    do {
      return try Catalogue(
        english: TranslationFile.parse(PackageResources.en_json),
        spanish: TranslationFile.parse(PackageResources.es_json)
      )
    } catch {
      preconditionFailure("Embedded translations cannot be read: \(error)")
    }
  }()

  /// The sentence for a key with its arguments in place.
  ///
  /// A key missing from the language is answered in English, one that nobody wrote by the key itself: visible to
  /// whoever tests the page, and never a crash in front of a customer.
  package func text(_ key: String, language: Language, arguments: [String: String] = [:]) -> String {
    guard let template = templates[language]?[key] ?? templates[.english]?[key] else { return key }
    return template.filled(arguments)
  }

  /// Whether the language itself has the key, without falling back to English.
  package func contains(_ key: String, language: Language) -> Bool {
    templates[language]?[key] != nil
  }

  /// All keys of a language, sorted by their bytes.
  package func keys(language: Language) -> [String] {
    (templates[language] ?? [:]).keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The arguments a sentence needs; nil when the language does not have the key.
  package func placeholders(of key: String, language: Language) -> Set<String>? {
    templates[language]?[key]?.placeholders
  }

  private static func read(
    _ sentences: [String: String], language: Language
  ) throws(CatalogueDefect) -> [String: MessageTemplate] {
    var templates: [String: MessageTemplate] = [:]
    templates.reserveCapacity(sentences.count)
    for (key, sentence) in sentences.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      do {
        templates[key] = try MessageTemplate(sentence)
      } catch {
        throw CatalogueDefect(language: language, key: key, reason: error)
      }
    }
    return templates
  }
}

/// A sentence of a translation file that cannot be read.
package struct CatalogueDefect: Error, Equatable, CustomStringConvertible {
  package let language: Language
  package let key: String
  package let reason: MessageTemplateDefect

  package var description: String { "\(language.rawValue).json, “\(key)”: \(reason)" }
}
