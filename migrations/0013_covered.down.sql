DROP TRIGGER provider_call_is_settled_once;
CREATE TRIGGER provider_call_is_settled_once BEFORE UPDATE ON provider_call
WHEN old.state IN ('charged', 'free') OR (old.state = 'unresolved' AND new.state NOT IN ('charged', 'free'))
BEGIN SELECT raise(ABORT, 'this call is settled'); END;
UPDATE batch SET unit_prices = (SELECT json_group_object(key, coalesce(value, 0)) FROM json_each(batch.unit_prices))
WHERE json_type(unit_prices, '$.blended') IS NOT NULL;
