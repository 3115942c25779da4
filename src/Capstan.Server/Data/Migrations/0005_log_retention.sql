-- A server that turns an execution's streams into an archive says so here, because it holds no lock while it moves the bytes; another one leaves them alone until then.
alter table actions_log_streams add column archiving_until timestamptz;

-- An archive that is too old loses its object; its row says that there was a log.
alter table actions_log_archives alter column blob_id drop not null;
alter table actions_log_archives add column expired_at timestamptz;
alter table actions_log_archives add check ((blob_id is null) = (expired_at is not null));
create index actions_log_archives_age_idx on actions_log_archives (created_at) where expired_at is null;
