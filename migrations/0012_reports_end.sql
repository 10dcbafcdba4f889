-- Where the batch's file of reports ends as far as its rows tell. What lies beyond was never committed, and is written over.
ALTER TABLE batch ADD COLUMN reports_end INTEGER NOT NULL DEFAULT 0 CHECK (reports_end >= 0);
UPDATE batch SET reports_end = coalesce((SELECT max(place + bytes) + 1 FROM report WHERE report.batch_key = batch.key), 0);
