"""The first look into the database: what every request asks, in one round trip.

Asked one by one, the questions cost more than answering a whole request: who may call,
and Bizuno's own settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Table, bindparam, select

from bridge.common.batch import Batch
from bridge.common.prepared import Rows

from .books.tables import common_meta, configuration
from .tokens import Token

_module, _meta = configuration.c, common_meta.c
_NAMES: BindParameter[Any] = bindparam("names", expanding=True)
_MODULES = select(
    _module.config_key.label("name"), _module.config_value.label("text")
).where(_module.config_key.in_(_NAMES))
_METAS = (
    select(_meta.meta_key.label("name"), _meta.meta_value.label("text"))
    .where(_meta.meta_key.in_(_NAMES))
    # of several documents of one key the first counts, so it comes last
    .order_by(_meta.id.desc())
    .limit(10_000)
)


@dataclass(frozen=True)
class Look:
    """What it shows; ``documents`` are Bizuno's settings as text, by name."""

    documents: Mapping[str, str]
    tokens: Sequence[Token]


class FirstLook:
    """Its questions, each built once."""

    def __init__(self, tokens: Table) -> None:
        self._tokens = select(tokens)

    def ask(
        self, batch: Batch, modules: Sequence[str], metas: Sequence[str]
    ) -> Callable[[], Look]:
        """Look; ``modules`` and ``metas`` are the names asked for."""
        tokens = batch.ask(self._tokens, {}, list)
        settings = batch.ask(_MODULES, {"names": list(modules)}, list)
        documents = batch.ask(_METAS, {"names": list(metas)}, list)
        return lambda: Look(
            {**_by_name(settings()), **_by_name(documents())},
            [Token(**row._mapping) for row in tokens()],
        )


def _by_name(rows: Rows) -> dict[str, str]:
    return {row.name: row.text or "" for row in rows}
