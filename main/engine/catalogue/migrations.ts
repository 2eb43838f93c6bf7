/**
 * The catalogue's tables, one step a version. A step is never edited once released; a new one is added.
 * The catalogue is a cache and a journal: what lies in the places is enough to make it again.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE backups (
    id TEXT PRIMARY KEY,
    plan_id TEXT,
    plan_name TEXT,
    filename TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    format TEXT NOT NULL,
    state TEXT NOT NULL,
    size_bytes INTEGER NOT NULL DEFAULT 0,
    source_bytes INTEGER NOT NULL DEFAULT 0,
    files INTEGER NOT NULL DEFAULT 0,
    directories INTEGER NOT NULL DEFAULT 0,
    md5 TEXT NOT NULL DEFAULT '',
    sha256 TEXT NOT NULL DEFAULT '',
    sources TEXT NOT NULL DEFAULT '[]',
    roots TEXT NOT NULL DEFAULT '[]',
    skipped_count INTEGER NOT NULL DEFAULT 0,
    duration_ms INTEGER NOT NULL DEFAULT 0,
    tag TEXT,
    index_name TEXT,
    hostname TEXT,
    error TEXT,
    lock_name TEXT
  ) STRICT;
  CREATE INDEX backups_by_time ON backups (created_ms DESC);
  CREATE INDEX backups_by_plan ON backups (plan_id, created_ms DESC);

  CREATE TABLE copies (
    backup_id TEXT NOT NULL REFERENCES backups (id) ON DELETE CASCADE,
    destination_id TEXT NOT NULL,
    state TEXT NOT NULL,
    stored_name TEXT NOT NULL,
    url TEXT,
    synced_ms INTEGER,
    verified_ms INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    PRIMARY KEY (backup_id, destination_id)
  ) STRICT;
  CREATE INDEX copies_by_destination ON copies (destination_id, state);

  CREATE TABLE uploads (
    backup_id TEXT NOT NULL REFERENCES backups (id) ON DELETE CASCADE,
    destination_id TEXT NOT NULL,
    object TEXT NOT NULL,
    journal TEXT NOT NULL,
    PRIMARY KEY (backup_id, destination_id, object)
  ) STRICT;

  CREATE TABLE skipped (
    backup_id TEXT NOT NULL REFERENCES backups (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    reason TEXT NOT NULL,
    code TEXT
  ) STRICT;
  CREATE INDEX skipped_by_backup ON skipped (backup_id);

  CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL,
    plan_id TEXT,
    backup_id TEXT,
    destination_id TEXT,
    bytes INTEGER NOT NULL DEFAULT 0,
    detail TEXT
  ) STRICT;
  CREATE INDEX history_by_time ON history (at_ms DESC);

  CREATE TABLE health (
    destination_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    checked_ms INTEGER NOT NULL,
    error TEXT,
    capabilities TEXT
  ) STRICT;

  CREATE TABLE requests (
    destination_id TEXT NOT NULL,
    month TEXT NOT NULL,
    class TEXT NOT NULL,
    requests INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (destination_id, month, class)
  ) STRICT;

  CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE backups ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE backups ADD COLUMN repository_id TEXT;
  ALTER TABLE backups ADD COLUMN device_id TEXT;

  CREATE TABLE scrubs (
    destination_id TEXT NOT NULL,
    object_key TEXT NOT NULL,
    verified_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (destination_id, object_key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX scrubs_by_age ON scrubs (destination_id, verified_ms);

  CREATE TABLE proofs (
    id INTEGER PRIMARY KEY,
    plan_id TEXT,
    destination_id TEXT NOT NULL,
    backup_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    ok INTEGER NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    detail TEXT
  ) STRICT;
  CREATE INDEX proofs_by_place ON proofs (destination_id, at_ms DESC);
  `,
  `
  ALTER TABLE history ADD COLUMN duration_ms INTEGER;
  ALTER TABLE backups ADD COLUMN new_bytes INTEGER;

  CREATE TABLE storage_samples (
    destination_id TEXT NOT NULL,
    day TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (destination_id, day)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE incidents (
    id INTEGER PRIMARY KEY,
    finding TEXT NOT NULL,
    detail TEXT NOT NULL,
    opened_ms INTEGER NOT NULL,
    closed_ms INTEGER,
    told INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX incidents_open ON incidents (finding) WHERE closed_ms IS NULL;

  CREATE TABLE alert_deliveries (
    id TEXT PRIMARY KEY,
    channel_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    message TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX alert_deliveries_by_time ON alert_deliveries (next_ms);
  `,
  `
  ALTER TABLE proofs ADD COLUMN kind TEXT NOT NULL DEFAULT 'drill';
  `,
  `
  CREATE TABLE sync_status (folder_id TEXT PRIMARY KEY, status TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE sync_activity (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    folder_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    do TEXT NOT NULL,
    direction TEXT NOT NULL,
    path TEXT NOT NULL,
    from_path TEXT,
    size_bytes INTEGER
  ) STRICT;
  CREATE INDEX sync_activity_by_folder ON sync_activity (folder_id, seq);

  CREATE TABLE sync_conflicts (
    id TEXT PRIMARY KEY,
    folder_id TEXT NOT NULL,
    node_id TEXT NOT NULL,
    path TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    base TEXT,
    here TEXT NOT NULL,
    there TEXT NOT NULL,
    copy_path TEXT,
    here_ms INTEGER,
    there_ms INTEGER,
    there_device TEXT,
    state TEXT NOT NULL,
    kept TEXT,
    resolved_ms INTEGER
  ) STRICT;
  CREATE INDEX sync_conflicts_by_time ON sync_conflicts (state, at_ms DESC);

  CREATE TABLE sync_choices (
    folder_id TEXT NOT NULL,
    node_id TEXT NOT NULL,
    keep TEXT NOT NULL,
    here TEXT NOT NULL,
    there TEXT NOT NULL,
    PRIMARY KEY (folder_id, node_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE sync_waiting (folder_id TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (folder_id, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE sync_held (
    folder_id TEXT NOT NULL,
    held_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    nodes TEXT NOT NULL,
    decision TEXT,
    PRIMARY KEY (folder_id, held_id)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE data_reads (
    key_id TEXT NOT NULL,
    slice INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (key_id, slice)
  ) STRICT, WITHOUT ROWID;
  `,
]
