-- A log that came as a whole with the report of its execution's end is archived by that report: its bytes lie in the archive's row instead of an object.
alter table actions_log_archives add column bytes bytea;
alter table actions_log_archives drop constraint actions_log_archives_check;
alter table actions_log_archives add constraint actions_log_archives_bytes_check
    check (num_nonnulls(blob_id, bytes) = case when expired_at is null then 1 else 0 end);
