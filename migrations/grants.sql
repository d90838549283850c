-- The rights of the service's role: it reads and writes rows, and cannot change the schema or
-- what has been recorded. `chancery migrate` runs this after the revisions; by hand:
--     psql -v role=chancery_service -f grants.sql
grant usage on schema public to :"role";
revoke create on schema public from public, :"role";
grant select, insert, update, delete on all tables in schema public to :"role";
grant usage, select on all sequences in schema public to :"role";
-- Append-only; the personal values of an audit entry stand in audit_values, which erasure empties.
revoke update, delete, truncate on audit_entries, events from :"role";
revoke update, delete, truncate on stock_movements, expenses from :"role";
-- Of these the words are emptied when a person is erased; what was counted never changes.
grant update (reason) on stock_movements to :"role";
grant update (description) on expenses to :"role";
-- The sums of the ledger: its trigger writes them.
revoke insert, update, delete, truncate on stock_balances from :"role";
revoke insert, update, delete, truncate on alembic_version from :"role";
