import Helpdesk

/// Reads a story's text.
struct StoryParser {
  var cursor: StoryCursor
  var story = Story()
  /// Names that were given to tickets.
  var names: Set<String> = []

  /// The story, or where it cannot be understood and what is possible there.
  static func parse(_ source: String) throws(StoryProblem) -> Story {
    var parser = StoryParser(cursor: StoryCursor(try StoryToken.all(source)))
    try parser.run()
    return parser.story
  }

  private mutating func run() throws(StoryProblem) {
    cursor.skipEmpty()
    if cursor.take("offices") { try offices() }
    cursor.skipEmpty()
    while !cursor.isAtEndOfStory {
      let place = cursor.place
      let step = try step()
      guard cursor.end() else { throw cursor.problem() }
      story.sentences.append(Story.Sentence(place: place, step: step))
      cursor.skipEmpty()
    }
    if story.sentences.isEmpty { throw StoryProblem(cursor.place, "The story has no sentences.") }
  }

  private mutating func offices() throws(StoryProblem) {
    var codes: [String] = []
    repeat {
      let code = cursor.word("an office code of capitals", where: { $0.allSatisfy(\.isUppercase) && $0.count <= 8 })
      guard let code else { throw cursor.problem() }
      guard !codes.contains(code) else { throw cursor.problem("\(code) is named twice.") }
      codes.append(code)
      _ = cursor.comma()
    } while !isAtTopologyOrEnd
    let known = codes.indices.map(ClusterShape.code)
    guard codes == known else {
      throw cursor.problem("The offices of a story are \(known.joined(separator: ", ")), in this order.")
    }
    story.offices = codes
    let topologies = [("in a mesh", Topology.mesh), ("in a chain", .chain), ("around a hub", .hub)]
    story.topology = cursor.one(of: topologies) ?? .mesh
    guard cursor.end() else { throw cursor.problem() }
  }

  private var isAtTopologyOrEnd: Bool {
    var ahead = cursor
    return ahead.take("in") || ahead.take("around") || ahead.end()
  }

  // MARK: Sentences

  private mutating func step() throws(StoryProblem) -> Story.Step {
    if cursor.take("given") { return .given(try number()) }
    if cursor.take("cut") { return .cut(try line()) }
    if cursor.take("heal") {
      var ahead = cursor
      return .heal(ahead.end() ? nil : try line())
    }
    if cursor.take("crash") { return try crash() }
    if cursor.take("kill") { return .end(try site(), .kill) }
    if cursor.take("stop") { return .end(try site(), .stop) }
    if cursor.take("restart") || cursor.take("start") { return .start(try site()) }
    if cursor.take("freeze") { return .freeze(try site(), true) }
    if cursor.take("thaw") { return .freeze(try site(), false) }
    if cursor.take("back up") { return .backUp(try site()) }
    if cursor.take("restore") { return .restore(try site()) }
    if cursor.take("move") {
      let site = try site()
      try cursor.need("to another machine")
      return .move(site)
    }
    if cursor.take("set clock") { return try clock() }
    if cursor.take("upgrade") { return .upgrade(try site()) }
    if cursor.take("fill disk") { return .disk(try site(), .full) }
    if cursor.take("fail sync") { return .disk(try site(), .failingSync) }
    if cursor.take("mend disk") { return .disk(try site(), .none) }
    if cursor.take("wait") { return .wait(try duration()) }
    if cursor.take("expect") { return .expect(try expectation()) }
    if let person = try person() { return .act(try act(of: person)) }
    if let site = knownSite() {
      try cursor.need("runs an older program")
      return .older(site)
    }
    throw cursor.problem()
  }

  private mutating func line() throws(StoryProblem) -> Story.Line {
    let from = try site()
    if cursor.take("to") { return Story.Line(from: from, to: try site(), isOneWay: true) }
    return Story.Line(from: from, to: knownSite())
  }

  private mutating func crash() throws(StoryProblem) -> Story.Step {
    let site = try site()
    var changes: Int?
    if cursor.take("after") {
      guard let number = cursor.number() else { throw cursor.problem() }
      changes = number
      try cursor.need("changes")
    }
    let losses = [
      ("losing everything", DiskLoss.everything), ("keeping a beginning", .allButPrefix),
      ("keeping some", .randomSubset),
    ]
    let loss = cursor.one(of: losses) ?? .everything
    return .end(site, changes.map { .crashAfter($0, loss) } ?? .crash(loss))
  }

  private mutating func clock() throws(StoryProblem) -> Story.Step {
    let site = try site()
    if cursor.take("right") { return .clock(site, 0) }
    let amount = try duration()
    return .clock(site, try cursor.needOne(of: [("ahead", amount), ("behind", -amount)]))
  }

  /// Milliseconds.
  private mutating func duration() throws(StoryProblem) -> Int64 {
    guard let number = cursor.number() else { throw cursor.problem() }
    guard number <= 100_000 else { throw cursor.problem("\(number) is more than a story can wait.") }
    let units: [(String, Int64)] = [
      ("milliseconds", 1), ("seconds", 1_000), ("minutes", 60_000), ("hours", 3_600_000), ("days", 86_400_000),
      ("weeks", 604_800_000), ("years", 31_536_000_000), ("second", 1_000), ("minute", 60_000), ("hour", 3_600_000),
      ("day", 86_400_000), ("week", 604_800_000), ("year", 31_536_000_000),
    ]
    return Int64(number) * (try cursor.needOne(of: units))
  }

  // MARK: Names

  /// One of the story's offices.
  mutating func site() throws(StoryProblem) -> String {
    guard let site = knownSite() else { throw cursor.problem() }
    return site
  }

  mutating func knownSite() -> String? {
    cursor.one(of: story.offices.map { ($0, $0) })
  }

  /// A ticket number such as MAD-7.
  private mutating func number() throws(StoryProblem) -> String {
    guard let number = optionalNumber() else { throw cursor.problem() }
    return number
  }

  private mutating func optionalNumber() -> String? {
    cursor.word("a ticket number such as \(story.offices[0])-1") { TicketNumber($0) != nil && $0.contains("-") }
  }

  /// A ticket, if one is named here.
  mutating func ticket() -> Story.TicketReference? {
    if cursor.take("it") { return .it }
    if let number = optionalNumber() { return .number(number) }
    let named = names.sorted()
    return cursor.one(of: named.map { ($0, Story.TicketReference.named($0)) })
  }

  /// Somebody, if somebody is named here.
  mutating func person() throws(StoryProblem) -> Story.Person? {
    let people: [(String, Story.Person)] = [
      ("an agent", .named("ana")), ("another agent", .named("luc")), ("a lead", .named("leo")),
      ("an admin", .named("ada")), ("its requester", .itsRequester), ("its assignee", .itsAssignee),
      ("the console", .console), ("eva", .named("eva")), ("ana", .named("ana")), ("luc", .named("luc")),
      ("leo", .named("leo")), ("ada", .named("ada")),
    ]
    return cursor.one(of: people)
  }

  /// A field by its name in the API.
  mutating func field() throws(StoryProblem) -> TicketField {
    try cursor.needOne(of: TicketField.disputable.map { ($0.name, $0) })
  }

  /// A text in quotation marks, or one word.
  mutating func value() throws(StoryProblem) -> String {
    if let text = cursor.text() { return text }
    guard let word = cursor.word("a word", where: { _ in true }) else { throw cursor.problem() }
    return word
  }
}
