-- Uploads in pieces (tus 1.0) of every service. The bytes and how many of them came are the blob
-- store's to know; here stands whose upload it is, where it goes and whether it was taken over.
create table core.upload (
    -- The id of what is uploaded (a photo, a document): one upload per thing.
    id uuid primary key,
    service text not null,
    caller uuid not null,
    -- A new one at each fresh start, so that a late finish of the old bytes harms nothing.
    blob_key text not null check (length(blob_key) between 1 and 200),
    length bigint not null check (length > 0),
    -- What the sender says the bytes hash to.
    sha256 bytea check (length(sha256) = 32),
    state text not null default 'open' check (state in ('open', 'done')),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    finished_at timestamptz
);
create index upload_by_end on core.upload (service, state, expires_at);

grant select, insert, update, delete on core.upload to
    fo_identity, fo_projects, fo_resources, fo_planning, fo_proofs, fo_reporting;
