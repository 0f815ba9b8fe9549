-- Where something was done stands beside the rest of an entry's personal part, under a commitment
-- of its own that the part holds: a position is forgotten long before who did what, and the chain
-- verifies without it.
create table core.audit_place (
    entry_id uuid primary key references core.audit_entry,
    salt bytea not null,
    value jsonb not null
);
grant insert on core.audit_place to
    fo_identity, fo_projects, fo_resources, fo_planning, fo_proofs, fo_reporting;
grant select, delete on core.audit_place to fo_proofs;
