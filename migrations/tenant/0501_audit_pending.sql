-- Entries that no link of the chain covers yet. Without this list the sealer would have to compare
-- the whole trail with the whole chain to find the few that are new. A trigger fills it, so that
-- no writer can leave an entry out.
create table core.audit_pending (
    entry_id uuid primary key references core.audit_entry
);

create function core.audit_waits() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    insert into core.audit_pending (entry_id) values (new.id);
    return null;
end $$;

create trigger audit_waits after insert on core.audit_entry
    for each row execute function core.audit_waits();

insert into core.audit_pending (entry_id)
    select id from core.audit_entry e
    where not exists (select from core.audit_link l where l.entry_id = e.id);

grant select, delete on core.audit_pending to fo_proofs;
