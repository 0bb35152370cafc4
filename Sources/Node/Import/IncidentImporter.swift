import Helpdesk
import OperationLog
package import Store

/// Turns the incidents of a log into tickets with their whole history at its original times.
///
/// Everything goes through the store's one way of writing. Names follow from the source, so a second run adds nothing, a
/// run that was broken off goes on where it stopped, and an import at another office gives the same tickets.
package struct IncidentImporter: Sendable {
  /// Incidents under way at once: enough to fill commit groups, few enough to leave room for people's own writes.
  package static let inFlight = 64
  /// How often a step is offered again while the store has too many writes waiting, 50 ms apart: ten seconds.
  private static let offersMax = 200

  private let store: SiteStore

  package init(store: SiteStore) {
    self.store = store
  }

  /// Says what an import would do; writes nothing.
  package func dryRun(_ incidents: [VolvoIncidents.Incident]) async throws -> ImportReport {
    var report = ImportReport()
    for incident in incidents {
      let id = store.powers.hashing.entity(source: VolvoIncidents.source, id: incident.id)
      if try await store.row(id) == nil { report.incidents += 1 } else { report.incidentsAlready += 1 }
      report.steps += incident.events.count
    }
    return report
  }

  /// Imports; returns after the last fsync. Throws `StoreFailure`; a refused row is in the report instead.
  package func run(_ incidents: [VolvoIncidents.Incident]) async throws -> ImportReport {
    try await defineSites(of: incidents)
    try await definePeople(of: incidents)
    try await defineQueues(of: incidents)
    return try await withThrowingTaskGroup(of: ImportReport.self) { group in
      var report = ImportReport()
      var rest = incidents[...]
      for incident in rest.prefix(Self.inFlight) { group.addTask { try await bring(incident) } }
      rest = rest.dropFirst(Self.inFlight)
      while let part = try await group.next() {
        report.add(part)
        if let incident = rest.popFirst() { group.addTask { try await bring(incident) } }
      }
      report.errors.sort { $0.line < $1.line }
      return report
    }
  }

  // MARK: Directory

  private func defineSites(of incidents: [VolvoIncidents.Incident]) async throws {
    let known = Set(try await store.sites().map(\.code))
    let wanted = incidents.reduce(into: Set<String>()) { $0.formUnion($1.countries) }
    for country in wanted.sorted() where !known.contains(country) {
      let place = VolvoCountry(country) ?? .unknown
      // Hosted here until somebody gives the office a node of its own.
      let definition = SiteDefinition(
        code: country, name: place.name, timeZone: place.timeZone, node: store.home.node)
      _ = try await carryOut(.defineSite(definition), at: nil)
    }
  }

  private func definePeople(of incidents: [VolvoIncidents.Incident]) async throws {
    var wanted: [String: (person: VolvoPerson, role: Role)] = [:]
    for incident in incidents {
      let office = VolvoPerson(officeOf: incident.requesterCountry)
      wanted[office.email] = (office, .employee)
      for person in incident.events.compactMap(\.person) { wanted[person.email] = (person, .agent) }
    }
    let known = try await store.people(Set(wanted.keys.map(personID)))
    try await inParallel(wanted.keys.sorted()) { [wanted] email in
      guard let (person, role) = wanted[email], known[personID(email)] == nil else { return }
      // Not available: the log's people take no work of today.
      let definition = PersonDefinition(
        email: person.email, name: person.name, role: role, site: store.powers.hashing.site(code: person.country),
        language: ["AR", "CL", "ES", "PE"].contains(person.country) ? "es" : "en", isAvailable: false)
      _ = try await carryOut(.definePerson(definition), at: nil)
    }
  }

  private func defineQueues(of incidents: [VolvoIncidents.Incident]) async throws {
    let known = Set(try await store.queues().map(\.id))
    var wanted: [String: Int] = [:]
    for event in incidents.flatMap(\.events) where wanted[event.team] == nil {
      wanted[event.team] = event.ticketLevel ?? 1
    }
    let names = wanted.keys.sorted().filter { !known.contains(queueID($0)) }
    try await inParallel(names) { [wanted] name in
      _ = try await carryOut(.defineQueue(name: name, level: wanted[name] ?? 1), at: nil)
    }
  }

  private func inParallel(
    _ names: [String], _ body: @escaping @Sendable (String) async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      var rest = names[...]
      for name in rest.prefix(Self.inFlight) { group.addTask { try await body(name) } }
      rest = rest.dropFirst(Self.inFlight)
      while try await group.next() != nil {
        if let name = rest.popFirst() { group.addTask { try await body(name) } }
      }
    }
  }

  private func personID(_ email: String) -> EntityID {
    store.powers.hashing.person(email: store.powers.normaliser.normalised(email))
  }

  private func queueID(_ name: String) -> EntityID {
    store.powers.hashing.queue(name: store.powers.normaliser.normalised(name))
  }

  // MARK: Tickets

  private func bring(_ incident: VolvoIncidents.Incident) async throws -> ImportReport {
    guard let first = incident.events.first else { return ImportReport() }
    var report = ImportReport()
    let opening = OpenTicket(
      subject: incident.subject, description: incident.description,
      requesterEmail: VolvoPerson(officeOf: incident.requesterCountry).email, impact: first.ticketImpact ?? .low,
      channel: .imported, site: store.powers.hashing.site(code: incident.country),
      source: OpenTicket.Source(name: VolvoIncidents.source, id: incident.id))
    let ticket: EntityID
    do {
      let outcome = try await carryOut(.openTicket(opening), at: first.at)
      ticket = outcome.entity
      if outcome.dots.isEmpty { report.incidentsAlready = 1 } else { report.incidents = 1 }
    } catch let refusal as CommandRefusal {
      let message = "the ticket was refused: \(refusal.sentence)"
      report.errors = incident.events.map { .init(line: $0.line, incident: incident.id, message: message) }
      return report
    }
    for event in incident.events {
      do {
        let outcome = try await carryOut(.importStep(ticket, step(event, of: incident)), at: event.at)
        if outcome.dots.isEmpty { report.already += 1 } else { report.steps += 1 }
      } catch let refusal as CommandRefusal {
        report.errors.append(.init(line: event.line, incident: incident.id, message: refusal.sentence))
      }
    }
    return report
  }

  private func step(_ event: VolvoIncidents.Event, of incident: VolvoIncidents.Incident) -> ImportedStep {
    let person = event.person.map { personID($0.email) }
    return ImportedStep(
      source: OpenTicket.Source(name: VolvoIncidents.source, id: "\(incident.id)#\(event.number)"),
      text: event.text, edit: event.edit(queue: queueID(event.team), owner: person), level: event.ticketLevel,
      person: person)
  }

  /// Offers a command until the store has room for it.
  private func carryOut(_ body: CommandBody, at occurredAt: Int64?) async throws -> CommandOutcome {
    let command = Command(actor: .system, occurredAt: occurredAt, body: body)
    for _ in 1..<Self.offersMax {
      do {
        return try await store.execute(command)
      } catch CommandRefusal.busy {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    return try await store.execute(command)
  }
}
