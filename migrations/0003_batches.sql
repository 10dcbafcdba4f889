-- Templates, prices, quotes, batches and everything a batch leaves behind. Times are Unix milliseconds, money millionths of a dollar.
CREATE TABLE report_template (
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  title TEXT NOT NULL,
  summary TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'retired')),
  is_latest INTEGER NOT NULL CHECK (is_latest IN (0, 1)),
  sections TEXT NOT NULL CHECK (json_valid(sections)),
  providers TEXT NOT NULL CHECK (json_valid(providers)),
  makes_extra_requests INTEGER NOT NULL CHECK (makes_extra_requests IN (0, 1)),
  PRIMARY KEY (name, version),
  CHECK (is_latest = 0 OR status = 'active')
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX report_template_latest ON report_template (name) WHERE is_latest = 1;
INSERT INTO report_template VALUES
  ('website-audit', 'v1', 'Website audit, home page only', 'One request: the home page, its headers, certificate and timing.', 'active', 0,
   '["found","fast","safe","usable","trusted"]', '[{"name":"page_fetch","isPaid":false,"callsPerLead":1}]', 0),
  ('website-audit', 'v2', 'Website audit', 'The home page, and also robots.txt, the sitemap and the plain http address.', 'active', 1,
   '["found","fast","safe","usable","trusted"]', '[{"name":"page_fetch","isPaid":false,"callsPerLead":1}]', 1);

CREATE TABLE rate_card (
  version INTEGER PRIMARY KEY,
  valid_from INTEGER NOT NULL,
  author TEXT NOT NULL,
  note TEXT NOT NULL,
  base_cost INTEGER NOT NULL CHECK (base_cost >= 0),
  provider_prices TEXT NOT NULL CHECK (json_valid(provider_prices)),
  blended_rate INTEGER NOT NULL CHECK (blended_rate >= 0),
  tiers TEXT NOT NULL CHECK (json_valid(tiers))
) STRICT;

CREATE TABLE quote (
  id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id),
  template_name TEXT NOT NULL,
  template_version TEXT NOT NULL,
  rate_card_version INTEGER NOT NULL REFERENCES rate_card (version),
  -- Lead keys in order, 8 bytes each, little-endian; the digest is of the set.
  leads BLOB NOT NULL,
  lead_count INTEGER NOT NULL CHECK (lead_count > 0 AND length(leads) = lead_count * 8),
  leads_digest BLOB NOT NULL,
  without_website INTEGER NOT NULL,
  price TEXT NOT NULL CHECK (json_valid(price)),
  low INTEGER NOT NULL,
  high INTEGER NOT NULL,
  duration_seconds REAL NOT NULL,
  duration_basis TEXT NOT NULL,
  max_concurrent INTEGER NOT NULL CHECK (max_concurrent BETWEEN 1 AND 100),
  retry_count INTEGER NOT NULL CHECK (retry_count BETWEEN 0 AND 5),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  FOREIGN KEY (template_name, template_version) REFERENCES report_template (name, version)
) STRICT;
CREATE INDEX quote_expiry ON quote (expires_at);

CREATE TABLE batch (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  quote_id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL REFERENCES account (id),
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  template_name TEXT NOT NULL,
  template_version TEXT NOT NULL,
  rate_card_version INTEGER NOT NULL REFERENCES rate_card (version),
  state TEXT NOT NULL CHECK (
    state IN ('pending', 'processing', 'paused', 'cancelling', 'cancelled', 'completed', 'completed_with_errors', 'failed')),
  state_reason TEXT NOT NULL DEFAULT '',
  private INTEGER NOT NULL CHECK (private IN (0, 1)),
  leads_digest BLOB NOT NULL,
  seq INTEGER NOT NULL DEFAULT 1,
  run INTEGER NOT NULL DEFAULT 1,
  total INTEGER NOT NULL CHECK (total > 0),
  pending INTEGER NOT NULL CHECK (pending >= 0),
  processing INTEGER NOT NULL DEFAULT 0 CHECK (processing >= 0),
  retrying INTEGER NOT NULL DEFAULT 0 CHECK (retrying >= 0),
  completed INTEGER NOT NULL DEFAULT 0 CHECK (completed >= 0),
  failed INTEGER NOT NULL DEFAULT 0 CHECK (failed >= 0),
  skipped INTEGER NOT NULL DEFAULT 0 CHECK (skipped >= 0),
  cancelled INTEGER NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
  max_concurrent INTEGER NOT NULL CHECK (max_concurrent BETWEEN 1 AND 100),
  retry_count INTEGER NOT NULL CHECK (retry_count BETWEEN 0 AND 5),
  max_failure_percent REAL CHECK (max_failure_percent BETWEEN 0 AND 100),
  max_failure_count INTEGER CHECK (max_failure_count >= 0),
  estimated INTEGER NOT NULL,
  estimated_low INTEGER NOT NULL,
  estimated_high INTEGER NOT NULL,
  per_report INTEGER NOT NULL,
  actual INTEGER NOT NULL DEFAULT 0 CHECK (actual >= 0),
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  paused_at INTEGER,
  paused_ms INTEGER NOT NULL DEFAULT 0,
  -- The sum of all tries' durations, for estimates.
  busy_ms INTEGER NOT NULL DEFAULT 0,
  FOREIGN KEY (template_name, template_version) REFERENCES report_template (name, version),
  CHECK (total = pending + processing + retrying + completed + failed + skipped + cancelled),
  CHECK (state NOT IN ('cancelled', 'completed', 'completed_with_errors', 'failed') OR pending + processing + retrying = 0),
  CHECK (state <> 'cancelling' OR pending + retrying = 0),
  CHECK (state <> 'completed' OR failed = 0),
  CHECK ((state IN ('cancelled', 'completed', 'completed_with_errors', 'failed')) = (finished_at IS NOT NULL)),
  CHECK ((state = 'paused') = (paused_at IS NOT NULL))
) STRICT;
CREATE INDEX batch_live ON batch (key) WHERE state IN ('pending', 'processing', 'paused', 'cancelling');
CREATE INDEX batch_state ON batch (state, key);
CREATE INDEX batch_owner ON batch (owner, key);
CREATE UNIQUE INDEX batch_same_leads_live ON batch (owner, leads_digest) WHERE state IN ('pending', 'processing', 'paused', 'cancelling');

CREATE TABLE batch_lead (
  batch_key INTEGER NOT NULL REFERENCES batch (key),
  position INTEGER NOT NULL,
  lead_key INTEGER NOT NULL REFERENCES lead (key),
  state TEXT NOT NULL CHECK (state IN ('pending', 'processing', 'retrying', 'completed', 'failed', 'skipped', 'cancelled')),
  attempts INTEGER NOT NULL DEFAULT 0,
  crashes INTEGER NOT NULL DEFAULT 0,
  -- Of the engine that holds the lead, only while it does.
  epoch INTEGER,
  -- When it may be claimed, only while it waits.
  due_at INTEGER,
  error_code TEXT,
  error_message TEXT,
  score INTEGER CHECK (score BETWEEN 0 AND 100),
  cost INTEGER NOT NULL DEFAULT 0 CHECK (cost >= 0),
  started_at INTEGER,
  finished_at INTEGER,
  duration_ms INTEGER,
  PRIMARY KEY (batch_key, position),
  CHECK ((state = 'processing') = (epoch IS NOT NULL)),
  CHECK ((state IN ('pending', 'retrying')) = (due_at IS NOT NULL)),
  CHECK ((state IN ('failed', 'retrying')) <= (error_code IS NOT NULL)),
  CHECK ((state IN ('completed', 'failed', 'skipped', 'cancelled')) = (finished_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_lead_due ON batch_lead (batch_key, due_at, position) WHERE due_at IS NOT NULL;
CREATE INDEX batch_lead_held ON batch_lead (batch_key, position) WHERE epoch IS NOT NULL;
CREATE INDEX batch_lead_failed ON batch_lead (batch_key, finished_at, position) WHERE state = 'failed';
CREATE INDEX batch_lead_cause ON batch_lead (batch_key, error_code, position) WHERE state = 'failed';
CREATE INDEX batch_lead_lead ON batch_lead (lead_key, batch_key);

CREATE TABLE attempt (
  batch_key INTEGER NOT NULL,
  position INTEGER NOT NULL,
  number INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('completed', 'failed', 'retrying', 'cancelled', 'crashed')),
  error_code TEXT,
  error_message TEXT,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  PRIMARY KEY (batch_key, position, number),
  FOREIGN KEY (batch_key, position) REFERENCES batch_lead (batch_key, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE report (
  batch_key INTEGER NOT NULL,
  position INTEGER NOT NULL,
  lead_key INTEGER NOT NULL REFERENCES lead (key),
  template_name TEXT NOT NULL,
  template_version TEXT NOT NULL,
  score INTEGER NOT NULL CHECK (score BETWEEN 0 AND 100),
  -- Where it lies in the batch's file.
  place INTEGER NOT NULL CHECK (place >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (batch_key, position),
  FOREIGN KEY (batch_key, position) REFERENCES batch_lead (batch_key, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_lead ON report (lead_key, created_at);

-- The ledger. Rows are only ever added; a batch's actual cost is the sum of its charged rows.
CREATE TABLE charge (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('base', 'provider')),
  batch_key INTEGER NOT NULL,
  position INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  provider TEXT,
  amount INTEGER NOT NULL CHECK (amount >= 0),
  rate_card_version INTEGER NOT NULL REFERENCES rate_card (version),
  day TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  FOREIGN KEY (batch_key, position) REFERENCES batch_lead (batch_key, position),
  CHECK ((kind = 'provider') = (provider IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX charge_base_once ON charge (batch_key, position) WHERE kind = 'base';
CREATE TRIGGER charge_is_kept BEFORE DELETE ON charge BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER charge_is_fixed BEFORE UPDATE ON charge BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;

CREATE TABLE budget_day (
  day TEXT NOT NULL PRIMARY KEY,
  reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  spent INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0)
) STRICT, WITHOUT ROWID;

-- What a batch holds of its day's budget: the quote's upper end, less what its leads have settled.
CREATE TABLE reservation (
  batch_key INTEGER NOT NULL REFERENCES batch (key),
  run INTEGER NOT NULL,
  day TEXT NOT NULL REFERENCES budget_day (day),
  amount INTEGER NOT NULL CHECK (amount >= 0),
  settled INTEGER NOT NULL DEFAULT 0 CHECK (settled BETWEEN 0 AND amount),
  released_at INTEGER,
  PRIMARY KEY (batch_key, run)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
  account_id TEXT NOT NULL REFERENCES account (id),
  key TEXT NOT NULL,
  request_digest BLOB NOT NULL,
  batch_id TEXT NOT NULL REFERENCES batch (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, key)
) STRICT, WITHOUT ROWID;

-- The one engine that runs batches; its epoch is part of every claim.
CREATE TABLE engine (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch INTEGER NOT NULL,
  started_at INTEGER,
  heartbeat_at INTEGER
) STRICT;
INSERT INTO engine VALUES (1, 0, NULL, NULL);
