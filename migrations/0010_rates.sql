-- Rate cards: prices for single template versions, and where a card came from.
ALTER TABLE rate_card ADD COLUMN overrides TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(overrides));
ALTER TABLE rate_card ADD COLUMN source TEXT NOT NULL DEFAULT 'page' CHECK (source IN ('installation', 'page', 'file'));
-- SHA-256 of the rates file that it was read from: a file is not read into a second card while it stays as it is.
ALTER TABLE rate_card ADD COLUMN digest BLOB CHECK ((source = 'file') = (digest IS NOT NULL) AND (digest IS NULL OR length(digest) = 32));
ALTER TABLE rate_card ADD COLUMN added_at INTEGER NOT NULL DEFAULT 0;
UPDATE rate_card SET added_at = valid_from;
UPDATE rate_card SET source = 'installation' WHERE author = 'installation';
CREATE INDEX rate_card_order ON rate_card (valid_from, version);
-- Batches, charges and quotes refer to cards: none is ever changed.
CREATE TRIGGER rate_card_is_kept BEFORE DELETE ON rate_card BEGIN SELECT raise(ABORT, 'rate cards are kept'); END;
CREATE TRIGGER rate_card_is_fixed BEFORE UPDATE ON rate_card BEGIN SELECT raise(ABORT, 'rate cards are kept'); END;
