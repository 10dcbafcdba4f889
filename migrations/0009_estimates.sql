-- What estimates are made of, kept with the quote and its batch, and samples that run before the rest.
-- Leads that get a new report, counted by kind (BatchReports/Costs/ProviderRule.swift), and the rates that were expected of them.
ALTER TABLE quote ADD COLUMN mix TEXT NOT NULL DEFAULT '[0,0,0,0,0,0,0,0]' CHECK (json_array_length(mix) = 8);
ALTER TABLE quote ADD COLUMN rates TEXT NOT NULL DEFAULT '{"calls":{},"delivery":1}' CHECK (json_valid(rates));
-- The quote that this one is a sample of, and the keys of the leads that were left for later, 8 bytes each, little-endian.
ALTER TABLE quote ADD COLUMN sample_of TEXT;
ALTER TABLE quote ADD COLUMN rest BLOB NOT NULL DEFAULT x'' CHECK (length(rest) % 8 = 0 AND (length(rest) > 0) <= (sample_of IS NOT NULL));
-- The batch of a sample, whose measured rates went into this price.
ALTER TABLE quote ADD COLUMN measured_by INTEGER REFERENCES batch (key);
CREATE INDEX quote_sample ON quote (sample_of) WHERE sample_of IS NOT NULL;
ALTER TABLE batch ADD COLUMN mix TEXT NOT NULL DEFAULT '[0,0,0,0,0,0,0,0]' CHECK (json_array_length(mix) = 8);
ALTER TABLE batch ADD COLUMN rates TEXT NOT NULL DEFAULT '{"calls":{},"delivery":1}' CHECK (json_valid(rates));
ALTER TABLE batch ADD COLUMN without_website INTEGER NOT NULL DEFAULT 0 CHECK (without_website >= 0);
UPDATE batch SET without_website = coalesce((SELECT quote.without_website FROM quote WHERE quote.id = batch.quote_id), 0);
-- What providers were paid on which day.
CREATE INDEX charge_provider_day ON charge (day, provider, units, amount) WHERE kind = 'provider';
-- A template version's last batches, for its history.
CREATE INDEX batch_history ON batch (template_name, template_version, key) WHERE state IN ('completed', 'completed_with_errors');
