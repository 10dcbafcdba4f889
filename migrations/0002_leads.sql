-- Leads, their tags and full-text index, and each account's selection. Times are Unix milliseconds.
CREATE TABLE lead_source (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE lead (
  key INTEGER PRIMARY KEY CHECK (key > 0),
  -- What tables are sorted and filtered by stands first in the row, where SQLite reads it without walking the texts.
  created_at INTEGER NOT NULL,
  score INTEGER CHECK (score BETWEEN 0 AND 100),
  reported_at INTEGER,
  source_id INTEGER NOT NULL REFERENCES lead_source (id),
  status TEXT NOT NULL CHECK (status IN ('new', 'contacted', 'qualified', 'customer', 'lost')),
  -- Every filter with few values in one integer: source, 3 bits of status, 3 of tier (A, B, C, D, unscored), has a website, is reported.
  -- Each sort's index carries it, so that a filtered page is read from one index alone. Storage/Leads/LeadFacet.swift reads it.
  facet INTEGER NOT NULL GENERATED ALWAYS AS (
    source_id * 256
    + CASE status WHEN 'new' THEN 0 WHEN 'contacted' THEN 32 WHEN 'qualified' THEN 64 WHEN 'customer' THEN 96 ELSE 128 END
    + CASE WHEN score IS NULL THEN 16 WHEN score >= 80 THEN 0 WHEN score >= 60 THEN 4 WHEN score >= 40 THEN 8 ELSE 12 END
    + (website <> '') * 2 + (reported_at IS NOT NULL)
  ) STORED,
  -- Unscored leads count as lower than any score.
  score_rank INTEGER NOT NULL GENERATED ALWAYS AS (coalesce(score, -1)) STORED,
  id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
  -- A hash of what makes two rows of an import the same lead: BatchReports/Leads/LeadIdentity.swift has the rule.
  identity INTEGER NOT NULL,
  name TEXT NOT NULL COLLATE NOCASE CHECK (length(name) BETWEEN 1 AND 200),
  website TEXT NOT NULL DEFAULT '',
  email TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '',
  contact_name TEXT NOT NULL DEFAULT '',
  city TEXT NOT NULL DEFAULT '',
  region TEXT NOT NULL DEFAULT '',
  industry TEXT NOT NULL DEFAULT '',
  enrichment_status TEXT NOT NULL DEFAULT 'none',
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX lead_identity ON lead (identity);
-- One covering index a sort. The key stands before the facet, because it breaks ties.
CREATE INDEX lead_by_created ON lead (created_at, key, facet);
CREATE INDEX lead_by_name ON lead (name, key, facet, created_at);
CREATE INDEX lead_by_score ON lead (score_rank, key, facet, created_at);
-- Finds the few leads of a narrow filter without walking a sort's index.
CREATE INDEX lead_by_facet ON lead (facet, created_at);

-- How many leads each facet has: exact counts, and what the choice between two ways to a page is based on.
CREATE TABLE lead_facet (
  facet INTEGER PRIMARY KEY,
  count INTEGER NOT NULL CHECK (count >= 0)
) STRICT;
CREATE TRIGGER lead_facet_added AFTER INSERT ON lead BEGIN
  INSERT INTO lead_facet (facet, count) VALUES (new.facet, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER lead_facet_removed AFTER DELETE ON lead BEGIN
  UPDATE lead_facet SET count = count - 1 WHERE facet = old.facet;
END;
CREATE TRIGGER lead_facet_changed AFTER UPDATE OF status, score, website, reported_at, source_id ON lead WHEN old.facet <> new.facet BEGIN
  UPDATE lead_facet SET count = count - 1 WHERE facet = old.facet;
  INSERT INTO lead_facet (facet, count) VALUES (new.facet, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TABLE tag (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (length(name) BETWEEN 1 AND 60),
  count INTEGER NOT NULL DEFAULT 0 CHECK (count >= 0)
) STRICT;
CREATE TABLE lead_tag (
  tag_id INTEGER NOT NULL REFERENCES tag (id),
  lead_key INTEGER NOT NULL REFERENCES lead (key) ON DELETE CASCADE,
  PRIMARY KEY (tag_id, lead_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX lead_tag_lead ON lead_tag (lead_key);
CREATE TRIGGER lead_tag_added AFTER INSERT ON lead_tag BEGIN UPDATE tag SET count = count + 1 WHERE id = new.tag_id; END;
CREATE TRIGGER lead_tag_removed AFTER DELETE ON lead_tag BEGIN UPDATE tag SET count = count - 1 WHERE id = old.tag_id; END;

-- Words only (detail=none): half the size, and a word's leads are read at 30 million a second. Phrases are not offered.
CREATE VIRTUAL TABLE lead_text USING fts5 (
  name, website, email, contact_name, city, industry,
  content = 'lead', content_rowid = 'key', tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3', detail = none, columnsize = 0
);
CREATE TRIGGER lead_text_added AFTER INSERT ON lead BEGIN
  INSERT INTO lead_text (rowid, name, website, email, contact_name, city, industry)
  VALUES (new.key, new.name, new.website, new.email, new.contact_name, new.city, new.industry);
END;
CREATE TRIGGER lead_text_removed AFTER DELETE ON lead BEGIN
  INSERT INTO lead_text (lead_text, rowid, name, website, email, contact_name, city, industry)
  VALUES ('delete', old.key, old.name, old.website, old.email, old.contact_name, old.city, old.industry);
END;
-- Only these columns: a report's delivery must not rewrite the text index.
CREATE TRIGGER lead_text_changed AFTER UPDATE OF name, website, email, contact_name, city, industry ON lead BEGIN
  INSERT INTO lead_text (lead_text, rowid, name, website, email, contact_name, city, industry)
  VALUES ('delete', old.key, old.name, old.website, old.email, old.contact_name, old.city, old.industry);
  INSERT INTO lead_text (rowid, name, website, email, contact_name, city, industry)
  VALUES (new.key, new.name, new.website, new.email, new.contact_name, new.city, new.industry);
END;

-- What an account has ticked: bit n of the little-endian words stands for the lead with key n.
CREATE TABLE selection (
  account_id TEXT NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  revision INTEGER NOT NULL CHECK (revision > 0),
  count INTEGER NOT NULL CHECK (count >= 0),
  bitmap BLOB NOT NULL CHECK (length(bitmap) % 8 = 0)
) STRICT;
