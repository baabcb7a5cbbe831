"""What the sample shop and the sample books agree on: a small bicycle shop.

Pure data. Both samples are made from it, so that the two sides know the same SKUs,
prices, stock and orders, except where ``side`` says that one of them lags behind:
that is what a refresh or a sync of the demo has to find.
All credentials here are sample credentials and are good for nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal as D

SHOP_NAME = "Ridgeline Cycles"
SHOP_HOST = "shop.ridgeline.example"
SHOP_URL = f"https://{SHOP_HOST}"
CURRENCY, COUNTRY, STATE = "USD", "US", "TX"
WEIGHT_UNIT, SIZE_UNIT = "lbs", "in"
ORDER_PREFIX = "WC"
STORE_EMAIL = "manager@ridgeline.example"
STORE_LOGIN = "manager"
STORE_PASSWORD = "Ridge-line!7"
API_TOKEN = "sample-token-ridgeline-1"
TAX_RATE = D("8.25")  # percent; sales tax within the home state, shipping included


@dataclass(frozen=True)
class Option:
    """A choice of a master item; ``codes`` build the children's SKUs."""

    name: str
    codes: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Child:
    """A variation: ``codes`` holds one code of each option, in order.

    ``price`` None is the master's price; ``sale`` None is no sale.
    """

    codes: tuple[str, ...]
    stock: int
    price: D | None = None
    sale: D | None = None
    weight: D | None = None


@dataclass(frozen=True)
class SampleItem:
    """One item; weight in pounds, sizes (length, width, height) in inches.

    ``kind`` is Bizuno's inventory type: si stock, ms master (with ``children``),
    sv service, ns non-stock, sa assembly. ``tiers`` are (from quantity, unit price),
    the level of one piece first. ``path`` is the category, outermost level first.
    ``inactive`` is Bizuno's flag: a draft in the shop. ``side`` is "both", "books"
    (not uploaded yet), "shop" (left over there) or "trash" (both, but the shopkeeper
    threw it away). ``shop_price`` and ``shop_stock``, where given, are what the shop
    still has from before the last change in the books.
    """

    sku: str
    name: str
    kind: str
    price: D
    cost: D
    stock: int
    weight: D
    path: tuple[str, ...]
    text: str
    sale: D | None = None
    size: tuple[D, D, D] | None = None
    tiers: tuple[tuple[int, D], ...] = ()
    tags: tuple[str, ...] = ()
    upc: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    options: tuple[Option, ...] = ()
    children: tuple[Child, ...] = ()
    parts: tuple[tuple[str, int], ...] = ()
    accessories: tuple[str, ...] = ()
    inactive: bool = False
    side: str = "both"
    shop_price: D | None = None
    shop_stock: int | None = None

    def child_sku(self, child: Child) -> str:
        """Master SKU, hyphen, one code of each option, as Bizuno builds it."""
        return f"{self.sku}-{''.join(child.codes)}"

    def chosen(self, child: Child) -> dict[str, str]:
        """Option name to the label this child stands for."""
        return {
            option.name: option.labels[option.codes.index(code)]
            for option, code in zip(self.options, child.codes, strict=True)
        }


@dataclass(frozen=True)
class SampleCustomer:
    """A customer; ``user`` is the shop's login name, empty for a guest."""

    first: str
    last: str
    email: str
    street: str
    city: str
    state: str
    postcode: str
    phone: str
    country: str = "US"
    company: str = ""
    user: str = ""


@dataclass(frozen=True)
class SampleOrder:
    """An order of the shop; ``when`` is UTC, ``status`` is WooCommerce's, unprefixed.

    ``lines`` are (SKU, quantity, unit price). In the books the order's reference is
    ``ORDER_PREFIX`` + ``number``; ``booked`` says whether they have it already.
    """

    number: int
    when: str
    status: str
    customer: SampleCustomer
    lines: tuple[tuple[str, int, D], ...]
    shipping_method: str
    shipping_title: str
    shipping: D
    payment: str
    payment_title: str
    transaction: str = ""
    note: str = ""
    booked: bool = False

    @property
    def subtotal(self) -> D:
        """The lines without shipping and tax."""
        return sum((quantity * price for _, quantity, price in self.lines), D(0))

    @property
    def taxed(self) -> bool:
        """Sales tax is due in the home state only."""
        return (self.customer.country, self.customer.state) == (COUNTRY, STATE)

    def tax_on(self, amount: D) -> D:
        """The tax on an amount, to the cent."""
        rate = TAX_RATE if self.taxed else D(0)
        return (amount * rate / 100).quantize(D("0.01"), "ROUND_HALF_UP")

    @property
    def tax(self) -> D:
        """Tax of lines and shipping, each line rounded by itself."""
        amounts = [quantity * price for _, quantity, price in self.lines]
        return sum((self.tax_on(a) for a in (*amounts, self.shipping)), D(0))

    @property
    def total(self) -> D:
        """What the customer pays."""
        return self.subtotal + self.shipping + self.tax


_SIZES = Option(
    "Size", ("S", "M", "L", "X"), ("Small", "Medium", "Large", "Extra Large")
)
_COLORS = Option("Color", ("R", "B"), ("Red", "Blue"))
_ROAD = ("Bikes", "Road")
_MOUNTAIN = ("Bikes", "Mountain")
_KIDS = ("Bikes", "Kids")
_TIRES = ("Components", "Wheels & Tires", "Tires")
_TUBES = ("Components", "Wheels & Tires", "Tubes")
_BRAKES = ("Components", "Brakes")
_DRIVE = ("Components", "Drivetrain")
_LIGHTS = ("Accessories", "Lights")
_LOCKS = ("Accessories", "Locks")
_BOTTLES = ("Accessories", "Bottles & Cages")
_TOOLS = ("Tools & Care",)
_APPAREL = ("Apparel",)
_SERVICE = ("Service",)

ITEMS: tuple[SampleItem, ...] = (
    SampleItem(
        "BIKE-R200",
        "Ridgeline R200 Road Bike",
        "ms",
        D("1499.00"),
        D("890.00"),
        0,
        D("19.5"),
        _ROAD,
        "<p>Aluminium road bike with carbon fork and 2x11 gears.</p>",
        size=(D("54"), D("8"), D("29")),
        tags=("road", "bestseller"),
        options=(Option("Frame", ("52", "54", "56"), ("52 cm", "54 cm", "56 cm")),),
        children=(
            Child(("52",), 2),
            Child(("54",), 4),
            Child(("56",), 0, D("1549.00")),
        ),
        attributes=(("Material", "Aluminium"), ("Gears", "22")),
    ),
    SampleItem(
        "BIKE-M10",
        "Ridgeline M10 Trail Bike",
        "si",
        D("1199.00"),
        D("720.00"),
        3,
        D("29.8"),
        _MOUNTAIN,
        "<p>Hardtail with 120 mm fork and hydraulic discs.</p>",
        sale=D("1099.00"),
        size=(D("56"), D("9"), D("30")),
        tags=("trail", "bestseller"),
        attributes=(("Material", "Aluminium"), ("Gears", "12"), ("Travel", "120 mm")),
    ),
    SampleItem(
        "BIKE-K16",
        "Ridgeline Pebble 16 Kids' Bike",
        "si",
        D("249.00"),
        D("138.00"),
        6,
        D("14.2"),
        _KIDS,
        "<p>Light 16-inch bike with coaster brake, from four years up.</p>",
        size=(D("40"), D("7"), D("22")),
        tags=("kids",),
    ),
    SampleItem(
        "TIRE-700-25",
        "Road Tire 700x25c Folding",
        "si",
        D("44.95"),
        D("21.40"),
        38,
        D("0.55"),
        _TIRES,
        "<p>Folding tire with puncture belt.</p>",
        tiers=((1, D("44.95")), (4, D("41.95")), (10, D("38.50"))),
        tags=("road",),
        upc="850012345017",
    ),
    SampleItem(
        "TIRE-700-28",
        "Road Tire 700x28c Folding",
        "si",
        D("46.95"),
        D("22.30"),
        24,
        D("0.62"),
        _TIRES,
        "<p>The wider choice for rough roads.</p>",
        tiers=((1, D("46.95")), (4, D("43.95"))),
        tags=("road",),
    ),
    SampleItem(
        "TIRE-29-24",
        "Trail Tire 29x2.4 Tubeless",
        "si",
        D("69.00"),
        D("35.75"),
        15,
        D("1.95"),
        _TIRES,
        "<p>Tubeless-ready, with reinforced side walls.</p>",
        tags=("trail",),
        shop_stock=17,
    ),
    SampleItem(
        "TUBE-700",
        "Inner Tube 700x23-28c, 48 mm Valve",
        "si",
        D("7.95"),
        D("2.10"),
        140,
        D("0.24"),
        _TUBES,
        "<p>Butyl tube, French valve.</p>",
        tiers=((1, D("7.95")), (5, D("6.95")), (25, D("5.5"))),
        upc="850012345024",
    ),
    SampleItem(
        "TUBE-29",
        "Inner Tube 29x1.9-2.4",
        "si",
        D("8.95"),
        D("2.45"),
        0,
        D("0.48"),
        _TUBES,
        "<p>Butyl tube, French valve.</p>",
        tiers=((1, D("8.95")), (5, D("7.95"))),
    ),
    SampleItem(
        "PAD-SM55",
        "Brake Pads for SM-type Shoes, Pair",
        "si",
        D("12.50"),
        D("4.60"),
        52,
        D("0.10"),
        _BRAKES,
        "<p>All-weather compound.</p>",
        tags=("wear part",),
    ),
    SampleItem(
        "PAD-DISC-R",
        "Disc Brake Pads, Resin",
        "si",
        D("16.00"),
        D("6.20"),
        41,
        D("0.08"),
        _BRAKES,
        "<p>Quiet in dry weather.</p>",
        tags=("wear part",),
        shop_price=D("15.50"),
    ),
    SampleItem(
        "PAD-DISC-M",
        "Disc Brake Pads, Sintered",
        "si",
        D("19.00"),
        D("7.90"),
        33,
        D("0.09"),
        _BRAKES,
        "<p>Lasts in mud and rain.</p>",
        sale=D("16.50"),
        tags=("wear part", "trail"),
    ),
    SampleItem(
        "CABLE-BR",
        "Brake Cable Set",
        "si",
        D("14.90"),
        D("5.05"),
        27,
        D("0.22"),
        _BRAKES,
        "<p>Two coated inner cables with housing.</p>",
    ),
    SampleItem(
        "CHAIN-11",
        "Chain 11-speed, 118 Links",
        "si",
        D("39.00"),
        D("18.00"),
        22,
        D("0.57"),
        _DRIVE,
        "<p>Nickel plated, with quick link.</p>",
        tags=("wear part",),
        accessories=("TOOL-CHAIN", "LUBE-DRY"),
        attributes=(("Speeds", "11"),),
    ),
    SampleItem(
        "CHAIN-12",
        "Chain 12-speed, 126 Links",
        "si",
        D("54.00"),
        D("26.50"),
        9,
        D("0.56"),
        _DRIVE,
        "<p>Low-friction coating, with quick link.</p>",
        tags=("wear part",),
        attributes=(("Speeds", "12"),),
    ),
    SampleItem(
        "CASS-11-30",
        "Cassette 11-speed 11-30",
        "si",
        D("74.00"),
        D("39.00"),
        7,
        D("0.65"),
        _DRIVE,
        "<p>Steel cogs on an alloy carrier.</p>",
        attributes=(("Speeds", "11"), ("Teeth", "11-30")),
    ),
    SampleItem(
        "PEDAL-FLAT",
        "Flat Pedals, Composite",
        "ms",
        D("49.00"),
        D("22.00"),
        0,
        D("0.76"),
        _DRIVE,
        "<p>Replaceable pins on a nylon body.</p>",
        options=(Option("Color", ("K", "O"), ("Black", "Orange")),),
        children=(Child(("K",), 12), Child(("O",), 5, sale=D("42.50"))),
    ),
    SampleItem(
        "LIGHT-F600",
        "Front Light 600 lm, USB-C",
        "si",
        D("59.95"),
        D("27.10"),
        18,
        D("0.31"),
        _LIGHTS,
        "<p>Five modes, runs two hours at full power.</p>",
        sale=D("49.95"),
        tags=("bestseller",),
        attributes=(("Output", "600 lm"),),
    ),
    SampleItem(
        "LIGHT-R50",
        "Rear Light 50 lm, USB-C",
        "si",
        D("29.95"),
        D("12.00"),
        25,
        D("0.12"),
        _LIGHTS,
        "<p>Seen from every side.</p>",
        attributes=(("Output", "50 lm"),),
    ),
    SampleItem(
        "LIGHT-SET",
        "Light Set: F600 and R50",
        "sa",
        D("79.95"),
        D("39.10"),
        4,
        D("0.43"),
        _LIGHTS,
        "<p>Front and rear light in one box.</p>",
        parts=(("LIGHT-F600", 1), ("LIGHT-R50", 1)),
    ),
    SampleItem(
        "LOCK-U",
        "U-Lock 9 x 4 Inch",
        "si",
        D("64.00"),
        D("29.80"),
        14,
        D("3.4"),
        _LOCKS,
        "<p>Hardened 14 mm shackle, three keys.</p>",
        size=(D("11"), D("6"), D("2")),
    ),
    SampleItem(
        "LOCK-CHAIN",
        "Chain Lock 36 Inch",
        "si",
        D("89.00"),
        D("43.00"),
        0,
        D("6.9"),
        _LOCKS,
        "<p>Eight-millimetre links in a fabric sleeve.</p>",
    ),
    SampleItem(
        "BOTTLE-22",
        "Water Bottle 22 oz",
        "ms",
        D("11.95"),
        D("3.30"),
        0,
        D("0.19"),
        _BOTTLES,
        "<p>Squeezable, dishwasher-safe.</p>",
        tags=("club",),
        options=(_COLORS,),
        children=(Child(("R",), 44), Child(("B",), 37)),
    ),
    SampleItem(
        "CAGE-AL",
        "Bottle Cage, Alloy",
        "si",
        D("15.00"),
        D("5.60"),
        30,
        D("0.11"),
        _BOTTLES,
        "<p>Holds firm on rough ground.</p>",
        tiers=((1, D("15")), (10, D("12.75"))),
    ),
    SampleItem(
        "PUMP-FLOOR",
        "Floor Pump 160 psi",
        "si",
        D("54.95"),
        D("24.70"),
        11,
        D("3.6"),
        _TOOLS,
        "<p>Steel barrel, gauge on top.</p>",
        size=(D("10"), D("5"), D("26")),
        attributes=(("Pressure", "160 psi"),),
    ),
    SampleItem(
        "PUMP-MINI",
        'Mini Pump 8" "Alpine"',
        "si",
        D("32.00"),
        D("13.90"),
        19,
        D("0.29"),
        _TOOLS,
        "<p>Fits a jersey pocket.</p>",
    ),
    SampleItem(
        "TOOL-MULTI",
        "Multi-Tool, 18 Functions",
        "si",
        D("34.50"),
        D("14.30"),
        23,
        D("0.37"),
        _TOOLS,
        "<p>Hex, Torx and a chain breaker.</p>",
        tags=("bestseller",),
        upc="850012345031",
    ),
    SampleItem(
        "TOOL-CHAIN",
        "Chain Breaker, Shop Quality",
        "si",
        D("42.00"),
        D("19.00"),
        5,
        D("0.68"),
        _TOOLS,
        "<p>For chains of up to 12 speeds.</p>",
    ),
    SampleItem(
        "LUBE-DRY",
        "Chain Lube Dry, 4 oz",
        "si",
        D("10.95"),
        D("3.85"),
        60,
        D("0.33"),
        _TOOLS,
        "<p>For dust and sunshine.</p>",
        tiers=((1, D("10.95")), (6, D("9.85")), (24, D("8.2"))),
    ),
    SampleItem(
        "LUBE-WET",
        "Chain Lube Wet, 4 oz",
        "si",
        D("10.95"),
        D("3.95"),
        48,
        D("0.33"),
        _TOOLS,
        "<p>For rain and road salt.</p>",
        tiers=((1, D("10.95")), (6, D("9.85")), (24, D("8.2"))),
    ),
    SampleItem(
        "PATCH-KIT",
        "Patch Kit O'Brien & Sons",
        "si",
        D("4.50"),
        D("1.15"),
        95,
        D("0.06"),
        _TOOLS,
        "<p>Six patches, rubber cement, sandpaper.</p>",
    ),
    SampleItem(
        "GREASE-CERT",
        "Assembly Grease, 16 oz Tub",
        "si",
        D("18.00"),
        D("7.25"),
        2,
        D("1.1"),
        _TOOLS,
        "<p>Teflon free.</p>",
    ),
    SampleItem(
        "JERSEY-RC",
        "Ridgeline Club Jersey",
        "ms",
        D("79.00"),
        D("34.00"),
        0,
        D("0.35"),
        _APPAREL,
        "<p>Club cut, three pockets, full zip.</p>",
        tags=("club", "summer"),
        options=(_SIZES, _COLORS),
        children=(
            Child(("S", "R"), 4),
            Child(("M", "R"), 6),
            Child(("L", "R"), 3, sale=D("65.00")),
            Child(("S", "B"), 0),
            Child(("M", "B"), 5),
            Child(("X", "B"), 1, D("82.00"), None, D("0.39")),
        ),
    ),
    SampleItem(
        "GLOVE-SF",
        "Short-Finger Gloves",
        "si",
        D("28.00"),
        D("11.50"),
        16,
        D("0.15"),
        _APPAREL,
        "<p>Gel pads and terry thumb.</p>",
        tags=("summer",),
    ),
    SampleItem(
        "SHOE-COVER",
        "Überschuh Grüße, wasserdicht",
        "si",
        D("36.00"),
        D("15.75"),
        8,
        D("0.26"),
        _APPAREL,
        "<p>Imported shoe covers; keep dry in the worst of it. 🌧</p>",
        tags=("winter",),
    ),
    SampleItem(
        "CAP-CLASSIC",
        "Classic Cycling Cap",
        "si",
        D("19.00"),
        D("6.10"),
        31,
        D("0.09"),
        _APPAREL,
        "<p>Cotton, one size.</p>",
        sale=D("15.00"),
        tags=("club", "summer"),
        shop_price=D("18.00"),
    ),
    SampleItem(
        "SVC-TUNE",
        "Tune-Up in the Workshop",
        "sv",
        D("85.00"),
        D("0"),
        0,
        D("0"),
        _SERVICE,
        "<p>Brakes, gears and wheels set right.</p>",
    ),
    SampleItem(
        "MANUAL-01",
        "Home Mechanic's Booklet",
        "ns",
        D("6.00"),
        D("1.20"),
        0,
        D("0.3"),
        _SERVICE,
        "<p>Sixty-four pages of maintenance.</p>",
    ),
    SampleItem(
        "RACK-REAR",
        "Rear Rack, Alloy",
        "si",
        D("58.00"),
        D("26.00"),
        10,
        D("1.7"),
        ("Accessories",),
        "<p>Carries 55 pounds.</p>",
        inactive=True,
    ),
    SampleItem(
        "BELL-BRASS",
        "Brass Bell",
        "si",
        D("17.50"),
        D("6.60"),
        20,
        D("0.18"),
        ("Accessories",),
        "<p>Rings for a long time.</p>",
        side="trash",
    ),
    SampleItem(
        "HELMET-V2",
        "Helmet V2 (last season)",
        "si",
        D("72.00"),
        D("38.00"),
        1,
        D("0.66"),
        _APPAREL,
        "<p>The former model.</p>",
        side="shop",
    ),
    SampleItem(
        "HELMET-V3",
        "Helmet V3",
        "si",
        D("84.00"),
        D("41.50"),
        12,
        D("0.61"),
        _APPAREL,
        "<p>Lighter, with a dial.</p>",
        tags=("new",),
        side="books",
    ),
)

ANNA = SampleCustomer(
    "Anna",
    "Whitfield",
    "anna.whitfield@example.com",
    "418 Cedar Ridge Road",
    "Austin",
    "TX",
    "78704",
    "512-555-0148",
    user="anna",
)
DEREK = SampleCustomer(
    "Derek",
    "Osei",
    "derek.osei@example.com",
    "77 Mesa Street, Apt 3",
    "El Paso",
    "TX",
    "79901",
    "915-555-0171",
)
MARISOL = SampleCustomer(
    "Marisol",
    "Núñez",
    "marisol.nunez@example.com",
    "1250 Larkspur Lane",
    "Santa Fe",
    "NM",
    "87501",
    "505-555-0123",
)
CLUB = SampleCustomer(
    "Pat",
    "O'Leary",
    "orders@hillcountry-velo.example",
    "9 Depot Square",
    "Fredericksburg",
    "TX",
    "78624",
    "830-555-0190",
    company="Hill Country Velo Club",
    user="velo-club",
)
JONAS = SampleCustomer(
    "Jonas",
    "Köhler",
    "jonas.koehler@example.org",
    "Fahrradgasse 12",
    "Freiburg",
    "BW",
    "79098",
    "+49 761 5550 101",
    country="DE",
)
CUSTOMERS = (ANNA, DEREK, MARISOL, CLUB, JONAS)

_FLAT = ("flat_rate", "Ground shipping")
_FREE = ("free_shipping", "Free shipping")
_PICKUP = ("pickup_location", "Pickup in the shop")
_CARD = ("stripe", "Credit card")
_TRANSFER = ("bacs", "Direct bank transfer")
_CASH = ("cod", "Cash on delivery")

ORDERS: tuple[SampleOrder, ...] = (
    SampleOrder(
        3038,
        "2026-11-09 15:04:21",
        "completed",
        ANNA,
        (("CHAIN-11", 1, D("39.00")), ("LUBE-DRY", 2, D("10.95"))),
        *_FLAT,
        D("7.50"),
        *_CARD,
        "ch_sample_3038",
        booked=True,
    ),
    SampleOrder(
        3039,
        "2026-11-11 18:40:02",
        "cancelled",
        DEREK,
        (("LOCK-CHAIN", 1, D("89.00")),),
        *_FLAT,
        D("9.50"),
        *_TRANSFER,
    ),
    SampleOrder(
        3041,
        "2026-11-13 09:12:55",
        "completed",
        MARISOL,
        (("JERSEY-RC-MR", 1, D("79.00")), ("CAP-CLASSIC", 1, D("15.00"))),
        *_FREE,
        D("0"),
        *_CARD,
        "ch_sample_3041",
        booked=True,
    ),
    SampleOrder(
        3042,
        "2026-11-16 21:30:18",
        "pending",
        JONAS,
        (("BIKE-M10", 1, D("1099.00")),),
        *_FLAT,
        D("145.00"),
        *_TRANSFER,
    ),
    SampleOrder(
        3043,
        "2026-11-17 12:01:40",
        "on-hold",
        CLUB,
        (
            ("TUBE-700", 25, D("5.50")),
            ("TIRE-700-25", 10, D("38.50")),
            ("BOTTLE-22-R", 12, D("11.95")),
        ),
        *_FLAT,
        D("24.00"),
        *_TRANSFER,
        note="Please deliver to the club house before the season's last ride.",
        booked=True,
    ),
    SampleOrder(
        3044,
        "2026-11-18 14:22:07",
        "processing",
        ANNA,
        (("LIGHT-F600", 1, D("49.95")), ("TUBE-700", 2, D("7.95"))),
        *_FLAT,
        D("7.50"),
        *_CARD,
        "ch_sample_3044",
        booked=True,
    ),
    SampleOrder(
        3045,
        "2026-11-19 08:47:33",
        "processing",
        MARISOL,
        (("BIKE-R200-54", 1, D("1499.00")), ("PEDAL-FLAT-O", 1, D("42.50"))),
        *_FLAT,
        D("85.00"),
        *_CARD,
        "ch_sample_3045",
        note="Ring twice.",
        booked=True,
    ),
    SampleOrder(
        3046,
        "2026-11-20 16:15:00",
        "processing",
        DEREK,
        (("PUMP-FLOOR", 1, D("54.95")), ("SVC-TUNE", 1, D("85.00"))),
        *_PICKUP,
        D("0"),
        *_CASH,
    ),
    SampleOrder(
        3048,
        "2026-11-20 22:58:41",
        "processing",
        JONAS,
        (("GLOVE-SF", 2, D("28.00")), ("SHOE-COVER", 1, D("36.00"))),
        *_FLAT,
        D("32.00"),
        *_CARD,
        "ch_sample_3048",
    ),
)

ATTRIBUTE_TITLES = (
    "Material",
    "Gears",
    "Travel",
    "Speeds",
    "Teeth",
    "Output",
    "Pressure",
)


def attribute_index(title: str) -> str:
    """Bizuno's short code of an attribute: ``a1`` is the first title."""
    return f"a{ATTRIBUTE_TITLES.index(title) + 1}"
