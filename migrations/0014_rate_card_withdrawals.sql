-- Coming rate cards that an admin took back before any price was made from them. The card itself stays as it is.
CREATE TABLE rate_card_withdrawal (
  version INTEGER PRIMARY KEY REFERENCES rate_card (version),
  at INTEGER NOT NULL,
  withdrawn_by TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason <> '')
) STRICT;
CREATE TRIGGER rate_card_withdrawal_is_in_time BEFORE INSERT ON rate_card_withdrawal
WHEN (SELECT valid_from FROM rate_card WHERE version = new.version) <= new.at
  OR EXISTS (SELECT 1 FROM quote WHERE rate_card_version = new.version)
  OR EXISTS (SELECT 1 FROM batch WHERE rate_card_version = new.version)
BEGIN SELECT raise(ABORT, 'this rate card has been used'); END;
CREATE TRIGGER rate_card_withdrawal_is_kept BEFORE DELETE ON rate_card_withdrawal BEGIN SELECT raise(ABORT, 'withdrawals are kept'); END;
CREATE TRIGGER rate_card_withdrawal_is_fixed BEFORE UPDATE ON rate_card_withdrawal BEGIN SELECT raise(ABORT, 'withdrawals are kept'); END;
CREATE TRIGGER quote_names_no_withdrawn_card BEFORE INSERT ON quote
WHEN EXISTS (SELECT 1 FROM rate_card_withdrawal WHERE version = new.rate_card_version)
BEGIN SELECT raise(ABORT, 'this rate card was withdrawn'); END;
-- What providers were paid on which day is read from the batches' roll-ups now, not charge by charge.
DROP INDEX charge_provider_day;
-- With the state in it the index alone answers who failed of what: SQLite reads the row for a column that only the index's condition names.
DROP INDEX batch_lead_cause;
CREATE INDEX batch_lead_cause ON batch_lead (batch_key, error_code, position, state) WHERE state = 'failed';
