-- What an admin has switched; a flag without a row is as the process's environment says.
CREATE TABLE feature_flag (
  name TEXT NOT NULL PRIMARY KEY CHECK (name IN ('ENABLE_BATCH_PROCESSING', 'ENABLE_BATCH_RUNNER_UI', 'BATCH_RUNNER_WS_DEBUG')),
  is_on INTEGER NOT NULL CHECK (is_on IN (0, 1)),
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL REFERENCES account (id)
) STRICT, WITHOUT ROWID;
