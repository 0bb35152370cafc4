/// A place in a story, both from 1.
package struct StoryPlace: Hashable, Sendable {
  package var line: Int
  package var column: Int
}

/// What is wrong with a story, where, and what could stand there; or what turned out otherwise than it says.
package struct StoryProblem: Error, Hashable, Sendable, CustomStringConvertible {
  package let place: StoryPlace
  package let what: String
  /// What is possible at that place, in the order of the grammar; empty where that is no help.
  package let possible: [String]

  package init(_ place: StoryPlace, _ what: String, possible: [String] = []) {
    self.place = place
    self.what = what
    self.possible = possible
  }

  package var description: String {
    let choices = possible.isEmpty ? "" : " Possible here: \(possible.joined(separator: ", "))."
    return "line \(place.line), column \(place.column): \(what)\(choices)"
  }
}
