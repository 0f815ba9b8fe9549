-- A week knows the sites of its stays from now on at all times until it is approved, not only since
-- it was last opened or signed: those that stand open catch up.
update planning.timesheet t set sites = there.sites, projects = there.projects
from planning.timesheet w
cross join lateral (
    select coalesce(array_agg(site_id order by site_id, project_id), '{}') as sites,
           coalesce(array_agg(project_id order by site_id, project_id), '{}') as projects
    from (select distinct e.site_id, e.project_id from planning.time_entry e
          where e.worker_id = w.worker_id and e.in_at < w.to_at
            and (e.out_at is null or e.out_at > w.from_at)) stays) there
where w.id = t.id and t.state <> 'approved'
  and (t.sites, t.projects) <> (there.sites, there.projects);
