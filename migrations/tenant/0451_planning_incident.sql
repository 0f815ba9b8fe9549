-- What went wrong on a site.
create table planning.incident (
    id uuid primary key,
    site_id uuid not null,
    project_id uuid not null,
    task_id uuid,
    title text not null,
    description text not null,
    severity text not null check (severity in ('low', 'medium', 'high', 'critical')),
    cause text not null check (cause in
        ('safety', 'quality', 'equipment', 'material', 'weather', 'access', 'other')),
    status text not null check (status in ('open', 'in_progress', 'resolved')),
    -- When it was seen, by the reporter's device, and where; when the server heard of it.
    reported_at timestamptz not null,
    recorded_at timestamptz not null,
    position jsonb,
    reported_by uuid not null,
    reporter_worker_id uuid,
    resolution text,
    resolved_at timestamptz,
    resolved_by uuid,
    version bigint not null default 1,
    check ((status = 'resolved') = (resolution is not null and resolved_at is not null
                                    and resolved_by is not null))
);
create index incident_by_site on planning.incident (site_id, id);
create index incident_by_task on planning.incident (task_id) where task_id is not null;
create index incident_by_reporter on planning.incident (reporter_worker_id, id);

create view planning_pub.incident as
    select id, site_id, project_id, task_id, title, severity, cause, status, reported_at,
           recorded_at, reported_by, reporter_worker_id, resolution, resolved_at, version
    from planning.incident;
