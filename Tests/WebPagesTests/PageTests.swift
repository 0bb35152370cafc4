import Foundation
import RichText
import Testing
import Texts
import WebPages

/// A tag of a rendered page with its attributes, read without a parser: our own templates are regular enough.
struct Tag {
  let name: String
  let attributes: [String: String]
  let position: String.Index

  static func all(in html: String) -> [Tag] {
    html.matches(of: /<([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/).map { match in
      var attributes: [String: String] = [:]
      for pair in match.output.2.matches(of: /([a-z-]+)(?:="([^"]*)")?/) {
        attributes[String(pair.output.1)] = pair.output.2.map(String.init) ?? ""
      }
      return Tag(name: String(match.output.1), attributes: attributes, position: match.range.lowerBound)
    }
  }
}

@Suite("Every page, in both languages")
struct PageTests {
  static let fixtures = Language.allCases.flatMap { Fixture.all($0) }

  @Test("Pages are written to RELEVO_RENDER_DIR when it is set, to be looked at")
  func render() throws {
    guard let directory = ProcessInfo.processInfo.environment["RELEVO_RENDER_DIR"] else { return }
    let folder = URL(fileURLWithPath: directory)
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("assets"), withIntermediateDirectories: true)
    for asset in Asset.all { try Data(asset.bytes).write(to: URL(fileURLWithPath: directory + asset.path)) }
    for fixture in Self.fixtures {
      let name = "\(fixture.frame.wording.language.rawValue)-\(fixture.name).html"
      try fixture.html.replacingOccurrences(of: "\"/assets/", with: "\"assets/")
        .write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
  }

  @Test("A page has one heading of the first level, a title, a language, a main part and a skip link that leads there")
  func outline() {
    for fixture in Self.fixtures {
      let tags = fixture.tags
      #expect(fixture.html.hasPrefix("<!doctype html>"))
      #expect(tags.count { $0.name == "h1" } == 1, "\(fixture.name)")
      #expect(tags.count { $0.name == "main" && $0.attributes["id"] == "main" } == 1, "\(fixture.name)")
      #expect(tags.first { $0.name == "html" }?.attributes["lang"] == fixture.frame.wording.language.rawValue)
      #expect(tags.first { $0.name == "a" }?.attributes["href"] == "#main", "\(fixture.name)")
      #expect(fixture.html.firstMatch(of: /<title>[^<]+ – Relevo<\/title>/) != nil, "\(fixture.name)")
    }
  }

  @Test("No sentence is missing and no placeholder is left open")
  func words() {
    for fixture in Self.fixtures {
      let html = fixture.html
      let key = html.firstMatch(of: /pages\.[a-z_]+/)?.output
      #expect(key == nil, "\(fixture.name)")
      // {n} in the script's words is filled by the script.
      let open = html.replacing("{n}", with: "").replacing("{{t.send}}", with: "").firstMatch(of: /\{\w+\}/)
      #expect(open == nil, "\(fixture.name): \(open?.output ?? "")")
      let hasOptional = html.contains("Optional(")
      #expect(!hasOptional, "\(fixture.name)")
    }
  }

  @Test("Every field has a label")
  func labels() {
    for fixture in Self.fixtures {
      let html = fixture.html
      let tags = fixture.tags
      let labelled = Set(tags.filter { $0.name == "label" }.compactMap { $0.attributes["for"] })
      for tag in tags where ["input", "select", "textarea"].contains(tag.name) && tag.attributes["type"] != "hidden" {
        let id = tag.attributes["id"]
        let before = html[..<tag.position]
        let opened = before.ranges(of: "<label").count
        let isInside = opened > before.ranges(of: "</label>").count
        #expect(isInside || id.map(labelled.contains) == true, "\(fixture.name): \(tag.name) \(tag.attributes)")
      }
    }
  }

  @Test("Identifiers are unique in a page")
  func identifiers() {
    for fixture in Self.fixtures {
      let ids = fixture.tags.compactMap { $0.attributes["id"] }
      let doubled = Dictionary(grouping: ids, by: { $0 }).filter { $0.value.count > 1 }.keys.sorted()
      #expect(doubled.isEmpty, "\(fixture.name): \(doubled)")
    }
  }

  @Test("Every form that writes carries the token, and every write its own idempotency key")
  func forms() {
    for fixture in Self.fixtures {
      var keys: [String] = []
      for match in fixture.html.matches(
        of:
          /(?s)<form[^>]*method="post"[^>]*action="([^"]*)".*?<\/form>|<form[^>]*action="[^"]*"[^>]*method="post".*?<\/form>/
      ) {
        let form = String(match.output.0)
        #expect(form.contains("name=\"csrf\" value=\"csrf-token\""), "\(fixture.name): \(form.prefix(120))")
        let action = match.output.1.map(String.init) ?? ""
        if ["/sign-in", "/sign-out", "/language"].contains(action) { continue }
        let key = form.firstMatch(of: /name="key" value="([^"]+)"/)?.output.1
        #expect(key != nil, "\(fixture.name): \(form.prefix(120))")
        if fixture.name != "conflicts", let key { keys.append(String(key)) }
        if action.hasPrefix("/tickets/LYO") || action.hasPrefix("/requests/LYO") {
          #expect(form.contains("name=\"rendered\" value=\"v17\""), "\(fixture.name): \(action)")
        }
      }
      #expect(Set(keys).count == keys.count, "\(fixture.name)")
    }
  }

  @Test("What people write is never markup")
  func escaping() {
    var seen = 0
    for fixture in Self.fixtures {
      let isHarmed = fixture.html.contains("<script>alert")
      #expect(!isHarmed, "\(fixture.name)")
      if fixture.html.contains("&lt;script&gt;alert(&quot;1&quot;)") { seen += 1 }
    }
    #expect(seen >= 8)
  }

  @Test("Every symbol a page uses is in its set of icons")
  func icons() {
    for fixture in Self.fixtures {
      let defined = Set(fixture.html.matches(of: /<symbol id="([^"]+)"/).map { String($0.output.1) })
      for use in fixture.html.matches(of: /href="#(i-[^"]+)"/) {
        #expect(defined.contains(String(use.output.1)), "\(fixture.name): \(use.output.1)")
      }
    }
  }

  @Test("A page names the style sheet and script by their content, and holds no style or script of its own")
  func assets() {
    let html = Fixture.all(.english)[0].html
    #expect(html.contains("href=\"\(Asset.stylesheet.path)\"") && html.contains("src=\"\(Asset.script.path)\""))
    #expect(Asset.stylesheet.path.wholeMatch(of: /\/assets\/relevo\.[0-9a-f]{16}\.css/) != nil)
    for fixture in Self.fixtures {
      let tags = fixture.tags
      #expect(!tags.contains { $0.name == "style" || $0.attributes["style"] != nil }, "\(fixture.name)")
      #expect(!tags.contains { $0.attributes.keys.contains { $0.hasPrefix("on") } }, "\(fixture.name)")
    }
  }

  @Test("A fragment is exactly the part of its page with the same id")
  func fragments() throws {
    for fixture in Self.fixtures {
      for fragment in Pages.Fragment.allCases {
        guard let part = Pages.fragment(fragment, of: fixture.page, in: fixture.frame) else { continue }
        let id = try #require(Tag.all(in: part).first?.attributes["id"], "\(fixture.name) \(fragment)")
        let isInPage = fixture.html.contains(part.trimmingCharacters(in: .whitespacesAndNewlines))
        #expect(isInPage, "\(fixture.name) \(id)")
        #expect(Tag.all(in: part).first?.attributes["data-fragment"] != nil, "\(fixture.name) \(id)")
      }
    }
    let ticket = try #require(Self.fixtures.first { $0.name == "ticket" })
    for fragment in [Pages.Fragment.header, .strips, .thread, .rail] {
      #expect(Pages.fragment(fragment, of: ticket.page, in: ticket.frame) != nil)
    }
    #expect(Pages.fragment(.rows, of: ticket.page, in: ticket.frame) == nil)
  }

  @Test("An internal note carries its mark, and never appears on the requester's page")
  func notes() throws {
    let ticket = try #require(Self.fixtures.first { $0.name == "ticket" })
    #expect(ticket.html.contains("class=\"entry note\""))
    let request = try #require(Self.fixtures.first { $0.name == "request" })
    #expect(!request.html.contains("class=\"entry note\""))
    #expect(request.html.contains("<strong>Luc Moreau</strong>, Lyon, is on it"))
  }

  @Test("A conflict shows both values, who and where, and one button for each")
  func conflicts() throws {
    let html = try #require(Self.fixtures.first { $0.name == "ticket-conflict" }).html
    #expect(html.contains("Two sites changed <strong>the subject</strong> at once"))
    #expect(html.contains("Printer LYO-P2 needs a new drum"))
    #expect(html.ranges(of: "action=\"/tickets/LYO-1042/conflicts/subject\"").count == 2)
  }

  @Test("A row without an owner says so, whatever surrounds it")
  func absentValues() {
    let frame = PageTests.fixtures[0].frame
    let page = RequestPage(
      id: "t", number: "LYO-1", path: "/requests/LYO-1", subject: "s", status: frame.wording.status("new"),
      rendered: "v",
      key: "k", standing: frame.wording.standing("new"),
      entries: [
        ThreadEntry(
          anchor: "m", kind: "requester", author: PersonChip(name: "Ana"),
          moment: Moment(text: "now", full: "now", iso: "2026-05-12T08:00:00Z"), body: RichText.escaped("hello"))
      ])
    let html = Pages.fragment(.thread, of: page, in: frame) ?? ""
    #expect(html.contains("hello") && !html.contains("class=\"site") && !html.contains("data-write"))
  }
}
