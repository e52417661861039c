-- dealers, vehicle_contacts, api_keys: the only place with personal data (names, addresses, keys).
-- Serves: routing one alert to its owner and dealer (by vin), checking an API key (by id). One row per car: small.
CREATE TABLE IF NOT EXISTS dealers
(
  id        text PRIMARY KEY,
  name      text NOT NULL,
  language  text NOT NULL CHECK (language IN ('en', 'zh')),
  channel   text NOT NULL,
  address   text NOT NULL,
  time_zone text NOT NULL DEFAULT 'UTC'
);

CREATE TABLE IF NOT EXISTS vehicle_contacts
(
  vin                  text PRIMARY KEY,
  name                 text NOT NULL,
  language             text NOT NULL CHECK (language IN ('en', 'zh')),
  channel              text NOT NULL,
  address              text NOT NULL,
  time_zone            text NOT NULL DEFAULT 'UTC',
  dealer_id            text REFERENCES dealers (id),
  -- Proof of consent: the flag is worth nothing without which text was agreed to, and when.
  consent              boolean NOT NULL DEFAULT false,
  consent_text_version text,
  consent_at           timestamptz,
  CHECK (NOT consent OR (consent_text_version IS NOT NULL AND consent_at IS NOT NULL))
);

-- The key itself is never stored: `secret_sha256` is its hash; 256 random bits need no slow hash.
CREATE TABLE IF NOT EXISTS api_keys
(
  id            text PRIMARY KEY,
  secret_sha256 text NOT NULL,
  name          text NOT NULL,
  role          text NOT NULL CHECK (role IN ('analyst', 'dealer', 'owner', 'service')),
  dealer_id     text,
  vin           text,
  created_at    timestamptz NOT NULL,
  expires_at    timestamptz,
  revoked_at    timestamptz,
  CHECK (role <> 'dealer' OR dealer_id IS NOT NULL),
  CHECK (role <> 'owner' OR vin IS NOT NULL)
);
