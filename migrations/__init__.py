"""The schema's history: numbered alembic revisions in raw SQL; `HEAD` names the newest one."""
