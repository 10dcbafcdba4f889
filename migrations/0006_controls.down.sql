ALTER TABLE batch DROP COLUMN paused_by_engine;
ALTER TABLE batch DROP COLUMN recent_ends;
ALTER TABLE batch DROP COLUMN scheduled_at;
ALTER TABLE batch DROP COLUMN priority;
