"""The command line. A command is imported when it is run, so that each starts fast."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import NoReturn

import click

COMMANDS = {
    "ballot-key": ("service.commands.keys", "Print a fresh key for secret ballots."),
    "contributions": (
        "service.commands.contributions",
        "Record contributions from a file of lines.",
    ),
    "data-key": ("service.commands.keys", "Print a fresh key for addresses and codes."),
    "doctor": ("service.commands.doctor", "Say what is there and what is wrong."),
    "export": ("service.commands.members", "Write a program's ambassadors as a file."),
    "health": ("service.commands.health", "Ask a running service whether it is ready."),
    "import": ("service.commands.members", "Read a file of ambassadors into a program."),
    "migrate": ("service.commands.migrate", "Bring the database's schema to this release."),
    "openapi": ("service.commands.openapi", "Print, write or check the contract."),
    "program": ("service.commands.program", "Make programs be as files say."),
    "renewals": (
        "service.commands.renewals",
        "Decide on a program's tenures that are due.",
    ),
    "serve": ("service.commands.serve", "Serve the API."),
    "settings": ("service.commands.settings", "Print the table of settings."),
    "source": ("service.commands.source", "Make sources, where tools post to."),
    "stock": ("service.commands.stock", "Read and count the swag of a program."),
    "token": ("service.commands.token", "Make tokens."),
    "worker": ("service.commands.worker", "Do what is done outside requests."),
}
"""Where each command is, and its line in the help (which imports none of them)."""


class Commands(click.Group):
    """Finds commands by the table above, and tells expected failures without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported now."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        return getattr(import_module(module), f"{cmd_name.replace('-', '_')}_command")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what can go wrong with good code ends in lines on standard error."""
        try:
            return super().invoke(ctx)
        except click.exceptions.Exit:
            raise
        except Exception as error:
            from service.commands import failures

            lines = failures.lines(error)
            if lines is None:
                raise
            _fail(lines)


def _fail(lines: list[str]) -> NoReturn:
    for line in lines:
        click.echo(f"chancery: {line}", err=True)
    sys.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chancery", message="%(prog)s %(version)s")
def main() -> None:
    """Run the back end of an ambassador program."""


if __name__ == "__main__":
    main()
