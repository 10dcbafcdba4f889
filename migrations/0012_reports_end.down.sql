ALTER TABLE batch DROP COLUMN reports_end;
