-- One text for SQLite and Postgres: TEXT, BIGINT and BYTEA alone. Booleans are 0 or 1, times are milliseconds since 1970.
-- tenant_id '*' is the deployment itself. Every table with a tenant_id is under row-level security on Postgres.

CREATE TABLE tenants (
  tenant_id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  settings TEXT NOT NULL,
  legal_hold BIGINT NOT NULL,
  audit_days BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE users (
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  name TEXT,
  email TEXT,
  state TEXT NOT NULL,
  password_hash TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX users_email ON users (lower(email));

-- Intercom apps: of one tenant, or of the deployment. The client secret is a row of credentials.
CREATE TABLE apps (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  client_id TEXT NOT NULL,
  region TEXT NOT NULL,
  settings TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX apps_client ON apps (client_id);

CREATE TABLE connections (
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  user_id TEXT,
  app_id TEXT,
  region TEXT NOT NULL,
  base_url TEXT,
  workspace_id TEXT,
  workspace_name TEXT,
  admin_id TEXT,
  admin_name TEXT,
  state TEXT NOT NULL,
  reason TEXT,
  checked_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX connections_user ON connections (tenant_id, user_id);
CREATE INDEX connections_workspace ON connections (workspace_id);

-- Sealed bytes only; owner is a connection or an app.
CREATE TABLE credentials (
  tenant_id TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  key_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, owner_id, kind)
);
CREATE INDEX credentials_key ON credentials (key_id, tenant_id, owner_id, kind);

-- Keys that may seal nothing any more.
CREATE TABLE released_keys (
  key_id TEXT NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL
);

CREATE TABLE endpoints (
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  connection_id TEXT,
  settings TEXT NOT NULL,
  require_api_token BIGINT NOT NULL,
  state TEXT NOT NULL,
  expires_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX endpoints_expiry ON endpoints (expires_at);
CREATE INDEX endpoints_id ON endpoints (id);

CREATE TABLE endpoint_tokens (
  token_hash BYTEA NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  endpoint_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT,
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES endpoints (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX endpoint_tokens_endpoint ON endpoint_tokens (tenant_id, endpoint_id);

CREATE TABLE api_keys (
  key_hash BYTEA NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  UNIQUE (tenant_id, id)
);

CREATE TABLE session_tokens (
  token_hash BYTEA NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  endpoint_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT,
  UNIQUE (tenant_id, id)
);
CREATE INDEX session_tokens_expiry ON session_tokens (expires_at);

-- Single-use states of authorize links and sign-ins, bound to one browser.
CREATE TABLE oauth_states (
  state_hash BYTEA NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  user_id TEXT,
  purpose TEXT NOT NULL,
  browser_hash BYTEA,
  payload TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX oauth_states_expiry ON oauth_states (expires_at);

CREATE TABLE oauth_clients (
  client_id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  metadata TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT
);
CREATE INDEX oauth_clients_age ON oauth_clients (kind, created_at);

CREATE TABLE oauth_grants (
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  endpoint_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  resource TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT,
  reason TEXT,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX oauth_grants_user ON oauth_grants (tenant_id, user_id);
CREATE INDEX oauth_grants_client ON oauth_grants (client_id);

CREATE TABLE oauth_codes (
  code_hash BYTEA NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  challenge TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  FOREIGN KEY (tenant_id, grant_id) REFERENCES oauth_grants (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX oauth_codes_expiry ON oauth_codes (expires_at);

-- A grant is one family: a refresh token that comes back after its use ends the whole grant.
CREATE TABLE oauth_tokens (
  token_hash BYTEA NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  FOREIGN KEY (tenant_id, grant_id) REFERENCES oauth_grants (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX oauth_tokens_grant ON oauth_tokens (tenant_id, grant_id);
CREATE INDEX oauth_tokens_expiry ON oauth_tokens (expires_at);

CREATE TABLE audit_entries (
  tenant_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  event_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  at BIGINT NOT NULL,
  call_id TEXT NOT NULL,
  user_id TEXT,
  endpoint_id TEXT,
  tool TEXT,
  outcome TEXT,
  body TEXT NOT NULL,
  prev_hash BYTEA NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (tenant_id, seq)
);
CREATE UNIQUE INDEX audit_entries_event ON audit_entries (tenant_id, event_id);
CREATE INDEX audit_entries_at ON audit_entries (tenant_id, at);

CREATE TABLE audit_heads (
  tenant_id TEXT NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL,
  hash BYTEA NOT NULL
);

-- What retention took away: everything up to and with upto_seq, whose hash was this.
CREATE TABLE audit_prunes (
  tenant_id TEXT NOT NULL,
  upto_seq BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, upto_seq)
);

-- How far each sink of the live export has come.
CREATE TABLE audit_sinks (
  tenant_id TEXT NOT NULL,
  sink TEXT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (sink, tenant_id)
);

CREATE TABLE usage_counters (
  tenant_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  metric TEXT NOT NULL,
  span_ms BIGINT NOT NULL,
  start_at BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, subject, metric, span_ms, start_at)
);
CREATE INDEX usage_counters_sweep ON usage_counters (span_ms, start_at);

CREATE TABLE idempotency_keys (
  tenant_id TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash BYTEA NOT NULL,
  status BIGINT,
  body TEXT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, idempotency_key)
);
CREATE INDEX idempotency_keys_sweep ON idempotency_keys (created_at);

-- Received webhooks. A tenant's pair (app_id, notification_id) is unique for ever: it is all that stops a replay.
-- app_id is the workspace, as the signed text says. Of one lane, such as a conversation, one delivery runs at a time.
CREATE TABLE deliveries (
  id TEXT NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  app_id TEXT NOT NULL,
  notification_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  lane TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  worker TEXT,
  error TEXT,
  received_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (tenant_id, app_id, notification_id)
);
CREATE UNIQUE INDEX deliveries_running ON deliveries (tenant_id, lane) WHERE state = 'running' AND lane <> '';
CREATE INDEX deliveries_lane ON deliveries (tenant_id, lane, state);
CREATE INDEX deliveries_due ON deliveries (state, due_at);
CREATE INDEX deliveries_tenant ON deliveries (tenant_id, received_at);

CREATE TABLE turns (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  delivery_id TEXT,
  conversation_id TEXT NOT NULL,
  state TEXT NOT NULL,
  outcome TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX turns_conversation ON turns (tenant_id, conversation_id);
CREATE INDEX turns_delivery ON turns (tenant_id, delivery_id);

CREATE TABLE turn_steps (
  tenant_id TEXT NOT NULL,
  turn_id TEXT NOT NULL,
  ordinal BIGINT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  intent TEXT NOT NULL,
  result TEXT,
  created_at BIGINT NOT NULL,
  finished_at BIGINT,
  PRIMARY KEY (tenant_id, turn_id, ordinal)
);
CREATE INDEX turn_steps_open ON turn_steps (state, created_at);

-- What changed, in the order of the commits: the row of changes_head is locked until its transaction ends.
CREATE TABLE changes (
  id BIGINT NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX changes_at ON changes (at);

CREATE TABLE changes_head (
  name TEXT NOT NULL PRIMARY KEY,
  id BIGINT NOT NULL
);
INSERT INTO changes_head (name, id) VALUES ('changes', 0);

-- What must be done later, and again until it is done: owners' notices, probes of quarantined connections, revocations
-- at Intercom. Claiming moves due_at to the end of the lease; what is done is deleted.
CREATE TABLE errands (
  tenant_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  worker TEXT,
  error TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, kind, id)
);
CREATE INDEX errands_due ON errands (state, due_at);
