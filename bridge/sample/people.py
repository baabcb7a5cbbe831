"""Users of every role and every form of password hash, and the customers.

The passwords are sample credentials, good for this sample only. Application
passwords of ``manager``: ``Ride9Over1Hill2And3Dale44`` and, of the form used before
WordPress 6.8, ``Older7Form8Of9App0Passwd1``; of ``reader``:
``Read3Only5Sub7Scriber1234``.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..common import phpdata
from ..common import sample as s
from ..wordpress.tables import ShopTables
from .rows import OPENED, Rows
from .site import level

APP_PASSWORD = "Ride9Over1Hill2And3Dale44"
OLD_APP_PASSWORD = "Older7Form8Of9App0Passwd1"
READER_APP_PASSWORD = "Read3Only5Sub7Scriber1234"


@dataclass(frozen=True)
class SampleUser:
    """A WordPress user; ``extra`` are capabilities of their own, True or False."""

    login: str
    email: str
    role: str
    password: str
    hash: str
    first: str = ""
    last: str = ""
    extra: tuple[tuple[str, bool], ...] = ()
    app_hashes: tuple[str, ...] = ()


USERS = (
    SampleUser(
        "admin",
        "admin@ridgeline.example",
        "administrator",
        "Summit.View-1",
        "$wp$2y$10$xLCXo1voDD9x5K1BGHa9W.op377vzjOHLLnhFc13gVUtq4c.wO4lK",
    ),
    SampleUser(
        s.STORE_LOGIN,
        s.STORE_EMAIL,
        "shop_manager",
        s.STORE_PASSWORD,
        "$wp$2y$10$OtUTST5y6RuTMxdFdcul.ufq9awrKm0u9nMypQGxVr947ID6z3Eg.",
        app_hashes=(
            "$generic$EwRXo8Kq_G_f3RytcZpgaCRm5BUpI3jUfurOYLfQ",
            "$P$BTPpET5.O8AlfFrSLfZWCqz1NxH/Kk/",
        ),
    ),
    SampleUser(
        "editor",
        "editor@ridgeline.example",
        "editor",
        "Copy.desk-2",
        "$wp$2y$10$HmtFxJmyg0TFxgNkAW.EfuCzQPnC2ggbiSKNKEEuglQOCG3DTk2f2",
    ),
    SampleUser(
        "author",
        "author@ridgeline.example",
        "author",
        "Trail.story-3",
        "$2y$10$VexWvxjPufGEJUgpLZcy0OypAuzA8kDDPHfxwUSeHBhxxAeoRf3o.",
    ),
    SampleUser(
        "contributor",
        "contributor@ridgeline.example",
        "contributor",
        "Guest.post-4",
        "$P$Bh.E8kc2FXLYL4uLxx234AEiUy4nvL.",
    ),
    SampleUser(
        "reader",
        "reader@example.org",
        "subscriber",
        "Just.reading-5",
        "$wp$2y$10$NbBfChIverxIOoPKR1RQPuRt1eY71lKmfRcf0jk2PQWQpme0Ea5gm",
        app_hashes=("$generic$AIBUGYOFehovxIhmPrzL42x2lgpMOuQIJK9fZsUT",),
    ),
    SampleUser(
        s.ANNA.user,
        s.ANNA.email,
        "customer",
        "Cedar.ridge-6",
        "$wp$2y$10$O6f3Q510Ymfl.WQ1bao0u.Vk/pzzwSDBg5xpCT1QDBQCLYLTBqW5C",
        s.ANNA.first,
        s.ANNA.last,
    ),
    SampleUser(
        s.CLUB.user,
        s.CLUB.email,
        "customer",
        "Hill.country-8",
        "$P$BCXCa6obEPYCzKmBxfZX610/bFXo/r.",
        s.CLUB.first,
        s.CLUB.last,
    ),
    SampleUser(
        "workshop",
        "workshop@ridgeline.example",
        "shop_manager",
        "Torque.wrench-9",
        "$2y$10$o7linIchaa5KES/qNGDeaeB2ajvXwohYQLOwtiGnA7HmfdutjfBHa",
    ),
    SampleUser(
        "warehouse",
        "warehouse@ridgeline.example",
        "shop_manager",
        "Pallet.jack-10",
        "$P$BkXGgKS70.IiysUa2BH0ZmcJgYqqp61",
    ),
    SampleUser(
        "counter",
        "counter@ridgeline.example",
        "shop_manager",
        "Cash.drawer-11",
        "dcf76c1ea0408dfe6167e2c22a96936e",
    ),
    SampleUser(
        "helper",
        "helper@ridgeline.example",
        "customer",
        "Saturday.help-12",
        "$wp$2y$10$pzPusOJZ.LDuTzTHV1gP2OluYuch1F42RRSKL2iumXKWPttuzNuYy",
        extra=(("manage_woocommerce", True),),
    ),
    SampleUser(
        "leaver",
        "leaver@ridgeline.example",
        "shop_manager",
        "Gone.fishing-13",
        "$wp$2y$10$REO3gvJ7QwEkwIeln0Ablu8C8Nnlk2vp5E0HU6mh9sA8Z4f3rnGTu",
        extra=(("manage_woocommerce", False),),
    ),
)
USER_IDS = {user.login: ident for ident, user in enumerate(USERS, 1)}
CUSTOMER_IDS = {person.email: ident for ident, person in enumerate(s.CUSTOMERS, 1)}


def build(rows: Rows, tables: ShopTables) -> None:
    """Users with their metas, and the lookup of customers."""
    for ident, user in enumerate(USERS, 1):
        rows.add(
            tables.users,
            ID=ident,
            user_login=user.login,
            user_pass=user.hash,
            user_nicename=user.login,
            user_email=user.email,
            user_url="",
            user_registered=OPENED,
            user_activation_key="",
            user_status=0,
            display_name=f"{user.first} {user.last}".strip() or user.login,
        )
        for key, value in _metas(user, tables.prefix).items():
            rows.add(tables.usermeta, user_id=ident, meta_key=key, meta_value=value)
    for person in s.CUSTOMERS:
        rows.add(
            tables.wc_customer_lookup,
            customer_id=CUSTOMER_IDS[person.email],
            user_id=USER_IDS.get(person.user),
            username=person.user,
            first_name=person.first,
            last_name=person.last,
            email=person.email,
            date_last_active="2026-11-20 00:00:00",
            date_registered=OPENED if person.user else None,
            country=person.country,
            postcode=person.postcode,
            city=person.city,
            state=person.state,
        )


def _metas(user: SampleUser, prefix: str) -> dict[str, str]:
    granted = {user.role: True, **dict(user.extra)}
    metas = {
        "nickname": user.login,
        "first_name": user.first,
        "last_name": user.last,
        "description": "",
        "rich_editing": "true",
        "admin_color": "fresh",
        "locale": "",
        f"{prefix}capabilities": phpdata.dumps(granted),
        f"{prefix}user_level": str(level(user.role)),
    }
    if user.app_hashes:
        metas["_application_passwords"] = phpdata.dumps(
            [
                {
                    "uuid": f"0d1567fa-b5a1-47f8-b12f-{USER_IDS[user.login]:06}{n:06}",
                    "app_id": "",
                    "name": f"bizuno {n}",
                    "password": stored,
                    "created": 1772442000,
                    "last_used": None,
                    "last_ip": None,
                }
                for n, stored in enumerate(user.app_hashes, 1)
            ]
        )
    return metas
