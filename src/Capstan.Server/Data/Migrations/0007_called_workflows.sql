-- What the jobs of a workflow version call: an array of the files, each with its reference, and its content or why there is none. Local files are of the run's commit,
-- others name theirs. The digest is of that array; empty when nothing is called.
alter table actions_workflow_versions
    add column called jsonb not null default '[]' check (jsonb_typeof(called) = 'array'),
    add column called_sha text not null default '',
    drop constraint actions_workflow_versions_workflow_id_blob_sha_key,
    add unique (workflow_id, blob_sha, called_sha);

-- The order of a run's jobs: the position in the file; of a called job after the place and the leg of its caller.
alter table actions_job_nodes add column place integer[];
update actions_job_nodes set place = array[position];
alter table actions_job_nodes alter column place set not null, drop column position;

-- A job that calls a workflow: it has no execution, and is in progress while the jobs that it called are.
alter table actions_jobs
    add column uses text,                                    -- as written in the file; null for a job with steps
    add column inputs jsonb;                                 -- what it gives, once that is known; null for a job with steps
