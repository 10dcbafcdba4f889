DROP TABLE feature_flag;
