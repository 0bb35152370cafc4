import Testing

@testable import Texts

struct CatalogueTests {
  @Test("Both languages have the same keys")
  func equalKeys() {
    let english = Set(Catalogue.embedded.keys(language: .english))
    let spanish = Set(Catalogue.embedded.keys(language: .spanish))
    #expect(english.subtracting(spanish).sorted() == [], "missing in es.json")
    #expect(spanish.subtracting(english).sorted() == [], "missing in en.json")
    #expect(!english.isEmpty)
  }

  @Test("A sentence needs the same arguments in both languages")
  func equalPlaceholders() {
    let catalogue = Catalogue.embedded
    for key in catalogue.keys(language: .english) {
      #expect(
        catalogue.placeholders(of: key, language: .english) == catalogue.placeholders(of: key, language: .spanish),
        "\(key)")
    }
  }

  @Test("No text is empty or only space")
  func noEmptyText() {
    for language in Language.allCases {
      for key in Catalogue.embedded.keys(language: language) where !key.hasPrefix("list.") {
        let text = Catalogue.embedded.text(key, language: language)
        #expect(text.contains { $0 != " " && $0 != "\n" }, "\(language.rawValue) \(key)")
      }
    }
  }

  @Test("Translation files are sorted by key, one key per line")
  func sortedFiles() {
    for bytes in [PackageResources.en_json, PackageResources.es_json] {
      let keys = bytes.split(separator: UInt8(ascii: "\n")).dropFirst().dropLast().map { line in
        line.drop { $0 != UInt8(ascii: "\"") }.dropFirst().prefix { $0 != UInt8(ascii: "\"") }
      }
      for (earlier, later) in zip(keys, keys.dropFirst()) {
        #expect(
          earlier.lexicographicallyPrecedes(later),
          "\(String(decoding: earlier, as: UTF8.self)) before \(String(decoding: later, as: UTF8.self))")
      }
    }
  }

  @Test("Named arguments are put in place; one that is missing stays visible")
  func arguments() throws {
    let catalogue = try Catalogue(english: ["a": "{site} calls {site}, {{really}}, {when}"], spanish: [:])
    #expect(catalogue.text("a", language: .english, arguments: ["site": "Lyon"]) == "Lyon calls Lyon, {really}, {when}")
    #expect(catalogue.placeholders(of: "a", language: .english) == ["site", "when"])
  }

  @Test("A plural takes the first form for exactly one")
  func plurals() throws {
    let catalogue = try Catalogue(
      english: [:], spanish: ["a": "{count} {count|cambio espera|cambios esperan} aquí"])
    func text(_ count: String) -> String { catalogue.text("a", language: .spanish, arguments: ["count": count]) }
    #expect(text("0") == "0 cambios esperan aquí")
    #expect(text("1") == "1 cambio espera aquí")
    #expect(text("2") == "2 cambios esperan aquí")
    #expect(text("21") == "21 cambios esperan aquí")
    #expect(text("1.000") == "1.000 cambios esperan aquí")
  }

  @Test("A key missing in Spanish is answered in English, an unknown key by itself")
  func fallback() throws {
    let catalogue = try Catalogue(english: ["a": "hello"], spanish: [:])
    #expect(catalogue.text("a", language: .spanish) == "hello")
    #expect(catalogue.text("b", language: .spanish) == "b")
    #expect(!catalogue.contains("a", language: .spanish))
  }

  @Test(
    "A sentence that cannot be read names its key and the reason",
    arguments: [
      ("{site", MessageTemplateDefect.unclosedBrace), ("site}", .strayClosingBrace), ("{Site}", .badName("Site")),
      ("{}", .badName("")), ("{n|one}", .wrongNumberOfForms("n")), ("{n|a|b|c}", .wrongNumberOfForms("n")),
    ])
  func badSentence(source: String, reason: MessageTemplateDefect) {
    #expect(throws: CatalogueDefect(language: .spanish, key: "k", reason: reason)) {
      try Catalogue(english: [:], spanish: ["k": source])
    }
  }
}

struct TranslationFileTests {
  @Test("Escapes, surrogate pairs and empty objects are read")
  func reads() throws {
    #expect(try TranslationFile.parse(Array("{}".utf8)) == [:])
    let source = #" { "a" : "x\n\t\"\\\/\u00f1\ud83d\ude00" , "b":"ñ" } "#
    #expect(try TranslationFile.parse(Array(source.utf8)) == ["a": "x\n\t\"\\/ñ😀", "b": "ñ"])
  }

  @Test(
    "A broken file is refused with line and column",
    arguments: [
      ("", 1, 1, TranslationFileDefect.Reason.expected("“{”")),
      ("{\n  \"a\": 1\n}", 2, 8, .expected("a text in double quotes")),
      ("{\n  \"a\": \"x\",\n}", 3, 1, .expected("a key in double quotes")),
      ("{\n  \"a\": \"x\"\n  \"b\": \"y\"\n}", 3, 3, .expected("“,” or “}” after the text")),
      ("{\"a\" \"b\"}", 1, 6, .expected("“:” after the key")),
      ("{\n\"a\": \"x\",\n\"a\": \"y\"}", 3, 1, .repeatedKey("a")),
      ("{\"a\": \"x\ny\"}", 1, 9, .controlCharacter),
      ("{\"a\": \"x", 1, 9, .expected("“\"” at the end of the text")),
      ("{\"a\": \"\\q\"}", 1, 8, .badEscape),
      ("{\"a\": \"\\u12\"}", 1, 8, .badEscape),
      ("{\"a\": \"\\ud83d!\"}", 1, 8, .loneSurrogate),
      ("{\"a\": \"\\ud83d\\u0041\"}", 1, 8, .loneSurrogate),
      ("{\"a\": \"\\ude00\"}", 1, 8, .loneSurrogate),
      ("{\"a\": \"x\"} {", 1, 12, .textAfterEnd),
    ])
  func refuses(source: String, line: Int, column: Int, reason: TranslationFileDefect.Reason) {
    #expect(throws: TranslationFileDefect(line: line, column: column, reason: reason)) {
      try TranslationFile.parse(Array(source.utf8))
    }
  }

  @Test("Bytes that are not UTF-8 are refused where their text begins")
  func refusesOtherEncodings() {
    #expect(throws: TranslationFileDefect(line: 1, column: 7, reason: .notUTF8)) {
      try TranslationFile.parse(Array("{\"a\": \"".utf8) + [0xF1] + Array("\"}".utf8))
    }
  }

  @Test("A defect reads as line, column and message")
  func description() {
    let defect = TranslationFileDefect(line: 3, column: 1, reason: .repeatedKey("a"))
    #expect(defect.description == "3:1: the key “a” occurs a second time; remove one of the two")
  }
}

struct LanguageTests {
  @Test(
    "A browser's header chooses the language",
    arguments: [
      ("es-CO,es;q=0.9,en;q=0.8", Language.spanish), ("en;q=0.3, es;q=0.25", .english), ("fr, es;q=0.1", .spanish),
      ("es;q=0, en;q=0.001", .english), ("fr-FR", nil), ("", nil), ("*", nil), ("es;q=banana", nil),
    ] as [(String, Language?)])
  func header(header: String, expected: Language?) {
    #expect(Language.preferred(acceptLanguage: header) == expected)
  }

  @Test("A locale of the system chooses the language")
  func locale() {
    #expect(Language(tag: "es_ES.UTF-8") == .spanish)
    #expect(Language(tag: "EN") == .english)
    #expect(Language(tag: "C.UTF-8") == nil)
    #expect(Language(tag: "est") == nil)
  }
}
