import OperationLog

/// How busy an office is, as its pings say (docs/wire.md). Soft: it steers where a ticket is offered first, never who may have
/// it.
package struct LoadSummary: Hashable, Sendable {
  /// Tickets that wait for an agent there.
  package var waitingTickets: UInt64
  /// Agents that are present and have room for another ticket.
  package var freeAgents: UInt64
  /// How long a ticket that arrives now is expected to wait, seconds; nil when nothing is known.
  package var expectedWaitSeconds: UInt64?
  /// What an expected wait there is reckoned from; nil from a program that does not tell.
  package var staffing: Staffing?
  /// What the sender knows of sites that are not the receiver's neighbours, as the rules of assignment write it; empty for
  /// nothing. It follows the staffing.
  package var others: [UInt8] = []

  /// The work and the people behind the figures.
  package struct Staffing: Hashable, Sendable {
    /// Tickets that wait there, by priority, the most pressing first; always four.
    package var waitingByPriority: [UInt64]
    /// Tickets the agents there have.
    package var assignedTickets: UInt64
    /// Tickets the agents who are on shift now take at most.
    package var capacityOnShift: UInt64
    /// Until somebody is on shift, seconds, 0 for now; nil when nobody is known to come.
    package var secondsUntilShift: UInt64?

    package init(
      waitingByPriority: [UInt64], assignedTickets: UInt64, capacityOnShift: UInt64, secondsUntilShift: UInt64?
    ) {
      self.waitingByPriority = waitingByPriority
      self.assignedTickets = assignedTickets
      self.capacityOnShift = capacityOnShift
      self.secondsUntilShift = secondsUntilShift
    }
  }

  /// Priorities told apart.
  private static let priorities = 4

  package init(
    waitingTickets: UInt64, freeAgents: UInt64, expectedWaitSeconds: UInt64?, staffing: Staffing? = nil
  ) {
    self.waitingTickets = waitingTickets
    self.freeAgents = freeAgents
    self.expectedWaitSeconds = expectedWaitSeconds
    self.staffing = staffing
  }

  /// Version, tickets, agents, and the wait plus one (0: unknown); then, where known, waiting by priority, assigned, capacity
  /// and the time until a shift plus one.
  package var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 24)
    writer.byte(0)
    writer.varint(waitingTickets)
    writer.varint(freeAgents)
    writer.varint(expectedWaitSeconds.map { min($0, .max - 1) + 1 } ?? 0)
    if let staffing {
      for place in 0..<Self.priorities {
        let counts = staffing.waitingByPriority
        writer.varint(counts.indices.contains(place) ? counts[place] : 0)
      }
      writer.varint(staffing.assignedTickets)
      writer.varint(staffing.capacityOnShift)
      writer.varint(staffing.secondsUntilShift.map { min($0, .max - 1) + 1 } ?? 0)
    }
    return staffing == nil ? writer.bytes : Self.bytes(writer.bytes, telling: others)
  }

  /// The bytes of a load with what is told of other sites behind it; without that where there is no room for it.
  static func bytes(_ load: [UInt8], telling others: [UInt8]) -> [UInt8] {
    if load.isEmpty || others.isEmpty { return load }
    var writer = ByteWriter(reserving: others.count + 2)
    writer.blob(others)
    return load.count + writer.bytes.count <= Frame.Limit.loadBytes ? load + writer.bytes : load
  }

  /// Reads what a ping carried; nil when it is empty or of a version this program does not know. What a later version adds
  /// behind these fields is ignored, and what an earlier one leaves out is not known.
  package init?(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    do {
      guard try reader.byte() == 0 else { return nil }
      waitingTickets = try reader.varint()
      freeAgents = try reader.varint()
      let wait = try reader.varint()
      expectedWaitSeconds = wait == 0 ? nil : wait - 1
    } catch {
      // Not a load summary: the same as none.
      return nil
    }
    staffing = Self.staffing(&reader)
    // An earlier program ends before it, a later one may write something else here: the same as nothing told.
    if staffing != nil, let blob = try? reader.blob(limit: Frame.Limit.loadBytes) { others = blob }
  }

  private static func staffing(_ reader: inout ByteReader) -> Staffing? {
    do {
      var waiting: [UInt64] = []
      for _ in 0..<priorities { waiting.append(try reader.varint()) }
      let assigned = try reader.varint()
      let capacity = try reader.varint()
      let shift = try reader.varint()
      return Staffing(
        waitingByPriority: waiting, assignedTickets: assigned, capacityOnShift: capacity,
        secondsUntilShift: shift == 0 ? nil : shift - 1)
    } catch {
      // An earlier program ends before these fields.
      return nil
    }
  }
}
