import Foundation
import Testing

/// The repository against its own rules. What fails here is a sentence with a place; fix it there, not here.
@Suite struct TidyTests {
  private let files: [SourceFile]
  private let manifest: Manifest

  init() throws {
    files = try Repository.swiftFiles.get()
    manifest = Manifest(text: try Repository.text(of: "Package.swift"))
  }

  private func expectNone(_ findings: [Finding]) {
    #expect(findings.isEmpty, "\(findings.report)")
  }

  @Test("The repository is found, and it is ours")
  func repositoryIsFound() {
    #expect(files.contains { $0.path == "Tests/TidyTests/TidyTests.swift" })
    #expect(files.contains { $0.target == "OperationLog" && !$0.isTest })
    #expect(manifest.targets.count >= 20)
    #expect(manifest.targets.contains { $0.name == "Store" && $0.dependencies.contains("GRDB") })
  }

  @Test("Every file imports only what the row of its room allows")
  func imports() {
    expectNone(
      files.flatMap { file in
        let dependencies = manifest.targets.first { $0.name == file.target }?.dependencies ?? []
        return ImportRules.findings(in: file, dependencies: dependencies)
      })
  }

  @Test("Every target of the manifest has a row, and depends only on what the row allows")
  func manifestFollowsTheTable() throws {
    for target in manifest.targets where target.kind == .library || target.kind == .executable {
      let allowed = try #require(ImportRules.allowed(in: target.name), "no row says what \(target.name) may import")
      let extra = target.dependencies.filter { !allowed.contains($0) }
      #expect(extra.isEmpty, "\(target.name) depends on \(extra), which its row does not allow")
    }
  }

  @Test("No file outgrows its limit")
  func length() { expectNone(files.flatMap(StyleRules.lengthFindings)) }

  @Test("No type has a name that says nothing")
  func names() { expectNone(files.flatMap(StyleRules.nameFindings)) }

  @Test("No error is swallowed without a reason")
  func swallowedErrors() { expectNone(files.filter { !$0.isTest }.flatMap(StyleRules.swallowedErrorFindings)) }

  @Test("Nothing is marked as left to do")
  func leftovers() { expectNone(files.filter { !$0.isTest }.flatMap(StyleRules.leftoverFindings)) }

  @Test("SQL stands only in the store")
  func statements() { expectNone(files.flatMap(StyleRules.statementFindings)) }

  @Test("Pure rooms read no clock, no random source and no process-wide order")
  func purity() { expectNone(files.flatMap(StyleRules.impurityFindings)) }

  @Test("docs/modules.md has one paragraph for each target, and none for a target that does not exist")
  func modulesAreDescribed() throws {
    let sections = DocumentSections.sections(of: try Repository.text(of: "docs/modules.md"), level: 3)
    let targets = manifest.targets.filter { $0.kind != .test }.map(\.name)
    for name in targets {
      let paragraph = try #require(sections[name], "docs/modules.md has no section '### \(name)'")
      #expect(paragraph.count >= 120, "the paragraph on \(name) says too little")
    }
    #expect(Set(sections.keys).subtracting(targets) == [], "sections for targets that Package.swift does not have")
  }

  @Test("Every translation has the same keys")
  func translations() throws {
    let folder = "Sources/Texts/Translations"
    let names = try FileManager.default.contentsOfDirectory(atPath: Repository.root.appending(path: folder).path)
      .filter { $0.hasSuffix(".json") }
    #expect(Set(names).isSuperset(of: ["en.json", "es.json"]))
    let keys = try names.map { name in
      let object = try JSONSerialization.jsonObject(with: Data(Repository.text(of: "\(folder)/\(name)").utf8))
      return (name: name, keys: Set(try #require(object as? [String: Any]).keys))
    }
    let all = keys.reduce(into: Set<String>()) { $0.formUnion($1.keys) }
    for language in keys {
      #expect(all.subtracting(language.keys).sorted() == [], "keys that \(language.name) lacks")
    }
  }
}
