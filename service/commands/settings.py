"""`chancery settings`: the table of the README."""

from __future__ import annotations

import click

from service import settings


@click.command()
def settings_command() -> None:
    """Print the table of settings, in Markdown."""
    click.echo(settings.markdown_table(), nl=False)
