-- What the agent may do only when a person agreed: good for the arguments whose digest it has, once, for a while.
CREATE TABLE approvals (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  tool TEXT NOT NULL,
  arguments TEXT NOT NULL,
  digest TEXT NOT NULL,
  about TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  state TEXT NOT NULL,
  decided_by TEXT,
  used_by TEXT,
  outcome TEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX approvals_state ON approvals (tenant_id, state, id);

-- Messages that the agent wrote first, by batch: what became of each.
CREATE TABLE outreach (
  tenant_id TEXT NOT NULL,
  approval_id TEXT NOT NULL,
  contact_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, approval_id, contact_id)
);
CREATE INDEX outreach_contact ON outreach (tenant_id, contact_id, state);
