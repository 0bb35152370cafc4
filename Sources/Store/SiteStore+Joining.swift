import GRDB

/// What a joining office begins with where it is given a copy of another's database instead of fetching the log.
extension SiteStore {
  /// What belongs to one office alone, and is of no use or not to be known elsewhere.
  private static let ownTables = [
    "request", "held_run", "bootstrap_node", "invitation", "web_session", "local_setting",
  ]

  /// Turns the copy of an office's database in this directory into one that belongs to nobody yet: the whole log and what
  /// follows from it stay, and the next opening begins a stream of its own.
  ///
  /// The database must not be open anywhere. Throws `DatabaseError`.
  package static func disown(directory: String) throws {
    let pool = try openPool(directory + "/relevo.sqlite", [], StoreMemory())
    try pool.write { db in
      for table in ownTables { try db.execute(sql: "DELETE FROM \(table)") }
      // Numbers of tickets are counted by each office for itself.
      try db.execute(sql: "UPDATE progress SET ticket_count = 0")
    }
    try pool.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
    try pool.close()
  }
}
