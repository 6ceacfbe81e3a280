-- Nonces that were handed out for a sign-in and have not been used yet; the nonce itself is never stored.
-- In PostgreSQL, since a nonce that Redis forgot, or gave to two, would open a member's door.
CREATE TABLE sign_in_nonce (
  nonce_hash bytea PRIMARY KEY,
  expires_at timestamptz(3) NOT NULL,

  CONSTRAINT sign_in_nonce_hash_is_sha256 CHECK (octet_length(nonce_hash) = 32)
);
CREATE INDEX sign_in_nonce_expires_at_idx ON sign_in_nonce (expires_at);
