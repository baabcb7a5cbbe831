"""Which categories and tags are meant, and which are still missing; pure.

A category is matched below its parent by name, then by slug; letter case, accents and
HTML escaping do not count. New slugs are ``sanitize_title`` of the name, made unique
with the parent's slug, else with a number (``wp_unique_term_slug``).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..common.database import fold
from .html import plain_text, term_name
from .slugs import numbered, sanitize_title

NAME_LENGTH = 200
Path = tuple[str, ...]
_ESCAPED = re.compile(r"&(amp|lt|gt|quot|#0?39|apos);", re.IGNORECASE)
_PLAIN = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


@dataclass(frozen=True)
class Term:
    """A term of one taxonomy; ``ident`` is its ``term_taxonomy_id``.

    ``parent`` is a term ID, 0 at the top.
    """

    id: int
    ident: int
    name: str
    slug: str
    parent: int = 0


@dataclass(frozen=True)
class NewTerm:
    """A term to be created: ``path`` of stored names, outermost first."""

    path: Path
    slug: str
    parent: int | None  # None: the parent is created as well


@dataclass
class TermPlan:
    """Which terms stand for what was sent: existing ones and new ones, in order."""

    existing: list[Term] = field(default_factory=list)
    new: list[NewTerm] = field(default_factory=list)

    def names(self) -> list[str]:
        """The paths, or names, of all of them."""
        return [term.name for term in self.existing] + [
            " > ".join(one.path) for one in self.new
        ]


def split_categories(text: str) -> list[Path]:
    """``Tools|Hammers;Sale`` -> paths of stored names; ``:`` separates in old data.

    Empty parts and repeated paths do not count; entities survive the separators.
    """
    text = _ESCAPED.sub(_unescape, text)
    paths = []
    for breadcrumb in text.split(";"):
        separator = "|" if "|" in breadcrumb else ":"
        path = _names(breadcrumb.split(separator))
        if path:
            paths.append(path)
    return list(dict.fromkeys(paths))


def split_tags(text: str) -> list[Path]:
    """``new|blue`` or ``new;blue`` -> paths of one stored name each."""
    text = _ESCAPED.sub(_unescape, text)
    names = _names(text.split("|" if "|" in text else ";"))
    return [(name,) for name in dict.fromkeys(names)]


def _unescape(match: re.Match[str]) -> str:
    name = match.group(1).lower()
    return _PLAIN.get(name, "'")


def _names(parts: Iterable[str]) -> Path:
    return tuple(term_name(part) for part in parts if plain_text(part))


def plan_terms(
    paths: Sequence[Path], tree: Sequence[Term], locale: str = ""
) -> TermPlan:
    """Match every level of every path against ``tree``; name what is missing."""
    return _Planner(tree, locale).plan(paths)


class _Planner:
    def __init__(self, tree: Sequence[Term], locale: str) -> None:
        self.locale = locale
        self.by_id = {term.id: term for term in tree}
        self.by_name: dict[tuple[int, str], Term] = {}
        self.by_slug: dict[tuple[int, str], Term] = {}
        for term in sorted(tree, key=lambda one: one.id):
            self.by_name.setdefault((term.parent, folded(term.name)), term)
            self.by_slug.setdefault((term.parent, term.slug), term)
        self.slugs = {term.slug for term in tree}
        self.new: dict[Path, NewTerm] = {}
        self.new_slugs: dict[tuple[object, str], NewTerm] = {}

    def plan(self, paths: Sequence[Path]) -> TermPlan:
        out = TermPlan()
        for path in paths:
            parent: Term | None = None
            above: NewTerm | None = None
            for depth in range(1, len(path) + 1):
                found = None if above else self.find(path[depth - 1], parent)
                if found is not None:
                    parent = found
                    if found not in out.existing:
                        out.existing.append(found)
                else:
                    above = self.missing(path[:depth], parent, above)
        out.new = list(self.new.values())
        return out

    def find(self, name: str, parent: Term | None) -> Term | None:
        below = parent.id if parent else 0
        return self.by_name.get((below, folded(name))) or self.by_slug.get(
            (below, self.slug(name))
        )

    def slug(self, name: str) -> str:
        # a name without a letter still needs an address, always the same one
        plain = f"term-{zlib.crc32(name.encode()):08x}"
        return sanitize_title(name, self.locale) or plain

    def missing(
        self, path: Path, parent: Term | None, above: NewTerm | None
    ) -> NewTerm:
        key = tuple(map(folded, path))
        if key in self.new:
            return self.new[key]
        place = (above or parent, self.slug(path[-1]))
        if place in self.new_slugs:  # WordPress finds a term by its slug as well
            return self.new_slugs[place]
        slug = self.free_slug(path[-1], parent, above)
        below = None if above else parent.id if parent else 0
        names = (*above.path, path[-1]) if above else path
        made = NewTerm(names, slug, below)
        self.slugs.add(slug)
        self.new[key] = self.new_slugs[place] = made
        return made

    def free_slug(self, name: str, parent: Term | None, above: NewTerm | None) -> str:
        slug = self.slug(name)
        for upper in self.ancestor_slugs(parent, above):
            if slug not in self.slugs:
                return slug
            slug = f"{slug}-{upper}"
        return numbered(slug, self.slugs.__contains__)

    def ancestor_slugs(self, parent: Term | None, above: NewTerm | None) -> list[str]:
        """Slugs from the parent upwards."""
        slugs = []
        while above is not None:
            slugs.append(above.slug)
            if above.parent:
                parent = self.by_id.get(above.parent)
            above = self.new.get(tuple(map(folded, above.path[:-1])))
        seen: set[int] = set()
        while parent is not None and parent.id not in seen:
            seen.add(parent.id)
            slugs.append(parent.slug)
            parent = self.by_id.get(parent.parent)
        return slugs


def folded(name: str) -> str:
    """A stored name as the database compares it, escaping aside."""
    return fold(_ESCAPED.sub(_unescape, name))
