"""Policies say what a contribution needs as a list: `link_required` becomes `required`."""

from migrations.ddl import execute

revision = "0008_policy_required"
down_revision = "0007_rate_counts"


def upgrade() -> None:
    # `false` becomes an empty list, not nothing: a program may say it to undo its parent's `true`.
    # The functions go with the session.
    execute(
        """
        create or replace function pg_temp.renamed(kind jsonb) returns jsonb immutable language sql as $$
            select case when kind ? 'link_required' then
                kind - 'link_required' || jsonb_build_object('required',
                    case kind -> 'link_required'
                        when 'true' then '["url"]'::jsonb
                        when 'false' then '[]'::jsonb
                        else 'null'::jsonb
                    end)
                else kind end
        $$;
        create or replace function pg_temp.upgraded(policy jsonb) returns jsonb immutable language sql as $$
            select case jsonb_typeof(policy -> 'contribution_types')
                when 'object' then jsonb_set(policy, '{contribution_types}', (
                    select coalesce(jsonb_object_agg(code, case jsonb_typeof(kind)
                               when 'object' then pg_temp.renamed(kind) else kind end), '{}')
                      from jsonb_each(policy -> 'contribution_types') as t (code, kind)))
                else policy end
        $$;
        update policies
           set document = pg_temp.upgraded(document), effective = pg_temp.upgraded(effective)
         where document @? '$.contribution_types.*.link_required'
            or effective @? '$.contribution_types.*.link_required';
    """
    )


def downgrade() -> None:
    # The release before refuses what it does not know, so what is new is lost.
    execute(
        """
        create or replace function pg_temp.renamed(kind jsonb) returns jsonb immutable language sql as $$
            select kind - array['required', 'roles', 'metrics', 'fields', 'acceptance',
                                'announceable', 'points', 'caps', 'counting']
                || case jsonb_typeof(kind -> 'required')
                    when 'array' then
                        jsonb_build_object('link_required', kind -> 'required' ? 'url')
                    when 'null' then jsonb_build_object('link_required', null)
                    else '{}' end
        $$;
        create or replace function pg_temp.downgraded(policy jsonb) returns jsonb immutable language sql as $$
            select case jsonb_typeof(policy -> 'contribution_types')
                when 'object' then jsonb_set(policy, '{contribution_types}', (
                    select coalesce(jsonb_object_agg(code, case jsonb_typeof(kind)
                               when 'object' then pg_temp.renamed(kind) else kind end), '{}')
                      from jsonb_each(policy -> 'contribution_types') as t (code, kind)))
                else policy end
        $$;
        update policies
           set document = pg_temp.downgraded(document) - array['review', 'scoring', 'audiences'],
               effective = pg_temp.downgraded(effective) - array['review', 'scoring', 'audiences'];
    """
    )
