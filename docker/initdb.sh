#!/bin/sh
# Runs once, on an empty volume: the role that owns the schema, and the one that the service uses.
set -eu

psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$OWNER_DATABASE_PASSWORD" \
  --set service_password="$SERVICE_DATABASE_PASSWORD" <<'SQL'
create role chancery_owner login password :'owner_password';
create role chancery login password :'service_password';
create database chancery owner chancery_owner;
revoke all on database chancery from public;
grant connect on database chancery to chancery;
SQL
