import Testing

@testable import Simulator

@Suite("Stories")
struct ScenarioTests {
  @Test("Each story comes out as it says", arguments: Stories.all.map(\.title))
  func stories(title: String) throws {
    let story = try #require(Stories.all.first { $0.title == title })
    // Two seeds: delays and what a crash leaves differ, what must come of it does not.
    for seed in [UInt64(1), 20] { try StoryRunner.run(story.text, seed: seed) }
  }

  @Test("A story that says what is not so is told where and what is so instead")
  func otherwise() throws {
    func problem(_ story: String) -> StoryProblem? {
      #expect(throws: StoryProblem.self) { try StoryRunner.run(story) }
    }
    let wrong = problem("given MAD-1\n  expect MAD-1 closed")
    #expect(wrong?.description == "line 2, column 3: At MAD MAD-1 is open.")
    let refused = problem("given MAD-1; ana reopens it at LYO")
    #expect(refused?.description == "line 1, column 14: LYO refuses this: not_closed.")
    #expect(problem("expect MAD-1 open")?.what == "MAD knows no ticket MAD-1.")
    #expect(problem("restore MAD")?.what == "There is no backup of MAD: say `back up MAD` first.")
    #expect(problem("stop MAD; eva opens \"x\" at MAD")?.what == "MAD does not run: say `restart MAD` first.")
    #expect(problem("given MAD-1; eva takes it at MAD, in vain")?.what.contains("refuses") == true)
    #expect(problem("given MAD-1; ana takes it at MAD, in vain")?.what == "This was done, but should not have been.")
    let choice = problem("given MAD-1; ana changes urgency to soon at MAD")
    #expect(choice?.possible == ["low", "normal", "high", "critical"])
  }

  @Test(
    "What cannot be understood is named with its line, its column and what is possible there",
    arguments: [
      ("cut MAD PAR", 1, 9, "the end of the sentence"), ("\n\nana sings at MAD", 3, 5, "opens"),
      ("ana takes it on MAD", 1, 14, "at"), ("wait 3 moons", 1, 8, "minutes"),
      ("expect MAD-1 blue", 1, 14, "marked for review"), ("set clock MAD 3 days", 1, 21, "ahead"),
      ("# a comment\ngiven printer", 2, 7, "a ticket number such as MAD-1"),
      ("MAD sleeps", 1, 5, "runs an older program"),
      ("offices MAD, LYO\nheal LYO MAD BOG", 2, 14, "the end of the sentence"),
      ("eva opens printer at MAD", 1, 11, "a text in quotation marks"),
    ])
  func places(story: String, line: Int, column: Int, possible: String) throws {
    let problem = try #require(throws: StoryProblem.self) { try StoryParser.parse(story) }
    #expect(problem.place == StoryPlace(line: line, column: column), "\(problem)")
    #expect(problem.possible.contains(possible), "\(problem)")
  }

  @Test("Texts without an end, signs without a meaning, offices nobody knows and empty stories are named")
  func words() throws {
    func what(_ story: String) throws -> String {
      try #require(throws: StoryProblem.self) { try StoryParser.parse(story) }.description
    }
    #expect(
      try what("eva opens \"Printer\nat MAD")
        == "line 1, column 11: This text has no closing quotation mark on its line.")
    #expect(try what("cut MAD & LYO") == "line 1, column 9: “&” has no meaning in a story.")
    #expect(try what("offices MAD, BOG\nheal").contains("The offices of a story are MAD, LYO, in this order."))
    #expect(try what("# nothing\n").contains("The story has no sentences."))
    #expect(try what("wait 100001 days").contains("more than a story can wait"))
  }

  @Test("Reading any cut-off or shuffled piece of a story ends with a story or a problem")
  func robustness() {
    var dice = Dice(seed: 4)
    for story in Stories.all {
      let characters = Array(story.text)
      for _ in 0..<40 {
        let from = Int.random(in: characters.indices, using: &dice)
        let piece = String(characters[from..<Int.random(in: from...characters.count, using: &dice)])
        do {
          _ = try StoryParser.parse(piece)
        } catch {
          #expect(error.place.line >= 1 && error.place.column >= 1 && !error.what.isEmpty)
        }
      }
    }
  }
}
