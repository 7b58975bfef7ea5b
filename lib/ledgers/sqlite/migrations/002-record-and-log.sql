-- Version 2: everything that happened to a request, and the log of it. Times are milliseconds since
-- 1970 UTC. What rows are found and sorted by was computed by the library when they were written.
ALTER TABLE approval_requests ADD COLUMN tenant_id TEXT;
ALTER TABLE approval_requests ADD COLUMN record TEXT;
ALTER TABLE approval_requests ADD COLUMN phase TEXT;
ALTER TABLE approval_requests ADD COLUMN open_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE approval_requests ADD COLUMN live_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE approval_requests ADD COLUMN digest TEXT;
ALTER TABLE approval_requests ADD COLUMN urgency INTEGER NOT NULL DEFAULT 0;
ALTER TABLE approval_requests ADD COLUMN priority TEXT NOT NULL DEFAULT 'medium';
ALTER TABLE approval_requests ADD COLUMN risk TEXT NOT NULL DEFAULT 'medium';
ALTER TABLE approval_requests ADD COLUMN requested_ms INTEGER NOT NULL DEFAULT 0;

CREATE INDEX approval_requests_live ON approval_requests (caller_id, live_until) WHERE live_until > 0;
CREATE INDEX approval_requests_open ON approval_requests (open_until, caller_id) WHERE open_until > 0;
CREATE INDEX approval_requests_newest ON approval_requests (requested_ms DESC, id DESC);
CREATE INDEX approval_requests_phase ON approval_requests (phase, requested_ms DESC, id DESC);

CREATE TABLE approval_inputs (
  request_id TEXT NOT NULL,
  digest     TEXT NOT NULL,
  input      TEXT NOT NULL,
  context    TEXT,
  PRIMARY KEY (request_id, digest)
) WITHOUT ROWID;

CREATE TABLE approval_claims (
  id          TEXT PRIMARY KEY NOT NULL,
  at          INTEGER NOT NULL,
  caller_id   TEXT NOT NULL,
  tool_name   TEXT NOT NULL,
  digest      TEXT NOT NULL,
  request_ids TEXT NOT NULL,
  outcome     TEXT,
  outcome_at  INTEGER
);
CREATE INDEX approval_claims_open ON approval_claims (caller_id, tool_name, digest, at)
  WHERE outcome IS NULL;

CREATE TABLE approval_events (
  seq           INTEGER PRIMARY KEY,
  at            INTEGER NOT NULL,
  request_id    TEXT NOT NULL,
  type          TEXT NOT NULL,
  by_json       TEXT NOT NULL,
  data_json     TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash          TEXT NOT NULL
);
CREATE INDEX approval_events_request ON approval_events (request_id, seq);

-- Where the log ends, kept apart from it: an operator may delete old events, and numbers go on.
CREATE TABLE approval_log_head (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  seq  INTEGER NOT NULL,
  at   INTEGER NOT NULL,
  hash TEXT NOT NULL
);
INSERT INTO approval_log_head (only, seq, at, hash)
  VALUES (1, 0, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- For operators: ISO times, and the status people see, as of now.
CREATE VIEW approvals AS
SELECT
  id,
  CASE
    WHEN phase IN ('pending', 'info_requested')
      AND open_until <= CAST(unixepoch('subsec') * 1000 AS INTEGER) THEN 'expired'
    ELSE phase
  END AS status,
  caller_id,
  tenant_id,
  tool_name,
  policy_name,
  risk,
  priority,
  justification,
  strftime('%Y-%m-%dT%H:%M:%fZ', requested_ms / 1000.0, 'unixepoch') AS requested_at,
  json_extract(record, '$.timesAsked') AS times_asked,
  strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(record, '$.expiresAt') / 1000.0, 'unixepoch') AS expires_at,
  approver_id,
  coalesce(approver_note, deny_reason) AS note,
  strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(record, '$.grant.expiresAt') / 1000.0, 'unixepoch') AS granted_until,
  json_extract(record, '$.grant.used') AS grant_used,
  json_extract(record, '$.grant.maxUses') AS grant_max_uses,
  args_json
FROM approval_requests;
