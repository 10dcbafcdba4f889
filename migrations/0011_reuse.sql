-- Reuse of fresh reports: which ones a quote seals, and where a skipped lead's report was made.
ALTER TABLE quote ADD COLUMN reuse_days INTEGER CHECK (reuse_days BETWEEN 1 AND 365);
-- Lead key, batch key and position of each reused report, 8 bytes each, little-endian.
ALTER TABLE quote ADD COLUMN reused BLOB NOT NULL DEFAULT x'' CHECK (length(reused) % 24 = 0 AND length(reused) <= lead_count * 24);
-- What new reports of these leads would cost.
ALTER TABLE quote ADD COLUMN saved INTEGER NOT NULL DEFAULT 0 CHECK (saved >= 0);
ALTER TABLE batch ADD COLUMN reuse_days INTEGER CHECK (reuse_days BETWEEN 1 AND 365);
ALTER TABLE batch ADD COLUMN saved INTEGER NOT NULL DEFAULT 0 CHECK (saved >= 0);
ALTER TABLE batch_lead ADD COLUMN reused_batch_key INTEGER;
ALTER TABLE batch_lead ADD COLUMN reused_position INTEGER
  CHECK ((state = 'skipped') = (reused_batch_key IS NOT NULL) AND (reused_batch_key IS NULL) = (reused_position IS NULL));
