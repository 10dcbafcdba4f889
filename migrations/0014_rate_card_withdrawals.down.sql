DROP INDEX batch_lead_cause;
CREATE INDEX batch_lead_cause ON batch_lead (batch_key, error_code, position) WHERE state = 'failed';
CREATE INDEX charge_provider_day ON charge (day, provider, units, amount) WHERE kind = 'provider';
DROP TRIGGER quote_names_no_withdrawn_card;
DROP TABLE rate_card_withdrawal;
