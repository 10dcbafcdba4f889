-- How people steer a batch: its share of the slots, a planned start, and the engine's own pause.
ALTER TABLE batch ADD COLUMN priority TEXT NOT NULL DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high'));
-- When its first lead may be taken, for a batch that was ordered for later.
ALTER TABLE batch ADD COLUMN scheduled_at INTEGER;
-- How the last leads ended, oldest first: x with a fault that may pass or be ours, o in any other way. A resume begins it anew.
ALTER TABLE batch ADD COLUMN recent_ends TEXT NOT NULL DEFAULT '' CHECK (length(recent_ends) <= 1000);
ALTER TABLE batch ADD COLUMN paused_by_engine INTEGER NOT NULL DEFAULT 0
  CHECK (paused_by_engine IN (0, 1) AND (paused_by_engine = 0 OR state = 'paused'));
