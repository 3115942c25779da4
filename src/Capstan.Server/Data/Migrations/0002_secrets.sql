-- Secrets and configuration variables of an organization or of a repository. Names are stored as they are shown: in upper case.

-- Each value is sealed (AES-256-GCM) with a key of its own, and that key is wrapped by the master key that master_key_id names.
create table actions_secrets (
    id              bigint generated always as identity primary key,
    organization_id bigint references organizations (id),
    repository_id   bigint references repositories (id),
    name            text        not null check (name ~ '^[A-Z_][A-Z0-9_]*$'),
    sealed_value    bytea       not null,
    wrapped_key     bytea       not null,
    master_key_id   text        not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    check (num_nonnulls(organization_id, repository_id) = 1)
);
create unique index actions_secrets_organization_key on actions_secrets (organization_id, name) where organization_id is not null;
create unique index actions_secrets_repository_key on actions_secrets (repository_id, name) where repository_id is not null;

create table actions_variables (
    id              bigint generated always as identity primary key,
    organization_id bigint references organizations (id),
    repository_id   bigint references repositories (id),
    name            text        not null check (name ~ '^[A-Z_][A-Z0-9_]*$'),
    value           text        not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    check (num_nonnulls(organization_id, repository_id) = 1)
);
create unique index actions_variables_organization_key on actions_variables (organization_id, name) where organization_id is not null;
create unique index actions_variables_repository_key on actions_variables (repository_id, name) where repository_id is not null;

-- Raised by every change of the secrets: a server that keeps them opened knows from the claim, without another statement, whether they are still the right ones.
alter table organizations add column secrets_version bigint not null default 0;
alter table repositories add column secrets_version bigint not null default 0;
