-- Paid calls: each is announced before it is made (an intent), settled once afterwards, and charged at most once. Money is millionths of a dollar.
-- Net price of one call of each provider that the batch may call, as quoted: {"hunter":4500}. One that is not named is not called.
ALTER TABLE batch ADD COLUMN unit_prices TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(unit_prices));
-- Paused because the money that was approved for it is spent: its resume needs more.
ALTER TABLE batch ADD COLUMN reserve_spent INTEGER NOT NULL DEFAULT 0
  CHECK (reserve_spent IN (0, 1) AND (reserve_spent = 0 OR state = 'paused'));

-- What calls under way may still cost: neither given back nor promised to another call.
ALTER TABLE reservation ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0 AND settled + held <= amount);

-- How far an admin let the day pass its limit; what calls without a known answer may have cost; and the last alert of the day, in percent.
ALTER TABLE budget_day ADD COLUMN overrun INTEGER NOT NULL DEFAULT 0 CHECK (overrun >= 0);
ALTER TABLE budget_day ADD COLUMN in_doubt INTEGER NOT NULL DEFAULT 0 CHECK (in_doubt >= 0);
ALTER TABLE budget_day ADD COLUMN alerted INTEGER NOT NULL DEFAULT 0 CHECK (alerted IN (0, 80, 100));

-- One row a call to a paid provider, committed before the call is made.
CREATE TABLE provider_call (
  id INTEGER PRIMARY KEY,
  -- What a provider is told, where it can tell a repetition by it: batch, position, step and number of the call.
  key TEXT NOT NULL UNIQUE,
  batch_key INTEGER NOT NULL,
  position INTEGER NOT NULL,
  run INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  step TEXT NOT NULL,
  call INTEGER NOT NULL CHECK (call > 0),
  provider TEXT NOT NULL,
  unit_cost INTEGER NOT NULL CHECK (unit_cost >= 0),
  -- What the reservation keeps back for it, or, of an unresolved one, what it can have cost.
  held INTEGER NOT NULL CHECK (held >= unit_cost),
  epoch INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('intent', 'charged', 'free', 'unresolved')),
  units INTEGER NOT NULL DEFAULT 0 CHECK (units >= 0 AND (units > 0) = (state = 'charged')),
  external_id TEXT,
  note TEXT NOT NULL DEFAULT '',
  started_at INTEGER NOT NULL,
  ended_at INTEGER CHECK ((ended_at IS NULL) = (state = 'intent')),
  FOREIGN KEY (batch_key, position) REFERENCES batch_lead (batch_key, position),
  FOREIGN KEY (batch_key, run) REFERENCES reservation (batch_key, run)
) STRICT;
CREATE UNIQUE INDEX provider_call_number ON provider_call (batch_key, position, step, call);
CREATE INDEX provider_call_open ON provider_call (epoch) WHERE state = 'intent';
CREATE INDEX provider_call_unresolved ON provider_call (batch_key, position) WHERE state = 'unresolved';
-- A call is settled once, and what it was is never changed; only one that was left unresolved may be settled later.
CREATE TRIGGER provider_call_is_kept BEFORE DELETE ON provider_call BEGIN SELECT raise(ABORT, 'calls are only ever added'); END;
CREATE TRIGGER provider_call_is_settled_once BEFORE UPDATE ON provider_call
WHEN old.state IN ('charged', 'free') OR (old.state = 'unresolved' AND new.state NOT IN ('charged', 'free'))
BEGIN SELECT raise(ABORT, 'this call is settled'); END;

-- What a finished step brought, until its lead has its report: a retry reuses it.
CREATE TABLE step_result (
  batch_key INTEGER NOT NULL,
  position INTEGER NOT NULL,
  step TEXT NOT NULL,
  provider TEXT NOT NULL,
  answer BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (batch_key, position, step),
  FOREIGN KEY (batch_key, position) REFERENCES batch_lead (batch_key, position)
) STRICT, WITHOUT ROWID;

-- How often a batch called each provider, kept in the transactions of its calls and outcomes: later estimates read it.
CREATE TABLE batch_provider (
  batch_key INTEGER NOT NULL REFERENCES batch (key),
  provider TEXT NOT NULL,
  -- Leads that had their outcome and that the provider could be asked about.
  applicable INTEGER NOT NULL DEFAULT 0 CHECK (applicable >= 0),
  charged_units INTEGER NOT NULL DEFAULT 0 CHECK (charged_units >= 0),
  free INTEGER NOT NULL DEFAULT 0 CHECK (free >= 0),
  unresolved INTEGER NOT NULL DEFAULT 0 CHECK (unresolved >= 0),
  amount INTEGER NOT NULL DEFAULT 0 CHECK (amount >= 0),
  PRIMARY KEY (batch_key, provider)
) STRICT, WITHOUT ROWID;

ALTER TABLE charge ADD COLUMN step TEXT;
ALTER TABLE charge ADD COLUMN call INTEGER;
ALTER TABLE charge ADD COLUMN units INTEGER NOT NULL DEFAULT 1 CHECK (units > 0);
ALTER TABLE charge ADD COLUMN unit_cost INTEGER CHECK (unit_cost IS NULL OR amount = unit_cost * units);
ALTER TABLE charge ADD COLUMN external_id TEXT;
-- The call that it is for; a blended charge is for all calls of its lead that have no price of their own.
ALTER TABLE charge ADD COLUMN call_id INTEGER REFERENCES provider_call (id);
DROP TRIGGER charge_is_fixed;
UPDATE charge SET unit_cost = amount;
CREATE TRIGGER charge_is_fixed BEFORE UPDATE ON charge BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE UNIQUE INDEX charge_call_once ON charge (call_id) WHERE call_id IS NOT NULL;
CREATE UNIQUE INDEX charge_blended_once ON charge (batch_key, position) WHERE provider = 'blended';
CREATE TRIGGER charge_names_its_call BEFORE INSERT ON charge
WHEN new.unit_cost IS NULL OR (new.kind = 'provider' AND (new.step IS NULL OR (new.call_id IS NULL) <> (new.provider = 'blended')))
BEGIN SELECT raise(ABORT, 'a charge says what it is for'); END;
