-- A copy of each photo whose watermark does not say where it was taken, for those who may not see
-- that. The same as the watermarked one where no place is known; none for photos of before.
alter table proofs.photo add column unplaced_key text;

-- Copies that nobody may see any more: their bytes are removed by a job, then their row.
create table proofs.dropped_copy (
    key text primary key
);
