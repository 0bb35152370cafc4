import GRDB
import Helpdesk
import OperationLog

/// The migrations: numbered, raw and frozen once shipped.
enum StoreSchema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in try db.execute(sql: version1) }
    migrator.registerMigration("2") { db in try db.execute(sql: version2) }
    migrator.registerMigration("3") { db in try db.execute(sql: version3) }
    migrator.registerMigration("3-reports") { db in try db.execute(sql: version3Reports) }
    migrator.registerMigration("4") { db in
      try db.execute(sql: version4)
      try deriveClaims(db)
    }
    migrator.registerMigration("5") { db in try db.execute(sql: version5) }
    return migrator
  }

  /// An operation's row id is `stream.no << 40 | sequence`, so a run is one range of one tree.
  private static let version1 = """
    CREATE TABLE stream (
      no INTEGER PRIMARY KEY,
      id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
      node BLOB NOT NULL CHECK (length(node) = 16),
      public_key BLOB NOT NULL CHECK (length(public_key) = 32),
      head INTEGER NOT NULL CHECK (head >= 0),
      hash BLOB NOT NULL CHECK (length(hash) = 32)
    ) STRICT;
    CREATE TABLE signed_head (
      id INTEGER PRIMARY KEY,
      hash BLOB NOT NULL CHECK (length(hash) = 32),
      signature BLOB NOT NULL CHECK (length(signature) = 64)
    ) STRICT;
    CREATE TABLE operation (
      id INTEGER PRIMARY KEY,
      entity INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      header BLOB NOT NULL,
      salt BLOB,
      text BLOB
    ) STRICT;
    CREATE INDEX operation_entity ON operation(entity);
    CREATE TABLE deferred (
      operation INTEGER PRIMARY KEY,
      entity BLOB NOT NULL CHECK (length(entity) = 16),
      reason TEXT NOT NULL
    ) STRICT;
    CREATE INDEX deferred_entity ON deferred(entity);
    CREATE TABLE entry (
      id BLOB NOT NULL CHECK (length(id) = 16),
      entity INTEGER NOT NULL,
      operation INTEGER NOT NULL,
      PRIMARY KEY (id, entity)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE request (
      key BLOB PRIMARY KEY CHECK (length(key) = 16),
      body INTEGER NOT NULL,
      entity BLOB NOT NULL,
      first_operation INTEGER NOT NULL,
      operations INTEGER NOT NULL,
      at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE entity (
      no INTEGER PRIMARY KEY,
      id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
      kind INTEGER NOT NULL,
      state BLOB NOT NULL
    ) STRICT;
    CREATE TABLE ticket (
      no INTEGER PRIMARY KEY,
      id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
      state BLOB NOT NULL,
      number TEXT NOT NULL,
      subject TEXT NOT NULL,
      stage INTEGER NOT NULL,
      status INTEGER NOT NULL,
      waiting_reason INTEGER NOT NULL,
      priority INTEGER NOT NULL,
      urgency INTEGER NOT NULL,
      impact INTEGER NOT NULL,
      category BLOB,
      queue BLOB,
      level INTEGER NOT NULL,
      site BLOB,
      custodian BLOB,
      custodian_stream BLOB,
      requester BLOB,
      assignee BLOB,
      channel INTEGER NOT NULL,
      tags TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      answered_at INTEGER,
      resolved_at INTEGER,
      answer_due INTEGER NOT NULL,
      conflicts INTEGER NOT NULL,
      review INTEGER NOT NULL,
      last_word TEXT NOT NULL,
      last_word_at INTEGER NOT NULL,
      last_word_by INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX ticket_open ON ticket(answer_due) WHERE status < 2;
    CREATE INDEX ticket_requester ON ticket(requester);
    CREATE INDEX ticket_assignee ON ticket(assignee) WHERE status < 2 AND assignee IS NOT NULL;
    CREATE INDEX ticket_conflicts ON ticket(no) WHERE conflicts <> 0;
    CREATE TABLE ticket_number (
      number TEXT PRIMARY KEY,
      ticket INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE VIRTUAL TABLE ticket_text USING fts5(
      public_words, internal_words, content='', detail=full, tokenize='unicode61 remove_diacritics 2');
    CREATE TABLE person (
      no INTEGER PRIMARY KEY,
      id BLOB NOT NULL UNIQUE,
      email TEXT NOT NULL,
      name TEXT NOT NULL,
      role INTEGER NOT NULL,
      site BLOB,
      language TEXT NOT NULL,
      active INTEGER NOT NULL,
      available INTEGER NOT NULL,
      capacity INTEGER NOT NULL,
      password TEXT
    ) STRICT;
    CREATE TABLE site (
      no INTEGER PRIMARY KEY,
      id BLOB NOT NULL UNIQUE,
      code TEXT NOT NULL,
      name TEXT NOT NULL,
      time_zone TEXT NOT NULL,
      node BLOB
    ) STRICT;
    CREATE TABLE node (
      no INTEGER PRIMARY KEY,
      id BLOB NOT NULL UNIQUE,
      site BLOB NOT NULL,
      public_key BLOB NOT NULL,
      curve_key BLOB NOT NULL,
      address TEXT NOT NULL
    ) STRICT;
    CREATE TABLE category (
      no INTEGER PRIMARY KEY,
      id BLOB NOT NULL UNIQUE,
      key TEXT NOT NULL,
      name_en TEXT NOT NULL,
      name_es TEXT NOT NULL
    ) STRICT;
    CREATE TABLE queue (
      no INTEGER PRIMARY KEY,
      id BLOB NOT NULL UNIQUE,
      name TEXT NOT NULL,
      level INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE token (
      no INTEGER PRIMARY KEY,
      id BLOB NOT NULL UNIQUE,
      person BLOB NOT NULL,
      name TEXT NOT NULL,
      digest BLOB NOT NULL,
      revoked INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE held_run (
      id INTEGER PRIMARY KEY,
      stream BLOB NOT NULL,
      first INTEGER NOT NULL,
      bytes BLOB NOT NULL,
      UNIQUE (stream, first)
    ) STRICT;
    CREATE TABLE bootstrap_node (
      id BLOB PRIMARY KEY,
      site BLOB NOT NULL,
      public_key BLOB NOT NULL,
      curve_key BLOB NOT NULL,
      address TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE invitation (
      id BLOB PRIMARY KEY,
      site TEXT NOT NULL,
      curve_key BLOB NOT NULL,
      secret_digest BLOB NOT NULL,
      expires_at INTEGER NOT NULL,
      used INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE web_session (
      digest BLOB PRIMARY KEY,
      person BLOB NOT NULL,
      created_at INTEGER NOT NULL,
      seen_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE local_setting (
      key TEXT PRIMARY KEY,
      value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE progress (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      digest BLOB NOT NULL,
      clock INTEGER NOT NULL,
      lamport INTEGER NOT NULL,
      ticket_count INTEGER NOT NULL,
      next_entity INTEGER NOT NULL
    ) STRICT;
    """

  /// Streams written twice: the proofs, and which stream an earlier request wrote to (the first one until now). A number
  /// may belong to two tickets since then.
  private static let version2 = """
    CREATE TABLE fork_proof (
      root BLOB NOT NULL CHECK (length(root) = 16),
      sequence INTEGER NOT NULL,
      first_hash BLOB NOT NULL CHECK (length(first_hash) = 32),
      other_hash BLOB NOT NULL CHECK (length(other_hash) = 32),
      head_sequence INTEGER NOT NULL,
      head_hash BLOB NOT NULL,
      head_signature BLOB NOT NULL,
      other_head_sequence INTEGER NOT NULL,
      other_head_hash BLOB NOT NULL,
      other_head_signature BLOB NOT NULL,
      found_at INTEGER NOT NULL,
      acknowledged INTEGER NOT NULL,
      PRIMARY KEY (root, sequence, first_hash, other_hash)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE request ADD COLUMN stream INTEGER NOT NULL DEFAULT 1;
    CREATE TABLE ticket_alias (
      number TEXT NOT NULL,
      ticket INTEGER NOT NULL,
      PRIMARY KEY (number, ticket)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO ticket_alias SELECT number, ticket FROM ticket_number;
    DROP TABLE ticket_number;
    ALTER TABLE ticket_alias RENAME TO ticket_number;
    CREATE TABLE shared_number (number TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    """

  /// Who works when, where and on what. Sets are kept as their elements one behind the other, each behind its length.
  private static let version3 = """
    ALTER TABLE person ADD COLUMN calendar BLOB;
    ALTER TABLE person ADD COLUMN skills BLOB NOT NULL DEFAULT x'';
    ALTER TABLE person ADD COLUMN languages TEXT NOT NULL DEFAULT '';
    ALTER TABLE person ADD COLUMN remote INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE person ADD COLUMN absences BLOB NOT NULL DEFAULT x'';
    ALTER TABLE site ADD COLUMN calendar BLOB;
    CREATE TABLE calendar (
      no INTEGER PRIMARY KEY,
      id BLOB NOT NULL UNIQUE,
      key TEXT NOT NULL,
      name TEXT NOT NULL,
      hours BLOB NOT NULL,
      time_zone TEXT,
      holidays BLOB NOT NULL
    ) STRICT;
    CREATE TABLE policy (
      no INTEGER PRIMARY KEY,
      id BLOB NOT NULL UNIQUE,
      key TEXT NOT NULL,
      text BLOB
    ) STRICT;
    """

  /// Service reports ask for the tickets opened in a period, and "busier than usual" counts them by site.
  private static let version3Reports = """
    CREATE INDEX ticket_created ON ticket(created_at, site, channel);
    """

  /// Who was asked to take a ticket and until when, and how its custody moved.
  private static let version4 = """
    ALTER TABLE ticket ADD COLUMN claim_rank INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE ticket ADD COLUMN claim_at INTEGER;
    ALTER TABLE ticket ADD COLUMN claim_due INTEGER;
    ALTER TABLE ticket ADD COLUMN hops INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE ticket ADD COLUMN custody_from BLOB;
    ALTER TABLE ticket ADD COLUMN custody_at INTEGER;
    ALTER TABLE ticket ADD COLUMN declined BLOB NOT NULL DEFAULT x'';
    ALTER TABLE ticket ADD COLUMN lapsed BLOB NOT NULL DEFAULT x'';
    CREATE INDEX ticket_claim ON ticket(claim_due) WHERE claim_due IS NOT NULL;
    CREATE INDEX ticket_moving ON ticket(no) WHERE custodian_stream IS NULL AND status < 2;
    """

  /// What assignment looks at after every change is found without reading what others decide or somebody has already.
  private static let version5 = """
    DROP INDEX ticket_claim;
    CREATE INDEX ticket_claim ON ticket(custodian_stream, claim_due) WHERE claim_due IS NOT NULL;
    CREATE INDEX ticket_waiting ON ticket(answer_due) WHERE status < 2 AND assignee IS NULL;
    """

  /// Fills the columns of version 4 for open tickets; those of ended ones follow when they are next written.
  private static func deriveClaims(_ db: Database) throws {
    let rows = try Row.fetchCursor(db, sql: "SELECT no, id, state FROM ticket WHERE status < 2 AND number <> ''")
    var derived: [(no: Int64, row: TicketRow)] = []
    while let row = try rows.next() {
      let ticket = Ticket(id: row.identifier("id"), state: try EntityState(decoding: row.bytes("state")))
      derived.append((row["no"], TicketProjection().row(ticket, no: row["no"], nil)))
    }
    let sql = """
      UPDATE ticket SET claim_rank = ?, claim_at = ?, claim_due = ?, custody_from = ?, custody_at = ? WHERE no = ?
      """
    let update = try db.makeStatement(sql: sql)
    for (no, row) in derived {
      try update.execute(arguments: [
        Int64(row.claimRank?.rawValue ?? 0), row.claimedAt, row.acceptanceDue, row.custodyFrom?.blob, row.custodyAt, no,
      ])
    }
  }
}
