-- What the jobs of a repository deploy to. The first job, secret or variable that names one makes it; names are compared without regard to case,
-- by keys that the server folds: what lower() makes of a letter is a matter of the database's locale.
create table environments (
    id              bigint generated always as identity primary key,
    repository_id   bigint      not null references repositories (id),
    name            text        not null check (length(name) between 1 and 255),
    name_key        text        not null,
    secrets_version bigint      not null default 0,
    created_at      timestamptz not null
);
create unique index environments_name_key on environments (repository_id, name_key);

alter table actions_secrets
    add column environment_id bigint references environments (id),
    drop constraint actions_secrets_check,
    add constraint actions_secrets_owner_check check (num_nonnulls(organization_id, repository_id, environment_id) = 1);
create unique index actions_secrets_environment_key on actions_secrets (environment_id, name) where environment_id is not null;

alter table actions_variables
    add column environment_id bigint references environments (id),
    drop constraint actions_variables_check,
    add constraint actions_variables_owner_check check (num_nonnulls(organization_id, repository_id, environment_id) = 1);
create unique index actions_variables_environment_key on actions_variables (environment_id, name) where environment_id is not null;

-- As the job names it: what it was given is a matter of the repository's environment of that name when a runner took it.
alter table actions_jobs
    add column environment text,
    add column environment_key text,
    add column environment_url text,
    add constraint actions_jobs_environment_key_check check ((environment is null) = (environment_key is null)),
    add constraint actions_jobs_environment_url_check check (environment_url is null or environment is not null);
