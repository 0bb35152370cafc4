import Helpdesk

/// What people do.
extension StoryParser {
  mutating func act(of person: Story.Person) throws(StoryProblem) -> Story.Act {
    var act = Story.Act(person: person, deed: .take)
    try deed(&act)
    try cursor.need("at")
    act.site = try site()
    if case .open = act.deed, cursor.take("as") {
      let name = cursor.word("a name in small letters", where: { $0.allSatisfy { $0.isLowercase || $0.isNumber } })
      guard let name else { throw cursor.problem() }
      names.insert(name)
      act.name = name
    }
    _ = cursor.comma()
    if cursor.take("refused") {
      act.outcome = .refused(cursor.take("as") ? try value() : nil)
    } else if cursor.take("in vain") {
      act.outcome = .failed
    }
    return act
  }

  private mutating func deed(_ act: inout Story.Act) throws(StoryProblem) {
    if cursor.take("opens") {
      act.deed = .open(subject: try cursor.needText(), text: try saying() ?? "")
    } else if cursor.take("replies") {
      act.deed = .reply(cursor.text() ?? "An answer.")
      try ticket(after: "to", &act)
    } else if cursor.take("notes") {
      act.deed = .note(cursor.text() ?? "A note.")
      try ticket(after: "on", &act)
    } else if cursor.take("starts") {
      // Whoever works on a ticket has started: there is no other sign of it.
      act.deed = .note("Work has begun.")
      act.ticket = ticket() ?? .it
    } else if cursor.take("takes") {
      act.ticket = ticket() ?? .it
    } else if cursor.take("assigns") {
      act.ticket = ticket() ?? .it
      try cursor.need("to")
      if cursor.take("nobody") { act.deed = .assign(nil) } else { act.deed = .assign(try needPerson()) }
    } else if cursor.take("tags") {
      act.ticket = ticket() ?? .it
      act.deed = .tag(try cursor.needText())
    } else if cursor.take("untags") {
      act.ticket = ticket() ?? .it
      act.deed = .untag(try cursor.needText())
    } else {
      try change(&act)
    }
  }

  private mutating func change(_ act: inout Story.Act) throws(StoryProblem) {
    if cursor.take("resolves") {
      act.ticket = ticket() ?? .it
      act.deed = .resolve(try saying() ?? "Solved.")
    } else if cursor.take("closes") {
      act.ticket = ticket() ?? .it
      act.deed = .close(try saying() ?? "Solved for good.")
    } else if cursor.take("reopens") {
      act.ticket = ticket() ?? .it
      act.deed = .reopen(try saying() ?? "It happens again.")
    } else if cursor.take("waits for") {
      act.deed = .wait(try cursor.needOne(of: WaitingReason.allCases.map { ($0.name, $0) }))
      try ticket(after: "with", &act)
    } else if cursor.take("changes") {
      let field = try field()
      try ticket(after: "of", &act)
      try cursor.need("to")
      act.deed = .change(field, try value())
    } else if cursor.take("decides") {
      let field = try field()
      try ticket(after: "of", &act)
      try cursor.need("is")
      act.deed = .decide(field, try value())
    } else if cursor.take("escalates") {
      act.ticket = ticket() ?? .it
      try cursor.need("to")
      act.deed = .escalate(queue: try cursor.needText(), reason: try saying() ?? "It needs others.")
    } else {
      throw cursor.problem()
    }
  }

  private mutating func saying() throws(StoryProblem) -> String? {
    cursor.take("saying") ? try cursor.needText() : nil
  }

  private mutating func ticket(after word: String, _ act: inout Story.Act) throws(StoryProblem) {
    guard cursor.take(word) else { return }
    guard let ticket = ticket() else { throw cursor.problem() }
    act.ticket = ticket
  }

  mutating func needPerson() throws(StoryProblem) -> Story.Person {
    guard let person = try person() else { throw cursor.problem() }
    return person
  }
}
