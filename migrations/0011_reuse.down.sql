ALTER TABLE batch_lead DROP COLUMN reused_position;
ALTER TABLE batch_lead DROP COLUMN reused_batch_key;
ALTER TABLE batch DROP COLUMN saved;
ALTER TABLE batch DROP COLUMN reuse_days;
ALTER TABLE quote DROP COLUMN saved;
ALTER TABLE quote DROP COLUMN reused;
ALTER TABLE quote DROP COLUMN reuse_days;
