import Foundation
import GRDB
import Helpdesk
import OperationLog

extension EntityFold {
  /// Folds the entity in anew from its operations: after a stream was taken apart they have other names, and what their
  /// authors had seen is told apart.
  func refold() throws {
    guard let number = entity.no else { return }
    entity.state = EntityState()
    entity.projection = TicketProjection()
    try db.execute(sql: "DELETE FROM entry WHERE entity = ?", arguments: [number])
    let branches = writer.branching(db)
    let names = Dictionary(writer.streams.map { ($0.value.no, $0.key) }, uniquingKeysWith: { first, _ in first })
    let rows = try Row.fetchAll(
      db.cachedStatement(sql: "SELECT id, header, text FROM operation WHERE entity = ? ORDER BY id"),
      arguments: [number])
    for row in rows {
      let rowID: Int64 = row["id"]
      guard let stream = names[OperationRowID.stream(rowID)], let stored = StoredOperation(row: row, stream: stream)
      else { continue }
      let hash = try branches.hash(of: stream, at: stored.reference.sequence)
      var header = stored.header
      header.observed = try branches.resolve(header.observed)
      let operation = FoldableOperation(
        reference: DotReference(dot: stored.reference.dot, hashPrefix: hash.prefix), header: header,
        changes: stored.changes)
      let subjectBefore = kind == .ticket ? Ticket(id: id, state: entity.state).subject : nil
      entity.state.fold(operation)
      try countEntry(operation, rowID, number)
      if kind == .ticket { try noteWords(of: operation, texts: stored.texts ?? [], subjectBefore: subjectBefore) }
    }
    if writer.deferredCount > 0 { try noteEarlierDeferred() }
    if kind == .ticket {
      try writeNumbers(number)
      writer.noteChange(of: entity)
    } else {
      try writeDirectoryEntity(number)
    }
  }
}
