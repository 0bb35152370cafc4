import Testing

/// Planted bugs exist for the simulator alone.
@Suite struct PlantedBugRules {
  /// Outside the simulator, a planted bug may be asked for, declared, and defaulted to none; nothing may switch one on.
  private static func findings(in file: SourceFile) -> [Finding] {
    let harmless = [
      #/plantedBugs(?:: PlantedBugs)? = \[\]/#, #/PlantedBugs\)/#, #/: PlantedBugs\b/#, #/\.plantedBugs\b(?! ?=)/#,
      #/plantedBugs\.contains\(/#, #/struct PlantedBugs/#, #/static let \w+ = PlantedBugs\(rawValue: 1 << \d+\)/#,
    ]
    guard !file.isTest, file.target != "Simulator", file.target != "relevo-sim" else { return [] }
    return file.lexed.code.enumerated().compactMap { index, line in
      guard line.contains("lantedBugs"), !harmless.contains(where: { line.contains($0) }) else { return nil }
      return Finding(path: file.path, line: index + 1, message: "only the simulator may switch a planted bug on")
    }
  }

  @Test("No target but the simulator switches a planted bug on")
  func nobodyElse() throws {
    let findings = try Repository.swiftFiles.get().flatMap(Self.findings)
    #expect(findings.isEmpty, "\(findings.report)")
  }

  @Test("The rule sees a switch and lets a question pass")
  func rule() {
    func count(_ line: String) -> Int {
      Self.findings(in: SourceFile(path: "Sources/Store/Example.swift", text: line)).count
    }
    #expect(count("powers.plantedBugs = .foldTwice\n") == 1)
    #expect(count("powers.plantedBugs = [.foldTwice]\n") == 1)
    #expect(count("let bugs = PlantedBugs.foldTwice\n") == 1)
    #expect(count("if powers.plantedBugs.contains(.foldTwice) { return }\n") == 0)
    #expect(count("package var plantedBugs: PlantedBugs = []\n") == 0)
  }
}
