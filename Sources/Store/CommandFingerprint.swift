import Helpdesk
import OperationLog

/// What tells a repeated request from another one under the same idempotency key: a hash, the same in every process.
enum CommandFingerprint {
  /// The first eight bytes of a SHA-256 over everything that was asked.
  static func of(_ body: CommandBody, _ hashing: any Hashing) -> Int64 {
    var writer = ByteWriter(reserving: 256)
    switch body {
    case .openTicket(let ticket):
      writer.byte(1)
      write(ticket, &writer)
    case .reply(let ticket, let text, let isInternal):
      writer.byte(2)
      writer.identifier(ticket)
      writer.text(text)
      writer.byte(isInternal ? 1 : 0)
    default:
      // The description of plain values in declaration order: slow, and right for whatever is added.
      writer.byte(0)
      writer.text(String(reflecting: body))
    }
    return Int64(bitPattern: hashing.sha256(writer.bytes).word0)
  }

  /// Every field, because one that is left out would let another request pass for a repetition.
  private static func write(_ ticket: OpenTicket, _ writer: inout ByteWriter) {
    writer.text(ticket.subject)
    writer.text(ticket.description)
    write(ticket.requesterEmail, &writer)
    write(ticket.category, &writer)
    write(ticket.queue, &writer)
    writer.varint(ticket.urgency.rawValue)
    writer.varint(ticket.impact.rawValue)
    writer.varint(ticket.channel.rawValue)
    writer.varint(UInt64(ticket.tags.count))
    for tag in ticket.tags { writer.text(tag) }
    write(ticket.site, &writer)
    write(ticket.source?.name, &writer)
    write(ticket.source?.id, &writer)
  }

  private static func write(_ text: String?, _ writer: inout ByteWriter) {
    writer.byte(text == nil ? 0 : 1)
    if let text { writer.text(text) }
  }

  private static func write(_ id: EntityID?, _ writer: inout ByteWriter) {
    writer.byte(id == nil ? 0 : 1)
    if let id { writer.identifier(id) }
  }
}
