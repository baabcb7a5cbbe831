"""Attributes of a product as WooCommerce keeps them in ``_product_attributes``; pure.

What the ERP sends becomes free ("custom") attributes: ``is_taxonomy`` 0, values joined
with ``|``. Global attributes (``pa_...``) belong to the merchant and stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..common import phpdata
from ..common.contract.product_update import Attribute, Choice
from ..wordpress.html import plain_text
from ..wordpress.slugs import sanitize_title

SEARCH_PREFIX = "biz_"
SEARCH_CODE = "biz_search_code"
_KEY_LENGTH = 255
Spec = dict[str, Any]


@dataclass(frozen=True)
class Axis:
    """A choice of a variable product under its sanitized ``key``."""

    key: str
    name: str
    options: tuple[str, ...]

    def option(self, text: str) -> str:
        """The option as the product spells it; empty is any."""
        folded = text.casefold()
        return next((o for o in self.options if o.casefold() == folded), text)


def attribute_key(name: str, locale: str = "") -> str:
    """``sanitize_title`` of a name, never below ``pa_``: that means a global one."""
    key = sanitize_title(name, locale)
    while key.startswith("pa_"):
        key = key.removeprefix("pa_").strip("-")
    return key


def read_attributes(stored: str) -> dict[str, Spec]:
    """``_product_attributes`` by key; broken ones are none."""
    try:
        found = phpdata.loads(stored) if stored else {}
    except phpdata.PhpDataError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): spec for key, spec in found.items() if isinstance(spec, dict)}


def write_attributes(specs: Mapping[str, Spec]) -> str:
    """The serialized form; empty when there are none."""
    return phpdata.dumps(dict(specs)) if specs else ""


def is_global(spec: Spec) -> bool:
    """A row of the attribute taxonomies stands behind it."""
    return str(spec.get("is_taxonomy") or "0") != "0"


def is_for_variations(spec: Spec) -> bool:
    """Customers choose it."""
    return str(spec.get("is_variation") or "0") != "0"


def values_of(spec: Spec) -> list[str]:
    """The values of a free attribute."""
    parts = str(spec.get("value") or "").split("|")
    return [part.strip() for part in parts if part.strip()]


def make_axes(choices: Iterable[Choice], locale: str = "") -> tuple[Axis, ...]:
    """Choices with their keys; equal ones are one, texts are plain."""
    found: dict[str, Axis] = {}
    for choice in choices:
        name = plain_text(choice.name)
        key = attribute_key(name, locale)
        if not key:
            continue
        known = found[key].options if key in found else ()
        texts = (plain_text(option) for option in choice.options)
        options = dict.fromkeys((*known, *(text for text in texts if text)))
        found[key] = Axis(
            key, found[key].name if key in found else name, tuple(options)
        )
    return tuple(found.values())


def stored_axes(specs: Mapping[str, Spec]) -> tuple[Axis, ...]:
    """The choices a product has already; global ones without their options."""
    return tuple(
        Axis(key, str(spec.get("name") or key), tuple(values_of(spec)))
        for key, spec in specs.items()
        if is_for_variations(spec)
    )


def plan_attributes(
    present: Mapping[str, Spec],
    sent: tuple[Attribute, ...] | None,
    axes: tuple[Axis, ...] | None,
    *,
    choices: bool,
    locale: str = "",
) -> dict[str, Spec]:
    """All attributes of a product afterwards.

    ``sent`` and ``axes`` replace the free attributes and the choices; None leaves
    them, without ``choices`` those go. Where a choice and an attribute share a key,
    the choice stays.
    """
    out: dict[str, Spec] = {}
    if choices:
        if axes is None:
            out.update(
                (key, spec)
                for key, spec in present.items()
                if is_for_variations(spec) and not is_global(spec)
            )
        else:
            for axis in axes:
                out[axis.key] = _spec(axis.name, axis.options, len(out), variation=1)
    if sent is None:
        free = {
            key: spec
            for key, spec in present.items()
            if not is_global(spec) and not is_for_variations(spec)
        }
        out = {**free, **out} if axes is None else {**out, **_without(free, out)}
    else:
        for key, (name, values) in _sent_values(sent, locale).items():
            if key not in out:
                out[key] = _spec(name, values, len(out))
    for key, spec in present.items():
        if is_global(spec):
            # with choices of its own a product does not vary by a global one
            out[key] = {**spec, "is_variation": 0} if axes is not None else spec
    return _in_order(out, present) if axes is None and sent is None else out


def _without(specs: dict[str, Spec], taken: Mapping[str, Spec]) -> dict[str, Spec]:
    return {key: spec for key, spec in specs.items() if key not in taken}


def _in_order(specs: dict[str, Spec], order: Mapping[str, Spec]) -> dict[str, Spec]:
    """Nothing was sent: what stays, stays in its order."""
    return {key: specs[key] for key in order if key in specs}


def _sent_values(
    sent: Iterable[Attribute], locale: str
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Name and values by key; attributes of one title are one with several values."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for one in sent:
        name = plain_text(one.title)
        key = attribute_key(name, locale) or attribute_key(one.index, locale)
        texts = (plain_text(part) for part in one.value.split("|"))
        values = tuple(text for text in texts if text)
        if one.index and name and key and values:
            known = found.get(key, (name, ()))
            found[key] = (known[0], tuple(dict.fromkeys((*known[1], *values))))
    return found


def _spec(name: str, values: Iterable[str], position: int, variation: int = 0) -> Spec:
    return {
        "name": name.removeprefix("pa_"),
        "value": " | ".join(values),
        "position": position,
        "is_visible": 1,
        "is_variation": variation,
        "is_taxonomy": 0,
    }


def search_metas(
    sent: Iterable[Attribute], present: Iterable[str]
) -> tuple[dict[str, str], set[str]]:
    """The metas the shop's search reads: what to set, and the keys that are to go."""
    wanted: dict[str, str] = {}
    for one in sent:
        key = f"{SEARCH_PREFIX}{one.index.lower()}"
        usable = one.index and one.title and len(key) <= _KEY_LENGTH
        if usable and one.value and key != SEARCH_CODE:
            wanted[key] = plain_text(one.value)
    ours = {k for k in present if k.startswith(SEARCH_PREFIX) and k != SEARCH_CODE}
    return wanted, ours - set(wanted)
