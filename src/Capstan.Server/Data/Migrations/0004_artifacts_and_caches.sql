-- What has been sent for a blob that is being staged: bounds what an upload that is never committed can take up.
alter table blobs add column staged_bytes bigint not null default 0 check (staged_bytes >= 0);

-- A blob is removed by its id: without these every removal would read the tables that refer to blobs.
create index actions_log_chunks_blob_idx on actions_log_chunks (blob_id) where blob_id is not null;
create index actions_log_archives_blob_idx on actions_log_archives (blob_id);

-- pending (being uploaded) → available (immutable) → expired (its bytes are gone). One that is deleted or replaced has no row.
create table actions_artifacts (
    id               bigint generated always as identity primary key,
    repository_id    bigint      not null references repositories (id),
    run_id           bigint      not null references actions_workflow_runs (id),
    attempt_id       bigint      not null references actions_run_attempts (id),
    job_execution_id bigint      not null references actions_job_executions (id),
    name             text        not null,
    artifact_type    text        not null default 'binary' check (artifact_type in ('binary', 'image', 'chart', 'test-report', 'coverage')),
    content_type     text        not null,
    overwrite        boolean     not null,                        -- gives way to nobody, takes the place of the one of its name
    state            text        not null check (state in ('pending', 'available', 'expired')),
    blob_id          uuid references blobs (id) on delete set null,
    size_bytes       bigint check (size_bytes >= 0),
    sha256           bytea,
    created_at       timestamptz not null,
    expires_at       timestamptz not null,
    check (state = 'pending' or (size_bytes is not null and sha256 is not null)),
    check (state <> 'available' or blob_id is not null),
    check (expires_at >= created_at)
);
create unique index actions_artifacts_name_key on actions_artifacts (attempt_id, name) where state = 'available';
create index actions_artifacts_run_idx on actions_artifacts (run_id, id);
create index actions_artifacts_execution_idx on actions_artifacts (job_execution_id);
create index actions_artifacts_expiry_idx on actions_artifacts (expires_at) where state = 'available';
create index actions_artifacts_pending_idx on actions_artifacts (created_at) where state = 'pending';
create index actions_artifacts_blob_idx on actions_artifacts (blob_id) where blob_id is not null;

-- pending (reserved by a job that is saving it) → available (immutable). One that is evicted has no row.
create table actions_caches (
    id               bigint generated always as identity primary key,
    repository_id    bigint      not null references repositories (id),
    scope            text        not null,                        -- the ref of the run that wrote it
    version          text        not null,
    key              text collate "C" not null,                   -- by bytes, so that a prefix is a range of the index
    job_execution_id bigint      not null references actions_job_executions (id),
    state            text        not null check (state in ('pending', 'available')),
    blob_id          uuid references blobs (id) on delete set null,
    size_bytes       bigint check (size_bytes >= 0),
    sha256           bytea,
    created_at       timestamptz not null,
    last_used_at     timestamptz not null,
    check (state = 'pending' or (blob_id is not null and size_bytes is not null and sha256 is not null))
);
create unique index actions_caches_key on actions_caches (repository_id, scope, version, key);
create index actions_caches_used_idx on actions_caches (repository_id, last_used_at desc, id desc) include (size_bytes) where state = 'available';
create index actions_caches_unused_idx on actions_caches (last_used_at);
create index actions_caches_execution_idx on actions_caches (job_execution_id) where state = 'pending';
create index actions_caches_blob_idx on actions_caches (blob_id) where blob_id is not null;
