DROP TRIGGER rate_card_is_fixed;
DROP TRIGGER rate_card_is_kept;
DROP INDEX rate_card_order;
ALTER TABLE rate_card DROP COLUMN added_at;
ALTER TABLE rate_card DROP COLUMN digest;
ALTER TABLE rate_card DROP COLUMN source;
ALTER TABLE rate_card DROP COLUMN overrides;
