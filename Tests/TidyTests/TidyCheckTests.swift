import Testing

/// The checks themselves: each is given text that breaks its rule, and text that only looks as if it did.
@Suite struct TidyCheckTests {
  private func file(_ path: String, _ text: String) -> SourceFile { SourceFile(path: path, text: text) }

  private func lines(_ findings: [Finding]) -> [Int] { findings.map(\.line) }

  @Test(
    "A forbidden import is found in every spelling",
    arguments: [
      "import Foundation", "package import Foundation", "@preconcurrency import Foundation",
      "import struct Foundation.Date", "  internal import Foundation", "@_exported public import Foundation",
      "import Store", "import Glibc", "import GRDB",
    ])
  func forbiddenImports(_ line: String) {
    let planted = file("Sources/Helpdesk/Ticket.swift", "// A ticket.\nimport OperationLog\n\(line)\n")
    #expect(lines(ImportRules.findings(in: planted)) == [3])
  }

  @Test("An import inside a comment or a string is none")
  func importsInText() {
    let planted = file(
      "Sources/Helpdesk/Ticket.swift",
      "// import Foundation\n/* import Store\nimport GRDB */\nlet a = \"\"\"\nimport Glibc\n\"\"\"\n")
    #expect(ImportRules.findings(in: planted) == [])
  }

  @Test("A row also allows what its targets import themselves, and nothing that only its users import")
  func transitiveRows() throws {
    #expect(try #require(ImportRules.allowed(in: "Texts")).contains("OperationLog"))
    #expect(try #require(ImportRules.allowed(in: "Node")).contains("GRDB"))
    #expect(try !#require(ImportRules.allowed(in: "Helpdesk")).contains("Store"))
    #expect(try !#require(ImportRules.allowed(in: "WebPages")).contains("Hummingbird"))
    #expect(ImportRules.allowed(in: "Unknown") == nil)
  }

  @Test("A file in a folder without a row is found")
  func unknownTarget() {
    #expect(ImportRules.findings(in: file("Sources/Attic/Box.swift", "")).count == 1)
  }

  @Test("A test may import what its target depends on and not more; only tests look inside with @testable")
  func testImports() {
    let planted = file("Tests/StoreTests/A.swift", "import Testing\n@testable import Store\nimport Node\nimport GRDB\n")
    #expect(lines(ImportRules.findings(in: planted, dependencies: ["Store"])) == [3])
    let source = file("Sources/Store/A.swift", "@testable import OperationLog\n")
    #expect(lines(ImportRules.findings(in: source)) == [1])
  }

  @Test("Both sides of the limits of length, without and with a reason")
  func length() {
    func findings(_ count: Int, first: String) -> Int {
      let body = first + "\n" + String(repeating: "\n", count: count - 1)
      return StyleRules.lengthFindings(in: file("Sources/Store/A.swift", body)).count
    }
    #expect([600, 601].map { findings($0, first: "import GRDB") } == [0, 1])
    #expect([601, 900, 901].map { findings($0, first: "// Long because it is one table.") } == [0, 0, 1])
  }

  @Test("A banned suffix is found in every kind of type, not in the middle of a name nor in a function")
  func names() {
    let planted = """
      struct StoreManager {}
      package final class TicketHelper {}
      enum MailUtils {}
      protocol NodeCore {}
      typealias FormData = [String]
      struct DataDirectory {}
      func loadData() {}
      // struct CommentManager
      struct TicketCommonality {}
      """
    #expect(lines(StyleRules.nameFindings(in: file("Sources/Store/A.swift", planted))) == [1, 2, 3, 4, 5])
  }

  @Test("try? needs a comment beside or above it, and catch needs a statement or a reason")
  func swallowedErrors() {
    let planted = """
      let a = try? read()
      let b = try? read()  // Missing means the first start.
      // A file that is gone is what we want.
      let c = try? remove()
      let d = "try? in a text"
      do { try e() } catch {}
      do { try f() } catch { log(error) }
      do { try g() } catch is CancellationError {
        // The service is being stopped.
      }
      do { try h() } catch let error as POSIXError {

      }
      """
    #expect(lines(StyleRules.swallowedErrorFindings(in: file("Sources/Store/A.swift", planted))) == [1, 6, 11])
  }

  @Test("A mark of work left undone is found in comments, and the Spanish word in a text is none")
  func leftovers() {
    let planted = "// TODO: later\nlet a = 1  // FIXME\nlet b = \"TODO el equipo\"\n/* XXX */\n"
    #expect(lines(StyleRules.leftoverFindings(in: file("Sources/Store/A.swift", planted))) == [1, 2, 4])
  }

  @Test("SQL in a literal is found outside the store, prose and the store's own are not")
  func statements() {
    let planted = """
      let a = "SELECT number FROM ticket"
      let b = \"\"\"
        INSERT OR IGNORE INTO ticket VALUES (1)
        \"\"\"
      let c = #"PRAGMA synchronous = FULL"#
      let d = "Select a queue from the list"
      let e = "UPDATE your browser"
      """
    #expect(lines(StyleRules.statementFindings(in: file("Sources/WebServer/A.swift", planted))) == [1, 2, 5])
    #expect(StyleRules.statementFindings(in: file("Sources/Store/A.swift", planted)) == [])
  }

  @Test("A clock or a random source is found in a pure room only")
  func purity() {
    let planted = """
      let now = ContinuousClock.now
      let a = Int.random(in: 0...9)
      let b = Int.random(in: 0...9, using: &generator)
      let c = sites.shuffled()
      let d = sites.shuffled(using: &generator)
      let e = site.hashValue
      """
    #expect(lines(StyleRules.impurityFindings(in: file("Sources/Assignment/A.swift", planted))) == [1, 2, 4, 6])
    #expect(StyleRules.impurityFindings(in: file("Sources/Store/A.swift", planted)) == [])
  }

  @Test("The lexer tells code, comments and literals apart")
  func lexer() {
    let source = LexedSource(
      #"let a = "b // c \("d" + f(")")) e" // g "h""# + "\n" + ##"let i = #"j " k"# + "l\"m" /* n /* o */ p */ + q"##)
    #expect(source.code[0].hasPrefix("let a = "))
    #expect(!source.code[0].contains("c"))
    #expect(source.comments[0].contains("// g \"h\""))
    #expect(source.code[1].hasSuffix(" + q"))
    #expect(source.comments[1].contains("/* n /* o */ p */"))
    #expect(source.literals.map(\.text) == ["d", ")", "b // c ? e", "j \" k", #"l\"m"#])
    #expect(source.literals.map(\.line) == [1, 1, 1, 2, 2])
  }

  @Test("The manifest is read in all its forms")
  func manifest() {
    let text = """
      func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target { fatalError() }
      let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
      let package = Package(targets: [
        .systemLibrary(name: "CThing", pkgConfig: "thing", providers: [.apt(["libthing-dev"])]),
        room("Store", ["OperationLog", grdb, .product(name: "Logging", package: "swift-log")], resources: [.copy("A")]),
        room(
          "Empty", []),
        .executableTarget(name: "tool", dependencies: ["Store"], swiftSettings: strict),
        // tests("GoneTests", ["Gone"]),
        tests("StoreTests", ["Store"]),
      ])
      """
    #expect(
      Manifest(text: text).targets == [
        .init(name: "CThing", kind: .system, dependencies: []),
        .init(name: "Store", kind: .library, dependencies: ["OperationLog", "GRDB", "Logging"]),
        .init(name: "Empty", kind: .library, dependencies: []),
        .init(name: "tool", kind: .executable, dependencies: ["Store"]),
        .init(name: "StoreTests", kind: .test, dependencies: ["Store"]),
      ])
  }

  @Test("Sections of a document end at the next heading of any level")
  func sections() {
    let document = "# A\nx\n### `B`\none\ntwo\n## C\nthree\n### D\n"
    #expect(DocumentSections.sections(of: document, level: 3) == ["B": "onetwo", "D": ""])
  }
}
