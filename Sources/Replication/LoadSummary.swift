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

  package init(waitingTickets: UInt64, freeAgents: UInt64, expectedWaitSeconds: UInt64?) {
    self.waitingTickets = waitingTickets
    self.freeAgents = freeAgents
    self.expectedWaitSeconds = expectedWaitSeconds
  }

  /// Version, tickets, agents, and the wait plus one (0: unknown).
  package var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 8)
    writer.byte(0)
    writer.varint(waitingTickets)
    writer.varint(freeAgents)
    writer.varint(expectedWaitSeconds.map { min($0, .max - 1) + 1 } ?? 0)
    return writer.bytes
  }

  /// Reads what a ping carried; nil when it is empty or of a version this program does not know. What a later version adds
  /// behind these fields is ignored.
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
  }
}
