"""`chancery ballot-key`: a key for CHANCERY_BALLOT_KEYS."""

from __future__ import annotations

import click

from domain import sealing


@click.command()
def ballot_key_command() -> None:
    """Print a fresh key for CHANCERY_BALLOT_KEYS, which seals the choices of secret ballots.

    To change keys, put the new one before the old one, and take the old one out once the votes that
    were open then are closed.
    """
    click.echo(sealing.fresh_key())
