"""WordPress users as far as a login needs them; read only, users are not ours."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    and_,
    bindparam,
    or_,
    select,
    text,
)

from ..common.batch import Batch
from .options import ask_options, unpack
from .tables import ShopTables

_APPLICATION_PASSWORDS = "_application_passwords"
_IN_USE = "using_application_passwords"
_SITE_ADMINS = "site_admins"
_SPAM = "spam"


@dataclass(frozen=True)
class User:
    """A user and everything WordPress lets them do.

    ``super_admin`` is who administers a whole network of sites, and may do anything.
    """

    id: int
    login: str
    email: str
    capabilities: frozenset[str]
    super_admin: bool = False

    def can(self, capability: str) -> bool:
        """True if one of the user's roles, or the user alone, was granted it."""
        return self.super_admin or capability in self.capabilities


@dataclass(frozen=True)
class Account:
    """A user with the stored hashes of the password and application passwords.

    ``blocked`` is who was marked as spam on a network of sites; no password lets
    them in.
    """

    user: User
    password_hash: str
    application_hashes: tuple[str, ...]
    blocked: bool = False

    def __repr__(self) -> str:
        return f"Account({self.user!r})"


@dataclass(frozen=True)
class Logins:
    """Who may be meant by a name, the login name before the e-mail address.

    ``site`` is the site's own address; ``application_passwords`` is False where
    WordPress has noted that none are in use.
    """

    accounts: tuple[Account, ...] = ()
    site: str = ""
    application_passwords: bool = False


def ask_logins(batch: Batch, tables: ShopTables, name: str) -> Callable[[], Logins]:
    """The accounts whose login name or e-mail address is ``name``.

    Compared as the database compares: letter case and accents do not count. Two
    statements, and one more for a user of a network of sites; the answer asks all but
    the first.
    """
    names = [_roles_option(tables), _IN_USE, "siteurl"]
    options = ask_options(batch, tables, names)
    return lambda: _logins(batch.conn, tables, name, options())


def _roles_option(tables: ShopTables) -> str:
    return f"{tables.prefix}user_roles"


def _logins(
    conn: Connection, tables: ShopTables, name: str, options: dict[str, str]
) -> Logins:
    rows = _rows(conn, tables, name)
    shared, administrators = options, frozenset[str]()
    if rows and _SPAM in rows[0][0]._mapping:  # a column that only networks have
        shared = read_network(conn, tables, [_IN_USE, _SITE_ADMINS])
        named = unpack(shared.get(_SITE_ADMINS)).values()
        administrators = frozenset(one for one in named if isinstance(one, str))
    roles = _granted(options.get(_roles_option(tables), ""))
    accounts = []
    for user_rows in rows:
        metas = {row.meta_key: row.meta_value for row in reversed(user_rows)}
        accounts.append(
            _account(user_rows[0], metas, roles, tables.prefix, administrators)
        )
    return Logins(
        tuple(accounts),
        options.get("siteurl", ""),
        # written with the first one; without it, those that are there were imported
        shared.get(_IN_USE, "1") not in ("", "0"),
    )


def read_network(
    conn: Connection, tables: ShopTables, names: Iterable[str]
) -> dict[str, str]:
    """The options of these names that the network of sites has."""
    table = tables.sitemeta
    query = (
        select(table.c.meta_key, table.c.meta_value).where(
            table.c.meta_key.in_(list(names))
        )
        # with several networks in one database the first one's count
        .order_by(table.c.site_id.desc(), table.c.meta_id.desc())
    )
    return {row.meta_key: row.meta_value or "" for row in conn.execute(query)}


def typical_hash(conn: Connection, tables: ShopTables) -> str:
    """A stored hash as this site makes them: the first user's."""
    users = tables.users
    query = select(users.c.user_pass).order_by(users.c.ID).limit(1)
    return conn.execute(query).scalar() or ""


def _rows(conn: Connection, tables: ShopTables, name: str) -> list[list[Any]]:
    """The first user of that login name and the first of that address."""
    keys = [f"{tables.prefix}capabilities", _APPLICATION_PASSWORDS]
    found: dict[int, list[Any]] = {}
    for row in conn.execute(_search(tables), {"name": name, "keys": keys}):
        found.setdefault(row.ID, []).append(row)
    named = [rows for rows in found.values() if rows[0].named]
    addressed = [rows for rows in found.values() if not rows[0].named]
    return named[:1] + (addressed[:1] if "@" in name else [])


@functools.lru_cache(maxsize=8)
def _search(tables: ShopTables) -> Select[Any]:
    """Built once: every request asks it."""
    users, metas = tables.users, tables.usermeta
    name = bindparam("name", type_=users.c.user_login.type)
    keys: BindParameter[list[str]] = bindparam("keys", expanding=True)
    meant = and_(metas.c.user_id == users.c.ID, metas.c.meta_key.in_(keys))
    return (
        select(
            # all of them: one is there on a network of sites only
            text(f"{users.name}.*"),
            (users.c.user_login == name).label("named"),
            metas.c.meta_key,
            metas.c.meta_value,
        )
        .select_from(users)
        .join(metas, meant, isouter=True)
        .where(or_(users.c.user_login == name, users.c.user_email == name))
        .order_by(users.c.ID, metas.c.umeta_id)
    )


def _account(
    row: Any,
    metas: Mapping[str | None, str | None],
    roles: Mapping[str, Mapping[str, bool]],
    prefix: str,
    administrators: frozenset[str],
) -> Account:
    own = unpack(metas.get(f"{prefix}capabilities"))
    user = User(
        row.ID,
        row.user_login,
        row.user_email,
        capabilities(own, roles),
        row.user_login in administrators,
    )
    return Account(
        user,
        row.user_pass,
        _application_hashes(metas.get(_APPLICATION_PASSWORDS) or ""),
        str(row._mapping.get(_SPAM, "0")) == "1",
    )


@functools.lru_cache(maxsize=64)
def _application_hashes(stored: str) -> tuple[str, ...]:
    """The hashes of a user's application passwords; the same on nearly every call."""
    items = unpack(stored).values()
    hashes = (item.get("password") for item in items if isinstance(item, dict))
    return tuple(found for found in hashes if isinstance(found, str))


def capabilities(
    own: Mapping[Any, Any], roles: Mapping[str, Mapping[str, bool]]
) -> frozenset[str]:
    """What a user may do, given the usermeta ``<prefix>capabilities``.

    As in WordPress, a key that names a role brings in the role, whatever its value,
    and what is granted or denied to the user alone comes last and wins.
    """
    merged: dict[str, bool] = {}
    for name in own:
        merged |= roles.get(str(name), {})
    merged |= {str(name): _true(value) for name, value in own.items()}
    return frozenset(name for name, granted in merged.items() if granted)


@functools.lru_cache(maxsize=8)
def _granted(option: str) -> dict[str, dict[str, bool]]:
    """Role to capabilities; the text is large and the same on nearly every request."""
    roles: dict[str, dict[str, bool]] = {}
    for role, described in unpack(option).items():
        granted = described.get("capabilities") if isinstance(described, dict) else None
        pairs: Iterable[Any] = granted.items() if isinstance(granted, dict) else ()
        roles[str(role)] = {str(name): _true(value) for name, value in pairs}
    return roles


def _true(value: Any) -> bool:
    """PHP's idea of it: the text ``"0"`` is false."""
    return bool(value) and value != "0"
