"""The command `studio`. A subcommand `x` is the click command `x` in `studio/cli/x.py`, imported when called."""

from importlib import import_module

import click

from studio.errors import StudioError

COMMANDS = (
    "up", "down", "status", "doctor", "relay", "demo", "runs", "completion", "night", "samples", "sets", "groups", "versions", "outputs", "people", "comparisons")  # fmt: skip


class Studio(click.Group):
    """Imports a command's module only when it is asked for, so that `studio status` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"studio.cli.{cmd_name}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except StudioError as error:
            raise click.ClickException(f"{error.message} {error.hint}".rstrip()) from error
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            from sqlalchemy.exc import DBAPIError  # half a second, which most commands do not need

            if not isinstance(error, DBAPIError):
                raise
            said = f"The database does not answer: {error.orig}. Start the studio first: studio up"
            raise click.ClickException(said) from error


main = Studio(name="studio", help="Start, stop and look after GAN Studio on this machine.")

if __name__ == "__main__":
    main(prog_name="studio")
