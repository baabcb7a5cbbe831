"""What goes into the plan of one product, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..wordpress.attachments import NewPicture
from ..wordpress.taxonomy import TermPlan
from .pictures import Pictures
from .update_edit import Edit, Stored
from .variations import FamilyPlan

# without stock management there is no quantity and no backorder
UNMANAGED = {"_manage_stock": "no", "_backorders": "no", "_stock": None}
NEW_METAS = {
    **UNMANAGED,
    "total_sales": "0",
    "_tax_status": "taxable",
    "_tax_class": "",
    "_sold_individually": "no",
    "_virtual": "no",
    "_downloadable": "no",
    "_download_limit": "-1",
    "_download_expiry": "-1",
    "_stock_status": "instock",
    "_wc_average_rating": "0",
    "_wc_review_count": "0",
}
# a post's columns that have no default, or another one for products
BARE_POST = {
    "post_author": 0,
    "post_content": "",
    "post_excerpt": "",
    "post_password": "",
    "to_ping": "",
    "pinged": "",
    "post_content_filtered": "",
    "post_parent": 0,
    "guid": "",
    "menu_order": 0,
    "post_mime_type": "",
    "comment_count": 0,
    "comment_status": "open",
    "ping_status": "closed",
}


@dataclass(frozen=True)
class Named:
    """What the names in a payload stand for; None is "not sent, leave alone".

    ``taken_slugs`` are those of other products; ``accessories`` are IDs.
    """

    taken_slugs: frozenset[str] = frozenset()
    categories: TermPlan | None = None
    tags: TermPlan | None = None
    accessories: tuple[int, ...] | None = None


@dataclass
class ProductPlan:
    """Everything to be written for one product.

    ``entries`` are pictures to be put into the media library, ``library`` the IDs of
    those that are there, by path.
    """

    stored: Stored | None
    kind: str
    edit: Edit
    family: FamilyPlan = field(default_factory=FamilyPlan)
    categories: TermPlan | None = None
    tags: TermPlan | None = None
    retyped: bool = False
    pictures: Pictures = field(default_factory=Pictures)
    entries: list[NewPicture] = field(default_factory=list)
    library: dict[str, int] = field(default_factory=dict)
