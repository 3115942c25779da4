-- A job that calls a workflow goes to no runner, and only such a job has inputs. Every job stands somewhere in its file.
alter table actions_jobs
    add constraint actions_jobs_call_check check (uses is null or label_set_id is null),
    add constraint actions_jobs_inputs_check check (inputs is null or (uses is not null and jsonb_typeof(inputs) = 'object'));
alter table actions_job_nodes add constraint actions_job_nodes_place_check check (cardinality(place) > 0);
