-- Photos and signatures: the proof that work was done. The bytes are in the blob store, under
-- keys that stand here with their hash.
create table proofs.photo (
    id uuid primary key,
    task_id uuid,
    site_id uuid not null,
    project_id uuid not null,
    -- The worker who took it, where the user is one.
    worker_id uuid,
    created_by uuid not null,
    -- By the device's clock.
    taken_at timestamptz not null,
    lat double precision,
    lon double precision,
    accuracy_m double precision,
    caption text check (length(caption) between 1 and 500),
    -- What the sender says of the bytes to come. Never trusted: media_type is read from the bytes.
    content_type text not null check (length(content_type) between 1 and 100),
    size bigint not null check (size > 0),
    announced_sha256 bytea check (length(announced_sha256) = 32),
    state text not null check (state in ('announced', 'received', 'ready', 'unreadable')),
    reason_fr text,
    reason_en text,
    original_key text,
    watermarked_key text,
    thumbnail_key text,
    sha256 bytea check (length(sha256) = 32),
    media_type text,
    -- What was read from the picture's own EXIF: taken_at, position, orientation, remarks.
    exif jsonb,
    -- On the watermark: ties the printed picture to its original.
    code text,
    version bigint not null default 1,
    created_at timestamptz not null,
    received_at timestamptz,
    check ((state = 'announced') = (original_key is null)),
    check ((state = 'ready') = (watermarked_key is not null)),
    check (state <> 'unreadable' or (reason_fr is not null and reason_en is not null))
);
create index photo_by_task on proofs.photo (task_id, id);
create index photo_by_site on proofs.photo (site_id, id);
create index photo_by_project on proofs.photo (project_id, id);
create index photo_by_worker on proofs.photo (worker_id, id);

create table proofs.signature (
    id uuid primary key,
    task_id uuid not null,
    site_id uuid not null,
    project_id uuid not null,
    created_by uuid not null,
    signer_name text not null check (length(signer_name) between 1 and 200),
    signer_role text not null check (signer_role in ('client', 'site_lead', 'worker')),
    signed_at timestamptz not null,
    lat double precision,
    lon double precision,
    accuracy_m double precision,
    -- The picture of it, and the drawing it was made from.
    blob_key text not null,
    sha256 bytea not null check (length(sha256) = 32),
    strokes_key text not null,
    strokes_sha256 bytea not null check (length(strokes_sha256) = 32),
    version bigint not null default 1,
    created_at timestamptz not null
);
create index signature_by_task on proofs.signature (task_id, id);

create view proofs_pub.photo as
    select id, task_id, site_id, project_id, worker_id, state, taken_at, lat, lon, accuracy_m,
           code, original_key, watermarked_key, thumbnail_key, sha256, caption, version
    from proofs.photo;

create view proofs_pub.signature as
    select id, task_id, site_id, project_id, signer_name, signed_at, blob_key, sha256,
           signer_role, version
    from proofs.signature;
