ALTER TABLE batch DROP COLUMN at_most;
ALTER TABLE batch DROP COLUMN failed_before;
ALTER TABLE batch_lead DROP COLUMN tried_before;
