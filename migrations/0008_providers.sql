-- The website audit with paid sources. Which of them are called is the installation's choice: one without a key is off, and costs nothing.
UPDATE report_template SET is_latest = 0 WHERE name = 'website-audit';
INSERT INTO report_template VALUES
  ('website-audit', 'v3', 'Website audit with providers',
   'The website audit, and what paid sources know: speed, search visibility, an email address, the business on file, a screenshot and a summary.', 'active', 1,
   '["found","fast","safe","usable","trusted"]',
   '[{"name":"page_fetch","isPaid":false,"callsPerLead":1},{"name":"pagespeed","isPaid":true,"callsPerLead":1},{"name":"screenshotone","isPaid":true,"callsPerLead":1},{"name":"hunter","isPaid":true,"callsPerLead":1},{"name":"data_axle","isPaid":true,"callsPerLead":1},{"name":"semrush","isPaid":true,"callsPerLead":1},{"name":"openai","isPaid":true,"callsPerLead":1}]',
   1);
