-- What a step wrote to GITHUB_STEP_SUMMARY, as it was written but for masks. A step sent again replaces what it had.
create table actions_step_summaries (
    job_execution_id bigint  not null references actions_job_executions (id),
    step             integer not null check (step >= 1),
    markdown         text    not null check (octet_length(markdown) <= 1048576),
    primary key (job_execution_id, step)
);
