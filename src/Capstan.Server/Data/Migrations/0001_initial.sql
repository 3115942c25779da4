-- The first schema. Names: forge tables plain, CI tables with the prefix actions_. Times are UTC and come from the program's clock, never from now().
-- Status and conclusion are two fields; a conclusion and its time exist exactly when the status is completed.

-- ── Administration ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- One row: which folder of git repositories and blobs belongs to this database. The same id lies in a file in the folder.
create table storage (
    only_row    boolean primary key default true check (only_row),
    id          uuid        not null,
    created_at  timestamptz not null
);

-- Server processes, so that what a dead one left unsettled can be told from what a living one is working on.
create table server_instances (
    id           uuid primary key,
    started_at   timestamptz not null,
    last_seen_at timestamptz not null,
    stopped_at   timestamptz
);

-- ── Identity ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create table users (
    id            bigint generated always as identity primary key,
    username      text        not null,
    email         text        not null,
    password_hash text,                       -- null: cannot sign in with a password
    is_admin      boolean     not null default false,
    must_change_password boolean not null default false,
    disabled_at   timestamptz,
    created_at    timestamptz not null,
    updated_at    timestamptz not null
);
create unique index users_username_key on users (lower(username));

create table access_tokens (
    id           bigint generated always as identity primary key,
    user_id      bigint      not null references users (id),
    name         text        not null,
    token_hash   bytea       not null unique,  -- SHA-256 of a random token: no salt is needed against 256 random bits
    scopes       text[]      not null,
    created_at   timestamptz not null,
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
create index access_tokens_user_idx on access_tokens (user_id);

create table sessions (
    id           bigint generated always as identity primary key,
    user_id      bigint      not null references users (id),
    token_hash   bytea       not null unique,
    created_at   timestamptz not null,
    expires_at   timestamptz not null,
    ended_at     timestamptz
);
create index sessions_user_idx on sessions (user_id);

-- Keys that sign job tokens; the private part is wrapped by the master key.
create table signing_keys (
    kid                 text primary key,
    algorithm           text        not null check (algorithm in ('RS256')),
    public_key          bytea       not null,
    private_key_wrapped bytea       not null,
    master_key_id       text        not null,
    created_at          timestamptz not null,
    retired_at          timestamptz
);

-- ── Organizations ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create table organizations (
    id          bigint generated always as identity primary key,
    name        text        not null,
    path        text        not null,
    description text,
    owner_id    bigint      not null references users (id),
    created_at  timestamptz not null,
    updated_at  timestamptz not null
);
create unique index organizations_path_key on organizations (lower(path));

-- The one case-insensitive name space of users and organizations; a renamed one keeps its old slug as a redirect.
create table slugs (
    slug            text primary key check (slug = lower(slug)),
    user_id         bigint references users (id),
    organization_id bigint references organizations (id),
    is_redirect     boolean not null default false,
    check ((user_id is null) <> (organization_id is null))
);

create table organization_members (
    id              bigint generated always as identity primary key,
    organization_id bigint      not null references organizations (id),
    user_id         bigint      not null references users (id),
    role            text        not null check (role in ('owner', 'maintainer', 'developer', 'guest')),
    joined_at       timestamptz not null,
    unique (organization_id, user_id)
);
create index organization_members_user_idx on organization_members (user_id);

-- ── Repositories ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create table repositories (
    id              bigint generated always as identity primary key,   -- the bare repository lies in git/<id>.git
    organization_id bigint      not null references organizations (id),
    name            text        not null,
    path            text        not null,
    description     text,
    default_branch  text        not null,
    visibility      text        not null check (visibility in ('public', 'internal', 'private')),
    vcs_provider    text        not null default 'capstan',            -- capstan: hosted here
    clone_url       text,                                              -- external ones only
    priority        integer     not null default 0,                    -- of its jobs in the queue; higher first
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    check ((vcs_provider = 'capstan') = (clone_url is null))
);
create unique index repositories_path_key on repositories (organization_id, lower(path));

create table repository_redirects (
    organization_id bigint not null references organizations (id),
    path            text   not null check (path = lower(path)),
    repository_id   bigint not null references repositories (id),
    primary key (organization_id, path)
);

create table repository_members (
    id            bigint generated always as identity primary key,
    repository_id bigint      not null references repositories (id),
    user_id       bigint      not null references users (id),
    role          text        not null check (role in ('maintainer', 'developer', 'reporter')),
    added_at      timestamptz not null,
    unique (repository_id, user_id)
);
create index repository_members_user_idx on repository_members (user_id);

create table branches (
    id            bigint generated always as identity primary key,
    repository_id bigint      not null references repositories (id),
    name          text        not null,
    is_locked     boolean     not null default false,
    locked_by     bigint references users (id),
    locked_at     timestamptz,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    unique (repository_id, name),
    check (is_locked = (locked_by is not null) and is_locked = (locked_at is not null))
);

-- ── Runners ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create table actions_inventory_hosts (
    hostname   text primary key,
    created_at timestamptz not null
);

create table actions_runners (
    id                bigint generated always as identity primary key,
    name              text        not null,
    hostname          text        not null,
    description       text,
    credential_hash   bytea       not null unique,
    labels            text[]      not null,                    -- lower case, sorted
    operating_system  text        not null,
    architecture      text        not null,
    docker_enabled    boolean     not null,
    slots             integer     not null check (slots between 1 and 1000),
    used_slots        integer     not null default 0 check (used_slots >= 0),
    ip_address        text,
    protocol_version  integer     not null,
    last_heartbeat_at timestamptz,
    paused_at         timestamptz,
    last_job_result   text check (last_job_result in ('success', 'failure', 'cancelled', 'unknown')),
    created_at        timestamptz not null,
    removed_at        timestamptz
);
create unique index actions_runners_name_key on actions_runners (lower(name)) where removed_at is null;

create table actions_runner_assignments (
    id              bigint generated always as identity primary key,
    runner_id       bigint      not null references actions_runners (id),
    target_type     text        not null check (target_type in ('global', 'organization', 'repository')),
    organization_id bigint references organizations (id),
    repository_id   bigint references repositories (id),
    assigned_at     timestamptz not null,
    check ((target_type = 'organization') = (organization_id is not null)),
    check ((target_type = 'repository') = (repository_id is not null)),
    unique nulls not distinct (runner_id, target_type, organization_id, repository_id)
);

create table actions_runner_registration_tokens (
    id              bigint generated always as identity primary key,
    token_hash      bytea       not null unique,
    target_type     text        not null check (target_type in ('global', 'organization', 'repository')),
    organization_id bigint references organizations (id),
    repository_id   bigint references repositories (id),
    created_by      bigint      not null references users (id),
    created_at      timestamptz not null,
    expires_at      timestamptz not null,
    used_at         timestamptz,
    runner_id       bigint references actions_runners (id),
    check ((target_type = 'organization') = (organization_id is not null)),
    check ((target_type = 'repository') = (repository_id is not null)),
    check ((used_at is null) = (runner_id is null))
);

-- ── Workflows and runs ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create table actions_workflows (
    id              bigint generated always as identity primary key,
    repository_id   bigint      not null references repositories (id),
    path            text        not null,
    name            text        not null,
    state           text        not null default 'active' check (state in ('active', 'disabled')),
    next_run_number bigint      not null default 1 check (next_run_number >= 1),
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    unique (repository_id, path)
);

create table actions_workflow_versions (
    id           bigint generated always as identity primary key,
    workflow_id  bigint      not null references actions_workflows (id),
    blob_sha     text        not null,                     -- git's name of the content
    yaml_content text        not null,
    triggers     jsonb       not null,                     -- the events and filters; empty when invalid
    diagnostics  jsonb       not null,                     -- [] when clean
    is_valid     boolean     not null,
    created_at   timestamptz not null,
    unique (workflow_id, blob_sha)
);

-- ── Triggers ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Intent before refs: written proposed before git moves a ref, settled afterwards by the same server, or by the reconciler when that one died.
create table pushes (
    id                 bigint generated always as identity primary key,
    repository_id      bigint      not null references repositories (id),
    server_instance_id uuid        not null references server_instances (id),
    user_id            bigint references users (id),        -- null: a job token pushed
    job_execution_id   bigint,                              -- set: a job token pushed, and no run starts
    state              text        not null check (state in ('proposed', 'accepted', 'refused')),
    created_at         timestamptz not null,
    settled_at         timestamptz,
    check ((user_id is null) <> (job_execution_id is null)),
    check ((state = 'proposed') = (settled_at is null))
);
create index pushes_proposed_idx on pushes (repository_id) where state = 'proposed';

create table push_refs (
    push_id bigint  not null references pushes (id),
    ref     text    not null,
    old_sha text    not null,
    new_sha text    not null,                               -- zeros: deleted
    moved   boolean,                                        -- null while the push is proposed
    primary key (push_id, ref)
);

create table trigger_events (
    id            bigint generated always as identity primary key,
    repository_id bigint      not null references repositories (id),
    event         text        not null,                     -- push, workflow_dispatch, …
    push_id       bigint references pushes (id),
    ref           text        not null,
    head_sha      text        not null,
    actor_id      bigint      not null references users (id),
    payload       jsonb       not null,                     -- github.event; while a push is pending only ref, before and after
    state         text        not null default 'pending' check (state in ('pending', 'processed', 'set_aside')),
    attempts      integer     not null default 0 check (attempts >= 0),
    why           text,                                     -- why no workflow was looked at: [skip ci], a deleted ref, …
    error         text,
    created_at    timestamptz not null,
    not_before    timestamptz not null,                     -- later after a failed attempt
    processed_at  timestamptz,
    check ((state = 'pending') = (processed_at is null))
);
create unique index trigger_events_push_key on trigger_events (push_id, ref) where push_id is not null;
create index trigger_events_repository_idx on trigger_events (repository_id, id desc);
create index trigger_events_pending_idx on trigger_events (not_before, id) where state = 'pending';

create table actions_workflow_runs (
    id                  bigint generated always as identity primary key,
    repository_id       bigint      not null references repositories (id),
    workflow_id         bigint      not null references actions_workflows (id),
    workflow_version_id bigint      not null references actions_workflow_versions (id),
    run_number          bigint      not null check (run_number >= 1),
    run_attempt         integer     not null default 1 check (run_attempt >= 1),     -- the newest
    title               text        not null,
    event               text        not null,
    trigger_event_id    bigint      not null references trigger_events (id),
    head_repository_id  bigint      not null references repositories (id),
    ref                 text        not null,
    head_sha            text        not null,
    actor_id            bigint      not null references users (id),
    trust               text        not null check (trust in ('full', 'restricted')),
    inputs              jsonb       not null default '{}',
    status              text        not null check (status in ('queued', 'pending', 'waiting', 'in_progress', 'completed')),
    conclusion          text check (conclusion in ('success', 'failure', 'cancelled', 'skipped', 'timed_out', 'neutral', 'action_required', 'startup_failure', 'stale')),
    reason              text,
    version             bigint      not null default 0,      -- raised by every decision about the run
    created_at          timestamptz not null,
    started_at          timestamptz,
    completed_at        timestamptz,
    updated_at          timestamptz not null,
    unique (workflow_id, run_number),
    unique (trigger_event_id, workflow_id),
    check ((status = 'completed') = (completed_at is not null)),
    check ((status = 'completed') = (conclusion is not null)),
    check (completed_at >= started_at)
);
create index actions_workflow_runs_repository_idx on actions_workflow_runs (repository_id, id desc);
create index actions_workflow_runs_open_idx on actions_workflow_runs (id) where status <> 'completed';

-- Why each workflow of the commit fired or did not.
create table trigger_decisions (
    trigger_event_id bigint  not null references trigger_events (id),
    workflow_path    text    not null,
    fired            boolean not null,
    why              text    not null,
    run_id           bigint references actions_workflow_runs (id),
    primary key (trigger_event_id, workflow_path),
    check (fired = (run_id is not null))
);

create table actions_run_attempts (
    id                  bigint generated always as identity primary key,
    run_id              bigint      not null references actions_workflow_runs (id),
    attempt             integer     not null check (attempt >= 1),
    requested_by        bigint      not null references users (id),
    why                 text        not null,
    debug               boolean     not null default false,
    status              text        not null check (status in ('queued', 'pending', 'waiting', 'in_progress', 'completed')),
    conclusion          text check (conclusion in ('success', 'failure', 'cancelled', 'skipped', 'timed_out', 'neutral', 'action_required', 'startup_failure', 'stale')),
    open_nodes          integer     not null check (open_nodes >= 0),       -- the run machine's counts of its nodes: without a result, and by result
    succeeded_nodes     integer     not null default 0 check (succeeded_nodes >= 0),
    failed_nodes        integer     not null default 0 check (failed_nodes >= 0),
    cancelled_nodes     integer     not null default 0 check (cancelled_nodes >= 0),
    cancel_requested_at timestamptz,
    cancel_reason       text,
    cancelled_by        bigint references users (id),
    created_at          timestamptz not null,
    started_at          timestamptz,
    completed_at        timestamptz,
    unique (run_id, attempt),
    check ((status = 'completed') = (completed_at is not null)),
    check ((status = 'completed') = (conclusion is not null)),
    check ((cancel_requested_at is null) = (cancel_reason is null)),
    check (completed_at >= started_at)
);

-- ── Jobs ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- runs-on sets, interned: a claim is an index read per set that a runner satisfies.
create table actions_label_sets (
    id     bigint generated always as identity primary key,
    labels text[] not null unique                            -- lower case, sorted
);

-- A job of the file within an attempt: the run machine's node. Its matrix becomes one row in actions_jobs a leg.
create table actions_job_nodes (
    attempt_id       bigint  not null references actions_run_attempts (id),
    job_key          text    not null,
    position         integer not null,                       -- order in the file
    needs            text[]  not null,                       -- written once; the machine takes the graph from the definition
    dependants       text[]  not null,
    open_needs       integer not null check (open_needs >= 0),
    open_legs        integer not null default 0 check (open_legs >= 0),
    phase            text    not null check (phase in ('waiting', 'running', 'settled')),
    state            jsonb   not null default '{}',          -- what else the machine keeps: ancestors' results, max-parallel, fail-fast
    result           text check (result in ('success', 'failure', 'cancelled', 'skipped')),
    outputs          jsonb   not null default '{}',
    primary key (attempt_id, job_key),
    check ((phase = 'settled') = (result is not null)),
    check (phase <> 'waiting' or open_legs = 0)
);

create table actions_jobs (
    id              bigint generated always as identity primary key,
    run_id          bigint      not null references actions_workflow_runs (id),
    attempt_id      bigint      not null references actions_run_attempts (id),
    job_key         text        not null,
    matrix_index    integer     not null default 0 check (matrix_index >= 0),
    name            text        not null,
    job_type        text        not null default 'build' check (job_type in ('build', 'test', 'deploy')),
    matrix          jsonb,
    strategy        jsonb,
    allow_failure   boolean     not null default false,
    priority        integer     not null default 0,
    target_id       bigint,
    reused_from     bigint references actions_jobs (id),
    label_set_id    bigint references actions_label_sets (id),
    status          text        not null check (status in ('queued', 'pending', 'waiting', 'in_progress', 'completed')),
    conclusion      text check (conclusion in ('success', 'failure', 'cancelled', 'skipped', 'timed_out', 'neutral', 'action_required', 'startup_failure', 'stale')),
    reason          text,                                    -- why it waits, was skipped or failed
    outputs         jsonb       not null default '{}',
    created_at      timestamptz not null,
    queued_at       timestamptz,
    started_at      timestamptz,
    completed_at    timestamptz,
    unique (attempt_id, job_key, matrix_index),
    check ((status = 'completed') = (completed_at is not null)),
    check ((status = 'completed') = (conclusion is not null)),
    check (completed_at >= started_at)
);
create index actions_jobs_run_idx on actions_jobs (run_id, id);

-- Every claim gets a number higher than all before it, whatever it claims.
create sequence actions_fencing_tokens;

-- One dispatch of a job to one runner. A second one exists only after a runner was lost before the first step.
create table actions_job_executions (
    id                  bigint generated always as identity primary key,
    job_id              bigint      not null references actions_jobs (id),
    number              integer     not null check (number >= 1),
    repository_id       bigint      not null references repositories (id),
    organization_id     bigint      not null references organizations (id),
    label_set_id        bigint      not null references actions_label_sets (id),
    priority            integer     not null,
    status              text        not null check (status in ('queued', 'in_progress', 'completed')),
    conclusion          text check (conclusion in ('success', 'failure', 'cancelled', 'skipped', 'timed_out', 'neutral', 'action_required', 'startup_failure', 'stale')),
    reason              text,
    runner_id           bigint references actions_runners (id),
    fencing_token       bigint      not null default 0,      -- 0 until claimed
    lease_until         timestamptz,
    steps_started_at    timestamptz,                         -- when the first step's start was reported; null: safe to give to another runner
    cancel_requested_at timestamptz,
    cancel_reason       text,
    queued_at           timestamptz not null,
    started_at          timestamptz,                         -- claimed
    completed_at        timestamptz,
    unique (job_id, number),
    check ((status = 'completed') = (completed_at is not null)),
    check ((status = 'completed') = (conclusion is not null)),
    check ((status = 'in_progress') <= (runner_id is not null and lease_until is not null and started_at is not null)),
    check (completed_at >= started_at)
);
create unique index actions_job_executions_open_key on actions_job_executions (job_id) where status <> 'completed';
-- The queue: a claim walks the groups (priority, repository) of a label set. The priority is negated so that one row comparison steps to the next group.
create index actions_job_executions_queue_idx on actions_job_executions (label_set_id, (-priority), repository_id, id) where status = 'queued';
create index actions_job_executions_running_idx on actions_job_executions (repository_id) where status = 'in_progress';
create index actions_job_executions_runner_idx on actions_job_executions (runner_id) where status = 'in_progress';
create index actions_job_executions_lease_idx on actions_job_executions (lease_until) where status = 'in_progress';

alter table pushes add foreign key (job_execution_id) references actions_job_executions (id);

create table actions_steps (
    job_execution_id bigint  not null references actions_job_executions (id),
    number           integer not null check (number >= 1),
    name             text    not null,
    parallel_group   text,
    status           text    not null check (status in ('pending', 'in_progress', 'completed')),
    conclusion       text check (conclusion in ('success', 'failure', 'cancelled', 'skipped', 'timed_out')),
    outcome          text check (outcome in ('success', 'failure', 'cancelled', 'skipped', 'timed_out')),
    why              text,
    started_at       timestamptz,
    completed_at     timestamptz,
    primary key (job_execution_id, number),
    check ((status = 'completed') = (completed_at is not null)),
    check ((status = 'completed') = (conclusion is not null))
);

create table actions_annotations (
    job_execution_id bigint  not null references actions_job_executions (id),
    number           integer not null check (number >= 1),
    step             integer not null,
    level            text    not null check (level in ('notice', 'warning', 'failure')),
    message          text    not null,
    title            text,
    file             text,
    line             integer,
    end_line         integer,
    col              integer,
    end_col          integer,
    primary key (job_execution_id, number)
);

-- ── Executors ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- What an executor was asked to do. step_number null: it covers the whole job execution.
create table actions_executions (
    id               bigint generated always as identity primary key,
    job_execution_id bigint      not null references actions_job_executions (id),
    step_number      integer,
    executor_type    text        not null check (executor_type in ('runner', 'kubernetes')),
    external_id      text        not null,
    status           text        not null check (status in ('queued', 'in_progress', 'completed')),
    submitted_at     timestamptz not null,
    completed_at     timestamptz,
    check ((status = 'completed') = (completed_at is not null)),
    check (completed_at >= submitted_at),
    unique nulls not distinct (job_execution_id, step_number)
);

-- ── Blobs and logs ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create table blobs (
    id           uuid primary key,
    state        text        not null check (state in ('staging', 'committed', 'deleted')),   -- deleted: nobody needs it; the sweeper removes it
    backend      text        not null,
    storage_path text        not null,
    size_bytes   bigint check (size_bytes >= 0),
    sha256       bytea,
    created_at   timestamptz not null,
    committed_at timestamptz,
    deleted_at   timestamptz,
    check ((state = 'staging') = (committed_at is null and deleted_at is null)),
    check (state <> 'committed' or (committed_at is not null and size_bytes is not null and sha256 is not null)),
    check ((state = 'deleted') = (deleted_at is not null))
);
create index blobs_sweep_idx on blobs (state, created_at) where state <> 'committed';

-- Where each stream ends: the guard of appends. Stream 0 is the job, n is step n.
create table actions_log_streams (
    job_execution_id bigint  not null references actions_job_executions (id),
    stream           integer not null check (stream >= 0),
    next_offset      bigint  not null check (next_offset >= 0),
    lines            bigint  not null check (lines >= 0),     -- line ends in it
    limit_reached_at timestamptz,                            -- set once the execution's logs were full: nothing more is taken
    primary key (job_execution_id, stream)
);

-- A chunk as it arrived; its row is the acknowledgement. Rows go when the archive is committed.
create table actions_log_chunks (
    job_execution_id bigint  not null references actions_job_executions (id),
    stream           integer not null,
    start_offset     bigint  not null check (start_offset >= 0),
    length           integer not null check (length > 0),
    first_line       bigint  not null check (first_line >= 0),
    lines            integer not null check (lines >= 0),
    bytes            bytea,                                  -- to 64 KiB; larger ones lie in the blob store
    blob_id          uuid references blobs (id),
    received_at      timestamptz not null,
    primary key (job_execution_id, stream, start_offset),
    check ((bytes is null) <> (blob_id is null))
);
-- Which chunk holds a line: the one that begins last before it.
create index actions_log_chunks_line_idx on actions_log_chunks (job_execution_id, stream, first_line, start_offset);
-- Compressing on the way in would cost more than the disk it saves until the archive takes over.
alter table actions_log_chunks alter column bytes set storage external;

-- An ended execution's streams as one object; index says for each stream where it lies and at which byte some of its lines begin, one every 64 KiB.
create table actions_log_archives (
    job_execution_id bigint primary key references actions_job_executions (id),
    blob_id          uuid        not null references blobs (id),
    index            jsonb       not null,
    created_at       timestamptz not null
);

-- ── Audit ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

create table audit_events (
    id               bigint generated always as identity primary key,
    at               timestamptz not null,
    user_id          bigint references users (id),
    runner_id        bigint references actions_runners (id),
    job_execution_id bigint references actions_job_executions (id),   -- all three null: the server itself
    action           text        not null,                            -- repository.create, branch.lock, …
    target           text        not null,
    organization_id  bigint references organizations (id),
    repository_id    bigint references repositories (id),
    detail           jsonb       not null default '{}',
    check (num_nonnulls(user_id, runner_id, job_execution_id) <= 1)
);
create index audit_events_organization_idx on audit_events (organization_id, id desc);
create index audit_events_repository_idx on audit_events (repository_id, id desc);
