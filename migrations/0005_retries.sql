-- A person's retry of failed leads: a new run of the batch, with tries and money of its own.
-- Tries made before the last retry: they use up none of its own.
ALTER TABLE batch_lead ADD COLUMN tried_before INTEGER NOT NULL DEFAULT 0 CHECK (tried_before BETWEEN 0 AND attempts);
-- Leads that were left failed by the last retry: a tolerated number of failures does not count them again.
ALTER TABLE batch ADD COLUMN failed_before INTEGER NOT NULL DEFAULT 0 CHECK (failed_before BETWEEN 0 AND failed);
-- The most that the batch can have cost by the end of its retry; null for the quote's upper end.
ALTER TABLE batch ADD COLUMN at_most INTEGER CHECK (at_most >= actual);
