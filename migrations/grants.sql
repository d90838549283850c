-- The rights of the service's role: it reads and writes rows, and cannot change the schema or
-- what has been recorded. `chancery migrate` runs this after the revisions; by hand:
--     psql -v role=chancery_service -f grants.sql
grant usage on schema public to :"role";
revoke create on schema public from public, :"role";
grant select, insert, update, delete on all tables in schema public to :"role";
grant usage, select on all sequences in schema public to :"role";
-- Append-only; the personal values of an audit entry stand in audit_values, which erasure empties.
revoke update, delete, truncate on audit_entries, events from :"role";
revoke insert, update, delete, truncate on alembic_version from :"role";
