-- The run machine's count of the jobs of called workflows, which has a limit.
alter table actions_run_attempts add column called_jobs integer not null default 0 check (called_jobs >= 0);
