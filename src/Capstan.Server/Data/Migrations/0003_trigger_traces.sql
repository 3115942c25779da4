-- The filters behind each decision: an array in the form of FilterTraceJson. Empty for the decisions made before this.
alter table trigger_decisions add column filters jsonb not null default '[]' check (jsonb_typeof(filters) = 'array');
