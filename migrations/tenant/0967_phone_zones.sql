-- The zone that a site had when its tasks came to the phone or were last shown anew: tasks show their
-- site's zone.
alter table planning.change add column zone text;
update planning.change c set zone = s.zone
from projects.site s where c.kind = 'site' and s.id = c.entity_id;
