import Testing
import WebPages

@Suite("Looks: contrast and weight")
struct LooksTests {
  private typealias Tokens = [String: (red: Double, green: Double, blue: Double)]

  private static let css = String(decoding: Asset.stylesheet.bytes, as: UTF8.self)

  private static func tokens(_ block: Substring) -> Tokens {
    var tokens: Tokens = [:]
    for match in block.matches(of: /--([a-z0-9-]+): #([0-9a-f]{6});/) {
      guard let value = Int(match.output.2, radix: 16) else { continue }
      tokens[String(match.output.1)] = (
        Double(value >> 16) / 255, Double((value >> 8) & 255) / 255, Double(value & 255) / 255
      )
    }
    return tokens
  }

  private static var themes: [(name: String, tokens: Tokens)] {
    let parts = css.split(separator: "@media (prefers-color-scheme: dark)", maxSplits: 1)
    let light = tokens(parts[0])
    let dark = parts[1].prefix { $0 != "/" }
    return [("light", light), ("dark", light.merging(tokens(dark)) { $1 })]
  }

  /// Relative luminance and contrast ratio of WCAG 2.2.
  private static func contrast(_ first: String, _ second: String, _ tokens: Tokens) throws -> Double {
    func luminance(_ name: String) throws -> Double {
      let colour = try #require(tokens[name], "\(name)")
      func linear(_ value: Double) -> Double {
        guard value > 0.04045 else { return value / 12.92 }
        // Powers without Foundation: x^2.4 = x^2 · x^0.4, and x^0.4 by Newton's method on y^5 = x^2.
        let base = (value + 0.055) / 1.055
        var root = 1.0
        for _ in 0..<60 { root = (4 * root + base * base / (root * root * root * root)) / 5 }
        return base * base * root
      }
      return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue)
    }
    let (one, two) = (try luminance(first), try luminance(second))
    return (max(one, two) + 0.05) / (min(one, two) + 0.05)
  }

  @Test("Text has a contrast of at least 4.5 to 1 on everything it stands on, in both themes")
  func text() throws {
    var pairs: [(String, String)] = []
    for ground in [
      "page", "side", "surface", "hover", "accent-soft", "amber-soft", "red-soft", "green-soft", "blue-soft", "note",
    ] {
      pairs += [("text", ground), ("soft", ground)]
    }
    for colour in ["accent", "amber", "red", "green", "blue"] {
      pairs += [(colour, "page"), (colour, "surface"), (colour, "hover"), (colour, "side"), (colour, "accent-soft")]
    }
    pairs += [
      ("amber", "amber-soft"), ("red", "red-soft"), ("green", "green-soft"), ("blue", "blue-soft"), ("amber", "note"),
    ]
    pairs += [("on-accent", "accent"), ("on-accent", "accent-over"), ("on-note-deep", "note-deep")]
    for tint in 0..<8 { pairs.append(("tint-\(tint)", "tint-\(tint)-soft")) }
    for theme in Self.themes {
      for (text, ground) in pairs {
        let ratio = try Self.contrast(text, ground, theme.tokens)
        #expect(ratio >= 4.5, "\(theme.name): \(text) on \(ground) is \(ratio)")
      }
    }
  }

  @Test("Edges of controls and the focus ring have a contrast of at least 3 to 1")
  func edges() throws {
    for theme in Self.themes {
      for ground in ["page", "surface", "side"] {
        for edge in ["edge", "accent"] {
          let ratio = try Self.contrast(edge, ground, theme.tokens)
          #expect(ratio >= 3, "\(theme.name): \(edge) on \(ground) is \(ratio)")
        }
      }
    }
  }

  @Test("Colours are written once, as tokens")
  func tokensOnly() {
    let rules = Self.css.split(separator: "/* Ground */", maxSplits: 1)[1]
    let colours = rules.matches(of: /#[0-9a-f]{3,6}\b/).map { String($0.output) }
    #expect(colours.isEmpty, "\(colours)")
  }

  @Test("The script and the style sheet stay small: compressed, which takes over half away, at most 20 KB each")
  func weight() {
    #expect(Asset.script.bytes.count <= 40 * 1024)
    #expect(Asset.stylesheet.bytes.count <= 64 * 1024)
    #expect(Asset.all.allSatisfy { $0.path.hasPrefix("/assets/relevo.") })
  }
}
