-- The money of a project. Amounts are minor units of their currency, without VAT unless said;
-- booked_minor is the amount in the project's currency, by the rate of the day it was booked for.

-- One rate per pair and day, in billionths: 1 of from_currency is rate_nano / 10^9 of to_currency.
create table projects.exchange_rate (
    id uuid primary key,
    from_currency text not null,
    to_currency text not null,
    day date not null,
    rate_nano bigint not null check (rate_nano > 0),
    version bigint not null,
    constraint exchange_rate_once unique (from_currency, to_currency, day),
    check (from_currency <> to_currency)
);

-- What is set for a project's budget as a whole; a project without a row has the usual settings
-- at version 1.
create table projects.budget (
    project_id uuid primary key references projects.project,
    -- The forecast may pass the plan by this many hundredths of a percent without an alert.
    threshold_bp integer not null check (threshold_bp between 0 and 100000),
    -- Whether it stands above that now; an alert is told when this turns.
    over boolean not null,
    version bigint not null
);

create table projects.budget_line (
    id uuid primary key,
    project_id uuid not null references projects.project,
    name text not null,
    category text not null
        check (category in ('labour', 'equipment', 'materials', 'subcontracting')),
    nature text not null check (nature in ('capex', 'opex')),
    -- What the line is for; all of the same project. The task is planning's.
    phase_id uuid,
    site_id uuid references projects.site,
    task_id uuid,
    planned_minor bigint not null check (planned_minor >= 0),
    -- What is still to be spent by the project lead's own estimate; null where there is none.
    remaining_minor bigint check (remaining_minor >= 0),
    version bigint not null,
    unique (project_id, id),
    constraint budget_line_phase foreign key (project_id, phase_id)
        references projects.phase (project_id, id)
);
create index budget_line_by_project on projects.budget_line (project_id, id);

create table projects.commitment (
    id uuid primary key,
    project_id uuid not null references projects.project,
    budget_line_id uuid,
    category text not null
        check (category in ('labour', 'equipment', 'materials', 'subcontracting')),
    supplier text not null,
    reference text,
    ordered_on date not null,
    amount_minor bigint not null check (amount_minor > 0),
    currency text not null,
    booked_minor bigint not null check (booked_minor >= 0),
    status text not null check (status in ('open', 'cancelled')),
    version bigint not null,
    unique (project_id, id),
    constraint commitment_line foreign key (project_id, budget_line_id)
        references projects.budget_line (project_id, id)
);
create index commitment_by_project on projects.commitment (project_id, id);

create table projects.cost (
    id uuid primary key,
    project_id uuid not null references projects.project,
    budget_line_id uuid,
    commitment_id uuid,
    kind text not null check (kind in ('purchase', 'consumption')),
    category text not null
        check (category in ('labour', 'equipment', 'materials', 'subcontracting')),
    spent_on date not null,
    amount_minor bigint not null check (amount_minor > 0),
    vat_minor bigint not null check (vat_minor >= 0),
    currency text not null,
    booked_minor bigint not null check (booked_minor >= 0),
    supplier text,
    note text,
    version bigint not null,
    constraint cost_line foreign key (project_id, budget_line_id)
        references projects.budget_line (project_id, id),
    constraint cost_commitment foreign key (project_id, commitment_id)
        references projects.commitment (project_id, id)
);
create index cost_by_project on projects.cost (project_id, id);

-- What the hours of a stay on a site cost, priced when the stay was told: a later raise does not
-- change what was spent. booked_minor is null while the hours cannot be priced.
create table projects.labour (
    entry_id uuid primary key,
    entry_version bigint not null,
    project_id uuid not null,
    site_id uuid not null,
    worker_id uuid not null,
    day date not null,
    minutes integer not null check (minutes >= 0),
    hourly_minor bigint,
    currency text,
    booked_minor bigint
);
create index labour_by_project on projects.labour (project_id, day);
create index labour_unpriced on projects.labour (worker_id) where booked_minor is null;
