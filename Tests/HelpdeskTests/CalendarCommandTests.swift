import Helpdesk
import OpenSSLCrypto
import OperationLog
import Testing

@Suite("Calendars, absences, skills and policies as commands")
struct CalendarCommandTests {
  private typealias People = TestDirectory
  private let desk = TestDesk()
  private let madrid = People.hashing.calendar(key: "mad")

  private func holiday(_ date: String, _ name: String) throws -> Holiday {
    try #require(CivilDate(text: date).flatMap { Holiday(date: $0, name: name) })
  }

  private func absence(_ from: String, _ to: String, _ kind: AbsenceKind = .vacation) throws -> Absence {
    let from = try #require(CivilDate(text: from))
    let to = try #require(CivilDate(text: to))
    return try #require(Absence(from: WallTime(from), to: WallTime(to), kind: kind))
  }

  // MARK: Calendars

  @Test("A new calendar has ordinary hours and the site's zone until somebody says otherwise")
  func define() throws {
    let id = try desk.run(.defineCalendar(CalendarDefinition(key: " MAD ")), as: People.diego)
    #expect(id == madrid)
    var calendar = try #require(try desk.calendar(id))
    #expect(calendar.key == "mad")
    #expect(calendar.hours == .standard)
    #expect(calendar.timeZone == nil)
    let hours = try WeeklyHours(text: "mon-sat 08:00-20:00")
    try desk.run(
      .defineCalendar(CalendarDefinition(key: "mad", hours: hours, timeZone: "Atlantic/Canary")), as: People.diego)
    calendar = try #require(try desk.calendar(id))
    #expect(calendar.hours == hours)
    #expect(calendar.timeZone == "Atlantic/Canary")
    try desk.run(.defineCalendar(CalendarDefinition(key: "mad", timeZone: .some(nil))), as: People.diego)
    #expect(try desk.calendar(id)?.timeZone == nil)
    #expect(
      desk.refusal(.defineCalendar(CalendarDefinition(key: "mad")), as: People.diego) == .nothingToChange)
  }

  @Test("Keys are short and plain; administrators write every calendar, a lead those of their office")
  func keysAndRoles() {
    func refusal(_ key: String, _ person: EntityID) -> CommandRefusal? {
      desk.refusal(.defineCalendar(CalendarDefinition(key: key)), as: person)
    }
    for key in ["a", "night-2", String(repeating: "k", count: 40)] { #expect(refusal(key, People.diego) == nil) }
    #expect(refusal("", People.diego) == .fieldEmpty(field: "key"))
    #expect(refusal(String(repeating: "k", count: 41), People.diego) == .fieldTooLong(field: "key", bytesMax: 40))
    for key in ["a b", "ñ", "-a", "a/b"] { #expect(refusal(key, People.diego)?.name == "value_unknown") }
    #expect(refusal("mad", People.carla) == nil)
    #expect(refusal("mad-night", People.carla) == nil)
    #expect(refusal("madness", People.carla) == .notAllowed(needs: .admin))
    #expect(refusal("lyo", People.carla) == .notAllowed(needs: .admin))
    #expect(refusal("mad", People.ana) == .notAllowed(needs: .admin))
  }

  @Test("Two people who add holidays at the same time both succeed; a removal takes only what its author had seen")
  func concurrentHolidays() throws {
    try desk.run(.defineCalendar(CalendarDefinition(key: "mad")), as: People.diego)
    let other = TestDesk("LYO")
    other.receive(from: desk)
    let christmas = try holiday("2026-12-25", "Navidad")
    let epiphany = try holiday("2027-01-06", "Reyes")
    try desk.run(.changeHolidays(madrid, adding: [christmas], removing: []), as: People.diego)
    try other.run(.changeHolidays(madrid, adding: [christmas, epiphany], removing: []), as: People.diego)
    // Madrid takes its own back without having heard of Lyon's.
    try desk.run(.changeHolidays(madrid, adding: [], removing: [christmas]), as: People.diego)
    desk.receive(from: other)
    other.receive(from: desk)
    #expect(try desk.calendar(madrid)?.holidays == [christmas, epiphany])
    #expect(desk.states[madrid]?.encoded() == other.states[madrid]?.encoded())
    #expect(
      desk.refusal(.changeHolidays(madrid, adding: [christmas], removing: []), as: People.diego) == .nothingToChange)
  }

  @Test("Many holidays are cut into operations that fit, and more than a thousand are refused")
  func manyHolidays() throws {
    try desk.run(.defineCalendar(CalendarDefinition(key: "mad")), as: People.diego)
    let first = try #require(CivilDate(text: "2026-01-01"))
    let name = String(repeating: "á", count: 100)
    let many = (0..<1000).compactMap { Holiday(date: first.advanced(byDays: $0), name: name) }
    let before = desk.held.count
    try desk.run(.changeHolidays(madrid, adding: many, removing: []), as: People.diego)
    #expect(try desk.calendar(madrid)?.holidays.count == 1000)
    #expect(desk.held.count - before == 17)
    #expect(desk.held.allSatisfy { $0.header.encoded().count < OperationHeader.headerBytesMax / 2 })
    let more = try holiday("2020-01-01", "One too many")
    #expect(
      desk.refusal(.changeHolidays(madrid, adding: [more], removing: []), as: People.diego)
        == .tooMany(field: "holidays", max: 1000))
    #expect(desk.refusal(.changeHolidays(madrid, adding: [more], removing: [many[0]]), as: People.diego) == nil)
    #expect(
      desk.refusal(.changeHolidays(EntityID(high: 9, low: 9), adding: [more], removing: []), as: People.diego)?.name
        == "reference_unknown")
    #expect(
      desk.refusal(.changeHolidays(madrid, adding: [try holiday("2020-01-01", " ")], removing: []), as: People.diego)
        == .fieldEmpty(field: "name"))
  }

  @Test("A lead chooses the hours of their own office and nothing else of it")
  func siteCalendar() throws {
    try desk.run(.defineCalendar(CalendarDefinition(key: "mad")), as: People.carla)
    func refusal(_ definition: SiteDefinition, _ person: EntityID) -> CommandRefusal? {
      desk.refusal(.defineSite(definition), as: person)
    }
    #expect(refusal(SiteDefinition(code: "MAD", calendar: madrid), People.carla) == nil)
    #expect(refusal(SiteDefinition(code: "mad", calendar: .some(nil)), People.carla) == nil)
    #expect(refusal(SiteDefinition(code: "LYO", calendar: madrid), People.carla) == .notAllowed(needs: .admin))
    #expect(
      refusal(SiteDefinition(code: "MAD", name: "M", calendar: madrid), People.carla) == .notAllowed(needs: .admin))
    #expect(refusal(SiteDefinition(code: "MAD"), People.carla) == .notAllowed(needs: .admin))
    #expect(
      refusal(SiteDefinition(code: "MAD", calendar: EntityID(high: 9, low: 9)), People.diego)?.name
        == "reference_unknown")
    #expect(refusal(SiteDefinition(code: "MAD", timeZone: "no zone\u{7f} ñ"), People.diego)?.name == "value_unknown")
  }

  // MARK: People

  @Test("People note when they are away; for others a lead of their office or an administrator does")
  func absences() throws {
    let week = try absence("2026-12-21", "2026-12-28")
    func refusal(_ person: EntityID, by author: EntityID) -> CommandRefusal? {
      desk.refusal(.changeAbsences(person, adding: [week], removing: []), as: author)
    }
    #expect(refusal(People.ana, by: People.ana) == nil)
    #expect(refusal(People.ana, by: People.carla) == nil)
    #expect(refusal(People.bruno, by: People.diego) == nil)
    #expect(refusal(People.bruno, by: People.carla) == .notAllowed(needs: .admin))
    #expect(refusal(People.diego, by: People.carla) == .notAllowed(needs: .admin))
    #expect(refusal(People.bruno, by: People.ana) == .notAllowed(needs: .admin))
    try desk.run(.changeAbsences(People.ana, adding: [week], removing: []), as: People.ana)
    #expect(try desk.person(People.ana)?.absences == [week])
    #expect(refusal(People.ana, by: People.ana) == .nothingToChange)
    let longer = try absence("2026-12-21", "2026-12-30")
    try desk.run(.changeAbsences(People.ana, adding: [longer], removing: [week]), as: People.ana)
    #expect(try desk.person(People.ana)?.absences == [longer])
    let distinct = (0..<201).compactMap { index in
      Absence(from: WallTime(longer.from.day, minute: index), to: longer.to, kind: .away)
    }
    #expect(
      desk.refusal(.changeAbsences(People.bruno, adding: distinct, removing: []), as: People.diego)
        == .tooMany(field: "absences", max: 200))
    #expect(
      desk.refusal(.changeAbsences(People.bruno, adding: Array(distinct.dropLast()), removing: []), as: People.diego)
        == nil)
  }

  @Test("Skills, shift and place of work are a lead's to say; languages one's own; sets keep what others add")
  func work() throws {
    try desk.run(.defineCalendar(CalendarDefinition(key: "mad-night")), as: People.diego)
    let night = People.hashing.calendar(key: "mad-night")
    let ana = "ana@example.org"
    func refusal(_ definition: PersonDefinition, _ author: EntityID) -> CommandRefusal? {
      desk.refusal(.definePerson(definition), as: author)
    }
    #expect(refusal(PersonDefinition(email: ana, spokenLanguages: ["FR", "pt"]), People.ana) == nil)
    #expect(refusal(PersonDefinition(email: ana, skills: []), People.ana) == .notAllowed(needs: .admin))
    #expect(refusal(PersonDefinition(email: ana, calendar: night), People.ana) == .notAllowed(needs: .admin))
    #expect(refusal(PersonDefinition(email: ana, worksRemotely: true), People.ana) == .notAllowed(needs: .admin))
    let all = PersonDefinition(
      email: ana, calendar: night, skills: [People.network], spokenLanguages: ["fr"], worksRemotely: true)
    #expect(refusal(all, People.carla) == nil)
    try desk.run(.definePerson(all), as: People.carla)
    let person = try #require(try desk.person(People.ana))
    #expect(person.skills == [People.network])
    #expect(person.knows(People.network) && person.knows(nil) && !person.knows(EntityID(high: 9, low: 9)))
    #expect(person.speaks("fr") && person.speaks("es") && !person.speaks("en"))
    #expect(desk.states[People.ana]?.value(DirectoryField.Person.calendar) == .identifier(night))
    #expect(desk.states[People.ana]?.value(DirectoryField.Person.worksRemotely) == .flag(true))
    try desk.run(.definePerson(PersonDefinition(email: ana, skills: [])), as: People.carla)
    #expect(try desk.person(People.ana)?.skills == [])
    let unknown = EntityID(high: 9, low: 9)
    #expect(refusal(PersonDefinition(email: ana, skills: [unknown]), People.diego)?.pointer == "/skills")
    #expect(refusal(PersonDefinition(email: ana, calendar: unknown), People.diego)?.pointer == "/calendar")
    for wrong in ["f", "fran", "f1"] {
      #expect(
        refusal(PersonDefinition(email: ana, spokenLanguages: [wrong]), People.diego)?.pointer == "/languages")
    }
    let many = (0..<21).map { String(UnicodeScalar(UInt8(97 + $0))) + "a" }
    #expect(
      refusal(PersonDefinition(email: ana, spokenLanguages: many), People.diego)
        == .tooMany(field: "languages", max: 20))
  }

  // MARK: Policies

  @Test("A policy is bytes under a key: the company's or a site's, at most one kibibyte, by an administrator")
  func policy() throws {
    let text = [UInt8](repeating: 0x61, count: 1024)
    try desk.run(.definePolicy(key: "Company", text: text), as: People.diego)
    #expect(try desk.policy(People.hashing.policy(key: "company"))?.text == text)
    try desk.run(.definePolicy(key: "lyo", text: [0x62]), as: People.diego)
    #expect(try desk.policy(People.hashing.policy(key: "LYO"))?.text == [0x62])
    try desk.run(.definePolicy(key: "LYO", text: nil), as: People.diego)
    #expect(try desk.policy(People.hashing.policy(key: "LYO"))?.text == nil)
    func refusal(_ key: String, _ text: [UInt8]?, _ person: EntityID = People.diego) -> CommandRefusal? {
      desk.refusal(.definePolicy(key: key, text: text), as: person)
    }
    #expect(refusal("company", text + [0]) == .fieldTooLong(field: "policy", bytesMax: 1024))
    #expect(refusal("company", []) == .fieldEmpty(field: "policy"))
    #expect(refusal("XXX", text)?.name == "reference_unknown")
    #expect(refusal("LYO", nil) == .nothingToChange)
    #expect(refusal("company", [1], People.carla) == .notAllowed(needs: .admin))
  }

  // MARK: Order

  @Test("Every pair of these kinds, and random histories of them, give one state in every order")
  func order() throws {
    for seed in 0..<120 {
      var dice = Dice(seed: UInt64(seed))
      let desks = [TestDesk("MAD"), TestDesk("LYO", skew: -86_400_000), TestDesk("BOG", skew: 7_000_000)]
      for desk in desks { try desk.run(.defineCalendar(CalendarDefinition(key: "mad")), as: People.diego) }
      for _ in 0..<14 {
        let desk = dice.one(of: desks)
        if dice.isOne(in: 3) {
          desk.receive(from: dice.one(of: desks))
        } else {
          try step(desk, &dice)
        }
      }
      for desk in desks { for other in desks { desk.receive(from: other) } }
      let operations = desks[0].held
      #expect(operations.count == desks[1].held.count)
      let expected = desks[0].states.mapValues { $0.encoded() }
      for _ in 0..<5 {
        var states: [EntityID: EntityState] = [:]
        for operation in operations.shuffled(using: &dice) + operations.prefix(3) {
          states[operation.header.entity, default: EntityState()].fold(operation)
        }
        if states.mapValues({ $0.encoded() }) != expected { Issue.record("seed \(seed): another order, another state") }
      }
    }
  }

  /// One of the kinds, and often the same thing that another desk does at the same time; refusals are part of it.
  private func step(_ desk: TestDesk, _ dice: inout Dice) throws {
    let days = try [holiday("2026-12-25", "A"), holiday("2026-12-25", "B"), holiday("2027-01-06", "C")]
    let away = try [absence("2026-12-21", "2026-12-28"), absence("2026-08-01", "2026-09-01", .training)]
    let body: CommandBody =
      switch Int.random(in: 0...5, using: &dice) {
      case 0: .defineCalendar(CalendarDefinition(key: "mad", hours: dice.isOne(in: 2) ? .always : .standard))
      case 1: .changeHolidays(madrid, adding: [dice.one(of: days)], removing: [dice.one(of: days)])
      case 2: .changeAbsences(People.ana, adding: [dice.one(of: away)], removing: [dice.one(of: away)])
      case 3: .definePolicy(key: "company", text: dice.isOne(in: 3) ? nil : [UInt8.random(in: 1...3, using: &dice)])
      case 4:
        .definePerson(
          PersonDefinition(
            email: "ana@example.org", calendar: dice.isOne(in: 2) ? .some(nil) : madrid,
            skills: dice.isOne(in: 2) ? [] : [People.network], spokenLanguages: dice.isOne(in: 2) ? ["fr"] : ["de"]))
      default: .defineSite(SiteDefinition(code: "MAD", calendar: dice.isOne(in: 2) ? .some(nil) : madrid))
      }
    do {
      try desk.run(body, as: People.diego)
    } catch is CommandRefusal {
      desk.now += 1
    }
  }
}
