import Foundation
import Mustache
import RichText
import Testing
import Texts
import WebPages

@Suite("Models and templates fit each other")
struct ModelTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Sources/WebPages/Templates")

  private static func templates() throws -> [(name: String, text: String)] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".mustache") }.sorted().map {
      ($0, try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8))
    }
  }

  /// Calls `visit` for a model and every model inside it.
  private static func walk(_ value: Any, _ visit: (any MustacheParent, Mirror) -> Void) {
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .optional || mirror.displayStyle == .collection {
      for child in mirror.children { walk(child.value, visit) }
      return
    }
    guard mirror.displayStyle == .struct, let model = value as? any MustacheParent else { return }
    visit(model, mirror)
    for child in mirror.children { walk(child.value, visit) }
  }

  @Test("Every stored property of a model is known to the templates by its name")
  func properties() {
    for fixture in PageTests.fixtures {
      Self.walk(fixture.page) { model, mirror in
        for child in mirror.children {
          guard let label = child.label else { continue }
          #expect(model.child(named: label) != nil, "\(type(of: model)).\(label)")
        }
      }
    }
  }

  @Test("Only trusted markup is printed unescaped")
  func trusted() throws {
    var trusted: Set<String> = []
    var plain: Set<String> = []
    for fixture in PageTests.fixtures {
      Self.walk(fixture.page) { _, mirror in
        for child in mirror.children {
          guard let label = child.label else { continue }
          let name = String(describing: type(of: child.value))
          if name.contains("TrustedHTML") {
            trusted.insert(label)
          } else if name.contains("String") {
            plain.insert(label)
          }
        }
      }
    }
    // `text` is plain in marks and trusted in sentences; the templates that print it raw are named here.
    let mixed: Set = ["text", "title"]
    let rawTextAllowed = ["conflict_strip.mustache", "entry.mustache", "notices.mustache", "ticket_rail.mustache"]
    for (file, text) in try Self.templates() {
      #expect(!text.contains("{{&"), "\(file)")
      for match in text.matches(of: /\{\{\{([^}]+)\}\}\}/) {
        let name = String(match.output.1)
        #expect(trusted.contains(name), "\(file): \(name)")
        #expect(!plain.contains(name) || (mixed.contains(name) && rawTextAllowed.contains(file)), "\(file): \(name)")
      }
    }
  }

  @Test("Every sentence a template asks for exists in every language")
  func sentences() throws {
    for (file, text) in try Self.templates() {
      for match in text.matches(of: /\{\{t\.(\w+)\}\}/) {
        for language in Language.allCases {
          #expect(
            Catalogue.embedded.contains("pages." + match.output.1, language: language), "\(file): \(match.output.1)")
        }
      }
    }
  }

  @Test("Templates hold no words of their own")
  func noWords() throws {
    for (file, text) in try Self.templates() where !["icons.mustache"].contains(file) {
      let bare = text.replacing(/\{\{\{?[^}]*\}?\}\}/, with: "").replacing(/(?s)<!--.*?-->/, with: "")
        .replacing(/<code>[^<]*<\/code>|<kbd>[^<]*<\/kbd>/, with: "")
      for piece in bare.split(separator: /<[^>]*>/) {
        let words = piece.replacing("Relevo", with: "").filter(\.isLetter)
        #expect(words.isEmpty, "\(file): \(piece)")
      }
    }
  }

  @Test("Every template in the folder is compiled in")
  func compiledIn() throws {
    let list = try String(
      contentsOf: Self.folder.deletingLastPathComponent().appendingPathComponent("TemplateFiles.swift"), encoding: .utf8
    )
    for (file, _) in try Self.templates() {
      let name = file.dropLast(".mustache".count)
      #expect(list.contains("(\"\(name)\", PackageResources.\(name)_mustache)"), "\(file)")
    }
  }

  @Test("A write says how far it has travelled")
  func reach() {
    let words = Wording(.english)
    let saved = words.reach(write: "a:1", home: "LYO", reached: [], siteCount: 3)
    #expect(saved.code == "saved" && saved.text == "saved in LYO")
    let reached = words.reach(write: "a:1", home: "LYO", reached: ["MAD"], siteCount: 3)
    #expect(reached.code == "reached" && reached.text == "reached MAD · on 2 of 3 sites")
    let everywhere = words.reach(write: "a:1", home: "LYO", reached: ["BOG", "MAD"], siteCount: 3)
    #expect(everywhere.code == "everywhere" && everywhere.text == "on 3 sites")
    let cut = words.reach(write: "a:1", home: "LYO", reached: ["BOG"], siteCount: 3, cutOff: ["MAD"])
    #expect(cut.code == "waiting" && cut.text == "reached BOG · waiting for the link to MAD")
    #expect(words.reach(write: "a:1", home: "LYO", reached: [], siteCount: 1).text == "on 1 site")
  }

  @Test("Where a request stands is told by the name of the person")
  func standing() {
    let spanish = Wording(.spanish)
    #expect(
      spanish.standing("assigned", owner: "Amina", site: "Lyon").html
        == "<strong>Amina</strong>, de Lyon, se está ocupando")
    #expect(spanish.standing("waiting", owner: "<b>", waitingReason: "requester").html.contains("&lt;b&gt;"))
    #expect(spanish.status("waiting", waitingReason: "requester", forRequester: true).label == "Esperamos su respuesta")
    for code in ["new", "assigned", "in_progress", "waiting", "resolved", "closed"] {
      #expect(!spanish.standing(code).html.contains("pages."), "\(code)")
    }
    for reason in ["requester", "supplier", "window", "colleague"] {
      #expect(!spanish.standing("waiting", owner: "A", waitingReason: reason).html.contains("pages."))
      #expect(!spanish.status("waiting", waitingReason: reason).label.contains("pages."))
    }
  }

  @Test("Initials and tints follow from name and code alone")
  func chips() {
    #expect(PersonChip(name: "Amina Diallo").initials == "AD")
    #expect(PersonChip(name: "  ").initials == "?")
    #expect(PersonChip(name: "Ñusta").initials == "Ñ")
    let tints = ["LYO", "MAD", "BOG"].map { SiteChip(code: $0, name: "").tint }
    #expect(Set(tints).count == 3 && tints.allSatisfy { (0..<8).contains($0) })
  }

  @Test("The picture of sites keeps every site inside and leaves unknown ends out")
  func picture() {
    let words = Wording(.english)
    for count in 0...15 {
      let others = (0..<count).map { SiteChip(code: "S\($0)", name: "Site \($0)") }
      let picture = SitePicture.placing(
        here: SiteChip(code: "LYO", name: "Lyon"), others: others,
        links: [
          SitePicture.Wire(from: "LYO", to: "S0", code: "live", label: "live"),
          SitePicture.Wire(from: "LYO", to: "NONE", code: "down", label: "down"),
        ], wording: words)
      #expect(picture.sites.count == min(count + 1, SitePicture.sitesMax))
      #expect(picture.links.count == (count > 0 ? 1 : 0))
      #expect(picture.sites.allSatisfy { (30...450).contains($0.x) && (30...210).contains($0.y) })
      #expect(Set(picture.sites.map { "\($0.x),\($0.y)" }).count == picture.sites.count)
    }
  }
}
