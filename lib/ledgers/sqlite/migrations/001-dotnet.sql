-- Version 1: the table as AI.Sentinel for .NET writes it. Times and durations are .NET ticks, of
-- 100 nanoseconds, times counted since 0001-01-01 UTC.
CREATE TABLE approval_requests (
  id                   TEXT PRIMARY KEY NOT NULL,
  caller_id            TEXT NOT NULL,
  policy_name          TEXT NOT NULL,
  tool_name            TEXT NOT NULL,
  args_json            TEXT NOT NULL,
  justification        TEXT,
  requested_at         INTEGER NOT NULL,
  grant_duration_ticks INTEGER NOT NULL,
  status               TEXT NOT NULL,
  approved_at          INTEGER,
  denied_at            INTEGER,
  deny_reason          TEXT,
  approver_id          TEXT,
  approver_note        TEXT
);
CREATE INDEX ix_approval_requests_status ON approval_requests (status);
