-- Contracts with clients, their schedules of values, and the progress claims against them
-- (situations de travaux). All amounts are minor units of the project's currency.
create table projects.contract (
    id uuid primary key,
    project_id uuid not null references projects.project,
    reference text not null,
    client text not null,
    -- ISO 3166-1 alpha-2: whose law bounds the retention.
    country text not null,
    signed_on date not null,
    -- The client owes the VAT (French subcontracting in construction).
    reverse_charge boolean not null,
    -- In hundredths of a percent, of the amount with VAT.
    retention_bp integer not null check (retention_bp between 0 and 10000),
    -- Paid before the work, and repaid as the work goes from one share to the other.
    advance_minor bigint not null check (advance_minor >= 0),
    advance_from_bp integer not null,
    advance_to_bp integer not null,
    version bigint not null,
    constraint contract_reference unique (project_id, reference),
    check (0 <= advance_from_bp and advance_from_bp < advance_to_bp and advance_to_bp <= 10000)
);
create index contract_by_project on projects.contract (project_id, id);

create table projects.contract_line (
    id uuid primary key,
    contract_id uuid not null references projects.contract on delete cascade,
    place integer not null,
    name text not null,
    unit text,
    -- In thousandths of the unit; null for a lump sum.
    quantity_milli bigint check (quantity_milli > 0),
    amount_minor bigint not null check (amount_minor > 0),
    vat_bp integer not null check (vat_bp between 0 and 10000),
    unique (contract_id, place)
);

create table projects.claim (
    id uuid primary key,
    contract_id uuid not null references projects.contract,
    project_id uuid not null references projects.project,
    -- From 1 within the contract, without gaps: claims are never removed.
    number integer not null check (number > 0),
    kind text not null check (kind in ('progress', 'release')),
    status text not null
        check (status in ('draft', 'submitted', 'accepted', 'refused', 'paid')),
    claimed_on date not null,
    -- What was computed when it was written: lines, and sums so far and before.
    lines jsonb not null,
    cumulative jsonb not null,
    previous jsonb not null,
    decided_by uuid,
    decided_at timestamptz,
    note text,
    paid_on date,
    version bigint not null,
    constraint claim_number unique (contract_id, number),
    constraint claim_decision check
        ((status in ('accepted', 'refused', 'paid')) = (decided_at is not null)),
    constraint claim_payment check ((status = 'paid') = (paid_on is not null))
);
-- One claim of a contract is open at a time: the next one builds on what was accepted.
create unique index claim_open on projects.claim (contract_id)
    where status in ('draft', 'submitted', 'refused');
create index claim_by_project on projects.claim (project_id, id);
