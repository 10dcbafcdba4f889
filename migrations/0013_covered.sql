-- What the blended rate covers is named, as {"semrush":null}: a price of zero is a price.
UPDATE batch SET unit_prices = (
  SELECT json_group_object(key, iif(value = 0 AND key <> 'blended', NULL, value)) FROM json_each(batch.unit_prices))
WHERE json_type(unit_prices, '$.blended') IS NOT NULL;
-- What an unresolved call can have cost changes with the other calls that share its lead's blended rate; nothing else of it does.
DROP TRIGGER provider_call_is_settled_once;
CREATE TRIGGER provider_call_is_settled_once BEFORE UPDATE ON provider_call
WHEN old.state IN ('charged', 'free') OR (old.state = 'unresolved' AND new.state NOT IN ('charged', 'free')
  AND (new.state, new.units, new.note, new.ended_at) IS NOT (old.state, old.units, old.note, old.ended_at))
BEGIN SELECT raise(ABORT, 'this call is settled'); END;
