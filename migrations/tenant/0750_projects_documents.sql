-- Documents of a project or of one of its sites: plans, permits, method statements. The bytes are
-- in the blob store, under keys that stand here with their hash, and are never overwritten.

-- Words as French writes them, found with or without their accents. Trusted, so the owner of the
-- database may create it.
create extension if not exists unaccent with schema core;
create text search configuration projects.words (copy = pg_catalog.french);
alter text search configuration projects.words
    alter mapping for hword, hword_part, word with core.unaccent, pg_catalog.french_stem;

create table projects.document (
    id uuid primary key,
    project_id uuid not null references projects.project,
    -- None: it is the whole project's.
    site_id uuid references projects.site,
    kind text not null
        check (kind in ('plan', 'permit', 'method_statement', 'contract', 'report', 'other')),
    name text not null check (length(name) between 1 and 200),
    tags text[] not null,
    -- Which roles see it; empty: all that see the place.
    roles text[] not null,
    -- Whether the crews see it.
    released boolean not null,
    -- Whether readers are asked to say that they have read and understood it.
    must_acknowledge boolean not null,
    -- The last day it holds, and how many days before reminders come.
    expires_on date,
    reminder_days integer[] not null,
    -- The number of the version in force: the newest that may be served.
    current integer,
    created_by uuid not null,
    created_at timestamptz not null,
    version bigint not null,
    -- What a search looks at: name (A), tags and file name (B), text of the version in force (D).
    words tsvector not null default ''
);
create index document_by_project on projects.document (project_id, id);
create index document_by_site on projects.document (site_id, id);
create index document_by_words on projects.document using gin (words);

create table projects.document_version (
    id uuid primary key,
    document_id uuid not null references projects.document,
    -- Given when the bytes are here, in the order of their coming.
    number integer check (number > 0),
    file_name text not null check (length(file_name) between 1 and 200),
    comment text check (length(comment) between 1 and 2000),
    size bigint not null check (size > 0),
    announced_sha256 bytea check (length(announced_sha256) = 32),
    -- What the virus scanner says; unscanned: there is none.
    scan text not null check (scan in ('unscanned', 'scanning', 'clean', 'infected')),
    threat text,
    -- The text inside: still to be read, read, or why there is none.
    text_state text not null check (text_state in ('pending', 'extracted', 'none')),
    text_reason_fr text,
    text_reason_en text,
    words tsvector,
    preview_key text,
    preview_reason_fr text,
    preview_reason_en text,
    blob_key text,
    sha256 bytea check (length(sha256) = 32),
    -- What the bytes are, by themselves.
    media_type text,
    created_by uuid not null,
    created_at timestamptz not null,
    received_at timestamptz,
    version bigint not null,
    constraint document_version_number unique (document_id, number),
    check ((number is null) = (blob_key is null)),
    check ((blob_key is null) = (sha256 is null)),
    check ((scan = 'infected') = (threat is not null)),
    check (text_state <> 'none' or (text_reason_fr is not null and text_reason_en is not null))
);

-- Who saw which version, and who said to have understood it.
create table projects.document_view (
    version_id uuid not null references projects.document_version,
    user_id uuid not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    times integer not null check (times > 0),
    acknowledged_at timestamptz,
    primary key (version_id, user_id)
);

-- Reminders that were given: each once, whatever the clock does.
create table projects.document_reminder (
    document_id uuid not null references projects.document,
    expires_on date not null,
    days integer not null,
    at timestamptz not null,
    primary key (document_id, expires_on, days)
);
