DROP TABLE selection;
DROP TABLE lead_text;
DROP TABLE lead_tag;
DROP TABLE tag;
DROP TABLE lead;
DROP TABLE lead_facet;
DROP TABLE lead_source;
