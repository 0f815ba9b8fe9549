-- A site's codes are counted, and those that nobody can have scanned any more are removed.
create index site_code_by_site on planning.site_code (site_id, to_at);
