"""`studio completion`: the lines that teach a shell the studio's commands."""

import click
from click.shell_completion import get_completion_class


@click.command
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion of SHELL. For bash: eval "$(studio completion bash)"."""
    root = click.get_current_context().find_root().command
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 the three of the choice exist
    click.echo(kind(root, {}, "studio", "_STUDIO_COMPLETE").source())
