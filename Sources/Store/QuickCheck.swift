import GRDB

/// SQLite's own quick check of a database file, from outside the node that uses it.
package enum QuickCheck {
  /// What is wrong, in SQLite's words, at most five lines; empty when the file is sound.
  ///
  /// The connection is read-only: it neither writes nor checkpoints, so a running node is not disturbed. Throws when the
  /// file cannot be opened or is no database; the error's description may be shown.
  package static func problems(path: String) throws -> [String] {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(2)
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    let lines = try queue.read { db in try String.fetchAll(db, sql: "PRAGMA quick_check(5)") }
    try queue.close()
    return lines == ["ok"] ? [] : lines
  }
}
