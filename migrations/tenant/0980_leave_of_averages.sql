-- Leave is neutral to average working time (Directive 2003/88/EC, art. 16 (b)): planning must know
-- whether an absence suspends the contract, and still not why somebody is away. Days off for hours
-- worked before, training and what nobody named count as the days they are.
create or replace view resources_pub.absence as
    select worker_id, from_at, to_at, id,
           kind in ('leave', 'unpaid', 'family', 'parental', 'sick', 'accident') as suspends
    from resources.absence where status = 'approved';
