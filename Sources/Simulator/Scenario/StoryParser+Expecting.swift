import Helpdesk

/// What has to come of it.
extension StoryParser {
  mutating func expectation() throws(StoryProblem) -> Story.Expectation {
    var expectation = Story.Expectation(site: nil, subject: .sameEverywhere)
    if cursor.take("at") { expectation.site = try site() }
    if cursor.take("the same everywhere") { return expectation }
    if cursor.take("promises kept") {
      expectation.subject = .promisesKept
      return expectation
    }
    if let count = cursor.number() {
      if cursor.take("tickets") || cursor.take("ticket") {
        expectation.subject = .ticketCount(count)
      } else {
        if !cursor.take("operation") { try cursor.need("operations") }
        try cursor.need("only at")
        expectation.subject = .onlyHere(try site(), count)
      }
      return expectation
    }
    guard let ticket = ticket() else { throw cursor.problem() }
    var properties = [try property()]
    while cursor.comma() { properties.append(try property()) }
    expectation.subject = .ticket(ticket, properties)
    return expectation
  }

  private mutating func property() throws(StoryProblem) -> Story.Property {
    if cursor.take("assigned to") { return .assignee(try needPerson()) }
    let plain: [(String, Story.Property)] = [
      ("open", .status(.open)), ("waiting", .status(.waiting)), ("resolved", .status(.resolved)),
      ("closed", .status(.closed)), ("new", .stage(.new)), ("assigned", .stage(.assigned)),
      ("in progress", .stage(.inProgress)), ("marked for review", .markedForReview(true)),
      ("not marked for review", .markedForReview(false)), ("unassigned", .assignee(nil)), ("known", .isKnown(true)),
      ("unknown", .isKnown(false)),
    ]
    if let property = cursor.one(of: plain) { return property }
    if cursor.take("conflict on") {
      let field = try field()
      try cursor.need("between")
      var values = [try value()]
      while cursor.take("and") { values.append(try value()) }
      return .conflict(field, values)
    }
    if cursor.take("no conflict") { return .noConflict(cursor.take("on") ? try field() : nil) }
    if cursor.take("not tagged") { return .tagged(try cursor.needText(), false) }
    if cursor.take("tagged") { return .tagged(try cursor.needText(), true) }
    if cursor.take("saying") { return .saying(try cursor.needText()) }
    if cursor.take("numbered") { return .numbered(try value()) }
    if cursor.take("claim of") {
      let person = try needPerson()
      try cursor.need("lost")
      return .lostClaim(person)
    }
    if let count = cursor.number() {
      return try cursor.needOne(of: [
        ("replies", .replies(count)), ("reply", .replies(count)), ("notes", .notes(count)), ("note", .notes(count)),
      ])
    }
    let fields = TicketField.disputable.filter { $0 != .status }
    guard let field = cursor.one(of: fields.map { ($0.name, $0) }) else { throw cursor.problem() }
    return .value(field, try value())
  }
}
