"""``bizuno-bridge explain``: the whole story of one thing, as this side knows it."""

from __future__ import annotations

import click

# the command that explains what is no name of a command
_DEFAULT = "sku"


class Subjects(click.Group):
    """``explain order 3044`` names a subject; ``explain ABC-1`` is a SKU."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of this name, else the one for SKUs where there is one."""
        default = self.get_command(ctx, _DEFAULT)
        if default and args and self.get_command(ctx, args[0]) is None:
            return _DEFAULT, default, args
        return super().resolve_command(ctx, args)


@click.group("explain", cls=Subjects)
def explain() -> None:
    """Tell the whole story of a product or an order, as this side knows it."""
