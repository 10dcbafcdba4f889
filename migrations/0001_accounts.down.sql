DROP TABLE audit;
DROP TABLE sign_in_link;
DROP TABLE api_token;
DROP TABLE session;
DROP TABLE account;
