DELETE FROM report_template WHERE name = 'website-audit' AND version = 'v3';
UPDATE report_template SET is_latest = 1 WHERE name = 'website-audit' AND version = 'v2' AND status = 'active';
