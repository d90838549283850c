"""`chancery ballot-key`, `chancery data-key`: keys for the settings."""

from __future__ import annotations

import click

from domain import keyring


@click.command()
def ballot_key_command() -> None:
    """Print a fresh key for CHANCERY_BALLOT_KEYS, which seals the choices of secret ballots.

    To change keys, put the new one before the old one, and take the old one out once the votes that
    were open then are closed.
    """
    click.echo(keyring.fresh_key())


@click.command()
def data_key_command() -> None:
    """Print a fresh key for CHANCERY_DATA_KEYS, which seals addresses and codes.

    To change keys, put the new one before the old one. What the old one sealed, it alone opens: an
    address until it is erased, a code for as long as somebody may look at it.
    """
    click.echo(keyring.fresh_key())
