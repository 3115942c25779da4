-- Steps that others of their job ran beside, but for members of a parallel group, which say theirs.
alter table actions_steps
    add column background boolean not null default false,
    add constraint actions_steps_background_check check (not (background and parallel_group is not null));
