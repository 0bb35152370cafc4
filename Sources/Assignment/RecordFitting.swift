import OperationLog

/// Writes a record's text as long as there is room, the chosen ones first.
struct RecordFitting {
  /// What was known of the sites named, in the order they are first named.
  private(set) var sites: [SiteKnowledge] = []
  /// How many of the candidates fitted, from the first on.
  private(set) var agents = 0
  private(set) var outlooks = 0
  private(set) var tickets = 0

  private let inputs: DecisionInputs
  private var left: Int
  private var head = RecordWriter(reserving: AssignmentRecord.bytesMax)
  private var agentLines = RecordWriter(reserving: AssignmentRecord.bytesMax)
  private var outlookLines = RecordWriter(reserving: 0)
  private var ticketLines = RecordWriter()

  init(_ inputs: DecisionInputs) {
    let hasChosen = inputs.rule == .push ? !inputs.outlooks.isEmpty : !inputs.agents.isEmpty
    precondition(hasChosen && !inputs.tickets.isEmpty, "a decision has a ticket and a chosen one")
    self.inputs = inputs
    head.line { $0.head(rule: inputs.rule, now: inputs.now, policy: inputs.policy) }
    // The longest form of the "omitted" line is kept free.
    left = AssignmentRecord.bytesMax - head.bytes.count - 30
    sites.reserveCapacity(16)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * RecordLine.bytesMax) { room in
      guard let start = room.baseAddress else { preconditionFailure("room of \(room.count) bytes") }
      if !inputs.agents.isEmpty { takeAgents(1, start) }
      if !inputs.outlooks.isEmpty { takeOutlooks(1, start) }
      takeTickets(1, start)
      takeAgents(.max, start)
      takeOutlooks(.max, start)
      takeTickets(.max, start)
    }
  }

  /// Candidates that were considered but are not listed.
  var omitted: Int {
    inputs.omitted + inputs.agents.count - agents + inputs.tickets.count - tickets + inputs.outlooks.count - outlooks
  }

  /// The whole text; to be asked for once, because the lines are put together in place.
  mutating func finish() -> String {
    head.append(agentLines)
    head.append(outlookLines)
    head.append(ticketLines)
    let omitted = omitted
    head.line { $0.omitted(omitted) }
    return String(decoding: head.bytes, as: UTF8.self)
  }

  // MARK: One kind after the other, until one does not fit

  private mutating func takeAgents(_ limit: Int, _ room: UnsafeMutablePointer<UInt8>) {
    let inputs = inputs
    let subject = inputs.rule.choosesAgent ? inputs.tickets[0].ticket : nil
    while agents < min(limit, inputs.agents.count) {
      let index = agents
      guard
        let line = fit(
          inputs.agents[index].agent.site, room,
          {
            $0.agent(inputs.agents[index], subject: subject, place: $1)
          })
      else { return }
      agentLines.append(line)
      agents += 1
    }
  }

  private mutating func takeOutlooks(_ limit: Int, _ room: UnsafeMutablePointer<UInt8>) {
    let inputs = inputs
    while outlooks < min(limit, inputs.outlooks.count) {
      let index = outlooks
      guard
        let line = fit(
          inputs.outlooks[index].outlook.site.site, room,
          {
            $0.outlook(inputs.outlooks[index], place: $1)
          })
      else { return }
      outlookLines.append(line)
      outlooks += 1
    }
  }

  private mutating func takeTickets(_ limit: Int, _ room: UnsafeMutablePointer<UInt8>) {
    let inputs = inputs
    let agent = inputs.agents.first?.agent.person
    while tickets < min(limit, inputs.tickets.count) {
      let index = tickets
      guard
        let line = fit(
          inputs.tickets[index].ticket.custodianSite, room,
          {
            $0.ticket(inputs.tickets[index], agent: agent, place: $1)
          })
      else { return }
      ticketLines.append(line)
      tickets += 1
    }
  }

  /// The line with the place of its site, whose own line goes to the head when it is new; nil when there is no room left.
  private mutating func fit(
    _ site: EntityID, _ room: UnsafeMutablePointer<UInt8>, _ write: (inout RecordLine, Int?) -> Void
  ) -> RecordLine? {
    var siteLine = RecordLine(room + RecordLine.bytesMax)
    var place = sites.firstIndex { $0.site.isSame(as: site) }
    var found: SiteKnowledge?
    if place == nil, let knowledge = SiteKnowledge.best(of: site, in: inputs.sites) {
      siteLine.site(knowledge)
      found = knowledge
      place = sites.count
    }
    var line = RecordLine(room)
    write(&line, place)
    guard siteLine.count + line.count <= left else { return nil }
    left -= siteLine.count + line.count
    if let found {
      sites.append(found)
      head.append(siteLine)
    }
    return line
  }
}
