-- A contract over an order of the firm's is a subcontract: its claims come in instead of going
-- out, and what is accepted of them is a cost under that order.
alter table projects.contract add column commitment_id uuid;
alter table projects.contract add constraint contract_order
    foreign key (project_id, commitment_id) references projects.commitment (project_id, id);
create unique index contract_of_order on projects.contract (commitment_id)
    where commitment_id is not null;

-- A credit note corrects one accepted claim, which itself stays as it was accepted.
alter table projects.claim add column corrects uuid references projects.claim;
alter table projects.claim drop constraint claim_kind_check;
alter table projects.claim add constraint claim_kind_check
    check (kind in ('progress', 'release', 'credit'));
alter table projects.claim add constraint claim_corrects
    check ((kind = 'credit') = (corrects is not null));
create index claim_credits on projects.claim (corrects) where corrects is not null;

-- The cost of a subcontractor's claim; one of a credit note gives back.
alter table projects.cost add column claim_id uuid references projects.claim;
create unique index cost_of_claim on projects.cost (claim_id) where claim_id is not null;
alter table projects.cost drop constraint cost_amount_minor_check;
alter table projects.cost drop constraint cost_vat_minor_check;
alter table projects.cost drop constraint cost_booked_minor_check;
alter table projects.cost add constraint cost_signs check (
    amount_minor <> 0
    and (claim_id is not null or (amount_minor > 0 and vat_minor >= 0 and booked_minor >= 0))
);
