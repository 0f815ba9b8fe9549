-- What somebody who goes to a site must know: whom to call, when it is open, how to get in.
create view projects_pub.site_visit as
    select id as site_id, people as contacts, opening_hours, access_notes
    from projects.site;

-- Names and telephone numbers are for planning alone, which shows them to who has work there.
revoke select on projects_pub.site_visit
    from fo_identity, fo_resources, fo_proofs, fo_reporting;
