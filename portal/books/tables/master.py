"""Contacts, inventory and settings."""

from __future__ import annotations

from sqlalchemy import MetaData, Table

from .types import (
    MYISAM,
    NOW,
    OPTIONS,
    Column,
    Day,
    Double,
    Single,
    Stamp,
    char,
    enum,
    integer,
    key,
    mediumtext,
    text,
    varchar,
)


def contacts(meta: MetaData) -> Table:
    return Table(
        "contacts",
        meta,
        Column(
            "id",
            integer("int", 11),
            primary_key=True,
            comment="type:hidden;tag:RecordID;order:1",
        ),
        Column(
            "ctype_b",
            enum("0", "1"),
            server_default="0",
            comment="type:checkbox;tag:branch;order:4",
        ),
        Column(
            "ctype_c",
            enum("0", "1"),
            server_default="0",
            comment="type:checkbox;tag:customer;order:4",
        ),
        Column(
            "ctype_e",
            enum("0", "1"),
            server_default="0",
            comment="type:checkbox;tag:employee;order:4",
        ),
        Column(
            "ctype_i",
            enum("0", "1"),
            server_default="0",
            comment="type:checkbox;tag:crm;order:4",
        ),
        Column(
            "ctype_j",
            enum("0", "1"),
            server_default="0",
            comment="type:checkbox;tag:project;order:4",
        ),
        Column(
            "ctype_u",
            enum("0", "1"),
            server_default="0",
            comment="type:checkbox;tag:user;order:4",
        ),
        Column(
            "ctype_v",
            enum("0", "1"),
            server_default="0",
            comment="type:checkbox;tag:vendor;order:4",
        ),
        Column(
            "attach",
            enum("0", "1"),
            server_default="0",
            comment="type:hidden;tag:Attachment;order:6",
        ),
        Column(
            "short_name",
            varchar(32),
            nullable=False,
            server_default="",
            comment="tag:ContactID;order:8",
        ),
        Column(
            "inactive",
            char(1),
            server_default="0",
            comment="type:select;tag:Status;order:10",
        ),
        Column(
            "store_id",
            integer("int", 11),
            server_default="0",
            comment="type:hidden;tag:StoreID;order:12",
        ),
        Column(
            "tax_exempt",
            enum("0", "1"),
            server_default="0",
            comment="type:checkbox;tag:TaxExempt;order:14",
        ),
        Column(
            "tax_rate_id",
            varchar(6),
            server_default="0",
            comment="type:tax;tag:TaxRateID;order:16",
        ),
        Column("rep_id", varchar(16), comment="type:select;tag:DeptRepID;order:18"),
        Column(
            "price_sheet",
            integer("int", 11),
            server_default="0",
            comment="type:select;tag:PriceSheetID;order:20",
        ),
        Column(
            "terms",
            varchar(32),
            server_default="0",
            comment="type:hidden;tag:Terms;order:22",
        ),
        Column("contact_first", varchar(32), comment="tag:FirstName;order:24"),
        Column("contact_last", varchar(32), comment="tag:LastName;order:26"),
        Column("flex_field_1", varchar(32), comment="tag:Title;order:28"),
        Column("primary_name", varchar(48), comment="tag:PrimaryName;order:30"),
        Column("contact", varchar(48), comment="tag:Contact;order:32"),
        Column("address1", varchar(48), comment="tag:Address1;order:34"),
        Column("address2", varchar(48), comment="tag:Address2;order:36"),
        Column("city", varchar(24), comment="tag:City;order:38"),
        Column("state", varchar(24), comment="type:state;tag:State;order:40"),
        Column("postal_code", varchar(10), comment="tag:PostalCode;order:42"),
        Column(
            "country",
            char(3),
            nullable=False,
            server_default="USA",
            comment="type:country;tag:CountryISO3;order:44",
        ),
        Column("email", varchar(64), server_default="", comment="tag:Email;order:46"),
        Column("email2", varchar(64), server_default="", comment="tag:Email2;order:48"),
        Column("email3", varchar(64), server_default="", comment="tag:Email3;order:50"),
        Column("email4", varchar(64), server_default="", comment="tag:Email4;order:52"),
        Column(
            "telephone1",
            varchar(20),
            server_default="",
            comment="tag:Telephone1;order:54",
        ),
        Column(
            "telephone2",
            varchar(20),
            server_default="",
            comment="tag:Telephone2;order:56",
        ),
        Column(
            "telephone3",
            varchar(20),
            server_default="",
            comment="tag:Telephone3;order:58",
        ),
        Column(
            "telephone4",
            varchar(20),
            server_default="",
            comment="tag:Telephone4;order:60",
        ),
        Column(
            "website", varchar(48), server_default="", comment="tag:Website;order:62"
        ),
        Column(
            "newsletter",
            enum("0", "1"),
            server_default="0",
            comment="type:checkbox;order:10;tag:Newsletter",
        ),
        Column("account_number", varchar(16), comment="tag:AccountNumber;order:64"),
        Column(
            "ach_enable",
            enum("0", "1"),
            server_default="0",
            comment="type:checkbox;order:10;tag:ACHEnable",
        ),
        Column("ach_bank", varchar(32), comment="order:12;tag:ACHBankName"),
        Column(
            "ach_routing",
            integer("int", 11),
            server_default="0",
            comment="type:integer;order:14;tag:ACHRouting",
        ),
        Column(
            "ach_account", varchar(16), comment="type:integer;order:16;tag:ACHAccount"
        ),
        Column(
            "marketplace",
            enum("0", "1"),
            server_default="0",
            comment="type:checkbox;order:20;tag:Marketplace",
        ),
        Column("gov_id_number", varchar(16), comment="tag:GovID;order:66"),
        Column(
            "gl_account",
            varchar(15),
            comment="type:ledger;tag:DefaultGLAccount;order:68",
        ),
        Column("gl_acct_v", varchar(15), comment="type:ledger;tag:DefGLAcctV;order:68"),
        Column("gl_acct_c", varchar(15), comment="type:ledger;tag:DefGLAcctC;order:69"),
        Column("first_date", Day, comment="type:date;tag:DateCreated;order:70"),
        Column("date_last", Day, comment="type:date;tag:DateLastEntry;order:72"),
        Column("last_date_1", Day, comment="type:date;tag:AltDate1;order:74"),
        Column("last_date_2", Day, comment="type:date;tag:AltDate2;order:76"),
        key("ctype_b", "ctype_b"),
        key("ctype_c", "ctype_c"),
        key("ctype_e", "ctype_e"),
        key("ctype_i", "ctype_i"),
        key("ctype_j", "ctype_j"),
        key("ctype_u", "ctype_u"),
        key("ctype_v", "ctype_v"),
        key("short_name", "short_name"),
        **OPTIONS,
    )


def contacts_meta(meta: MetaData) -> Table:
    return Table(
        "contacts_meta",
        meta,
        Column(
            "id",
            integer("int", 11),
            primary_key=True,
            comment="type:hidden;tag:RecordID;order:1",
        ),
        Column(
            "ref_id",
            integer("int", 11),
            nullable=False,
            server_default="0",
            comment="type:hidden;tag:ReferenceID;order:20",
        ),
        Column("meta_key", varchar(64), comment="tag:MetaKey;order:30"),
        Column(
            "meta_value", text(), server_default="", comment="tag:MetaValue;order:40"
        ),
        key("meta_key", "meta_key"),
        key("ref_id", "ref_id"),
        **OPTIONS,
    )


def contacts_log(meta: MetaData) -> Table:
    return Table(
        "contacts_log",
        meta,
        Column(
            "id",
            integer("int", 11),
            primary_key=True,
            comment="type:hidden;tag:RecordID;order:1",
        ),
        Column(
            "contact_id",
            integer("int", 11),
            nullable=False,
            server_default="0",
            comment="type:hidden;tag:ContactID;order:2",
        ),
        Column("log_date", Stamp, comment="type:date;tag:LogDate;order:10"),
        Column(
            "entered_by",
            integer("int", 11),
            nullable=False,
            server_default="0",
            comment="tag:UserID;order:20",
        ),
        Column("action", varchar(32), comment="tag:Action;order:30"),
        Column("notes", text(), comment="tag:Notes;order:40"),
        **OPTIONS,
    )


def inventory(meta: MetaData) -> Table:
    return Table(
        "inventory",
        meta,
        Column(
            "id",
            integer("int", 11),
            primary_key=True,
            comment="type:hidden;tag:RecordID;order:1",
        ),
        Column(
            "attach",
            enum("0", "1"),
            server_default="0",
            comment="type:hidden;tag:Attachment;order:4",
        ),
        Column(
            "sku",
            varchar(24),
            nullable=False,
            server_default="",
            comment="tag:SKU;order:10",
        ),
        Column("description_short", varchar(64), comment="tag:Description;order:20"),
        Column(
            "inactive",
            char(1),
            server_default="0",
            comment="type:checkbox;tag:Inactive;order:30",
        ),
        Column(
            "item_weight", Single, server_default="0", comment="tag:Weight;order:40"
        ),
        Column(
            "buy_uom", char(4), server_default="ea", comment="label:BuyUOM;order:10"
        ),
        Column(
            "sell_uom", char(4), server_default="ea", comment="label:SellUOM;order:30"
        ),
        Column(
            "sell_qty", Single, server_default="1", comment="label:SellQty;order:20"
        ),
        Column(
            "invVendors",
            text(),
            comment="type:hidden;label:JSONInvVendors;format:stringify",
        ),
        Column("upc_code", varchar(20), comment="tag:UPCCode;order:50"),
        Column(
            "lead_time",
            integer("int", 3),
            server_default="1",
            comment="tag:StockLeadTime;order:60",
        ),
        Column(
            "qty_stock", Single, server_default="0", comment="tag:QtyStock;order:10"
        ),
        Column("qty_so", Single, server_default="0", comment="tag:QtyOrder;order:20"),
        Column(
            "qty_alloc",
            Single,
            server_default="0",
            comment="tag:QtyAllocation;order:30",
        ),
        Column(
            "qty_min", Single, server_default="0", comment="tag:StockMinimum;order:40"
        ),
        Column(
            "qty_restock",
            Single,
            server_default="0",
            comment="tag:StockReorder;order:50",
        ),
        Column(
            "qty_po", Single, server_default="0", comment="tag:QtyPurchase;order:60"
        ),
        Column(
            "store_id",
            integer("int", 11),
            server_default="0",
            comment="type:hidden;tag:StoreID;order:52",
        ),
        Column(
            "description_sales", varchar(255), comment="tag:DescriptionSales;order:10"
        ),
        Column(
            "tax_rate_id_c",
            varchar(6),
            server_default="0",
            comment="type:tax;tag:TaxRateIDCustomer;order:20",
        ),
        Column(
            "price_sheet_c",
            integer("int", 11),
            server_default="0",
            comment="type:select;tag:DefPriceSheetIDSales;order:30",
        ),
        Column(
            "block_discount",
            enum("0", "1"),
            server_default="0",
            comment="type:selNoYes;tag:BlockDiscount;order:35",
        ),
        Column(
            "full_price",
            Double,
            server_default="0",
            comment="type:currency;tag:FullPrice;order:40",
        ),
        Column(
            "sale_price",
            Double,
            server_default="0",
            comment="type:currency;tag:SalePrice;order:42",
        ),
        Column(
            "description_purchase",
            varchar(255),
            comment="tag:DescriptionPurchase;order:10",
        ),
        Column(
            "tax_rate_id_v",
            varchar(6),
            server_default="0",
            comment="type:tax;tag:TaxRateIDVendor;order:20",
        ),
        Column(
            "price_sheet_v",
            integer("int", 11),
            server_default="0",
            comment="type:select;tag:DefPriceSheetIDPurchase;order:30",
        ),
        Column(
            "item_cost",
            Double,
            server_default="0",
            comment="type:currency;tag:Cost;order:40",
        ),
        Column(
            "vendor_id",
            integer("int", 11),
            server_default="0",
            comment="type:select;tag:StockVendor;order:50",
        ),
        Column(
            "inventory_type",
            char(2),
            nullable=False,
            server_default="si",
            comment="type:select;tag:Type;order:10",
        ),
        Column(
            "serialize",
            enum("0", "1"),
            server_default="0",
            comment="type:checkbox;tag:Serialized;order:20",
        ),
        Column(
            "cost_method",
            enum("a", "f", "l"),
            nullable=False,
            server_default="f",
            comment="type:select;tag:CostMethod;order:30",
        ),
        Column(
            "gl_sales", varchar(15), comment="type:ledger;tag:GLAccountSales;order:40"
        ),
        Column(
            "gl_inv", varchar(15), comment="type:ledger;tag:GLAccountInventory;order:50"
        ),
        Column(
            "gl_cogs", varchar(15), comment="type:ledger;tag:GLAccountCOGS;order:60"
        ),
        Column(
            "invAccessory",
            text(),
            comment="type:hidden;label:Inventory Accessory;format:stringify",
        ),
        Column("bizProAttr", text(), comment="label:BizunoPro Attrs;tag:bizProAttr"),
        Column(
            "invImages",
            text(),
            comment="type:hidden;label:Inventory Images;format:stringify",
        ),
        Column(
            "invOptions",
            text(),
            comment="type:hidden;label:Inventory Options;format:stringify",
        ),
        Column(
            "image_with_path", varchar(255), comment="type:hidden;tag:Image;order:10"
        ),
        Column("creation_date", Stamp, comment="type:date;tag:DateCreated;order:10"),
        Column("last_update", Stamp, comment="type:date;tag:DateLastUpdate;order:20"),
        Column(
            "last_journal_date", Stamp, comment="type:date;tag:DateLastJournal;order:30"
        ),
        Column(
            "bizProShip", text(), comment="label:Bizuno Pro Shipping;tag:bizProShip"
        ),
        Column(
            "woocommerce_sync",
            enum("0", "1"),
            nullable=False,
            server_default="0",
            comment="type:checkbox;label:;tag:woocommerceSync;"
            "tab:158;order:25;group:woocommerce",
        ),
        Column(
            "woocommerce_category",
            varchar(255),
            comment="label:;tag:woocommerceCategory;tab:158;order:26;group:woocommerce",
        ),
        Column(
            "woocommerce_tags",
            varchar(255),
            comment="label:;tag:woocommerceTags;tab:158;order:27;group:woocommerce",
        ),
        Column(
            "woocommerce_slug",
            varchar(128),
            comment="label:;tag:woocommerceSlug;tab:158;order:28;group:woocommerce",
        ),
        Column(
            "msrp",
            Double,
            nullable=False,
            server_default="0",
            comment="label:Mfg Suggested Retail Price;tag:MSRPrice;tab:158;order:42",
        ),
        Column(
            "length",
            Single,
            nullable=False,
            server_default="0",
            comment="tag:ProductLength;tab:159;order:20",
        ),
        Column(
            "width",
            Single,
            nullable=False,
            server_default="0",
            comment="tag:ProductWidth;tab:159;order:30",
        ),
        Column(
            "height",
            Single,
            nullable=False,
            server_default="0",
            comment="tag:ProductHeight;tab:159;order:40",
        ),
        key("sku", "sku"),
        **OPTIONS,
    )


def inventory_meta(meta: MetaData) -> Table:
    return Table(
        "inventory_meta",
        meta,
        Column(
            "id",
            integer("int", 11),
            primary_key=True,
            comment="type:hidden;tag:RecordID;order:1",
        ),
        Column(
            "ref_id",
            integer("int", 11),
            nullable=False,
            server_default="0",
            comment="type:hidden;tag:ReferenceID;order:20",
        ),
        Column("meta_key", varchar(64), comment="tag:MetaKey;order:30"),
        Column(
            "meta_value", text(), server_default="", comment="tag:MetaValue;order:40"
        ),
        key("meta_key", "meta_key"),
        key("ref_id", "ref_id"),
        **OPTIONS,
    )


def inventory_history(meta: MetaData) -> Table:
    return Table(
        "inventory_history",
        meta,
        Column(
            "id",
            integer("int", 11),
            primary_key=True,
            comment="type:hidden;tag:RecordID;order:1",
        ),
        Column(
            "ref_id",
            integer("int", 11),
            nullable=False,
            server_default="0",
            comment="type:hidden;tag:ReferenceID;order:2",
        ),
        Column(
            "journal_id",
            integer("int", 2),
            nullable=False,
            server_default="0",
            comment="type:hidden;tag:JournalID;order:3",
        ),
        Column(
            "store_id",
            integer("int", 11),
            server_default="0",
            comment="type:hidden;tag:StoreID;order:4",
        ),
        Column(
            "sku",
            varchar(24),
            nullable=False,
            server_default="",
            comment="tag:SKU;order:10",
        ),
        Column(
            "qty",
            Single,
            nullable=False,
            server_default="0",
            comment="tag:Quantity;order:20",
        ),
        Column("trans_code", varchar(64), comment="tag:SerialNumber;order:30"),
        Column(
            "remaining",
            Single,
            nullable=False,
            server_default="0",
            comment="tag:Remaining;order:40",
        ),
        Column(
            "unit_cost",
            Double,
            nullable=False,
            server_default="0",
            comment="type:currency;tag:UnitCost;order:50",
        ),
        Column(
            "avg_cost",
            Double,
            nullable=False,
            server_default="0",
            comment="type:currency;tag:AverageCost;order:60",
        ),
        Column("post_date", Stamp, comment="type:date;tag:PostDate;order:70"),
        key("journal_id", "journal_id"),
        key("ref_id", "ref_id"),
        key("remaining", "remaining"),
        key("sku", "sku"),
        key("store_id", "store_id"),
        **OPTIONS,
    )


def common_meta(meta: MetaData) -> Table:
    return Table(
        "common_meta",
        meta,
        Column(
            "id",
            integer("int", 11),
            primary_key=True,
            comment="type:hidden;tag:RecordID;order:1",
        ),
        Column("meta_key", varchar(64), comment="tag:MetaKey;order:10"),
        Column(
            "meta_value", text(), server_default="", comment="tag:MetaValue;order:20"
        ),
        key("meta_key", "meta_key"),
        **OPTIONS,
    )


def configuration(meta: MetaData) -> Table:
    return Table(
        "configuration",
        meta,
        Column(
            "config_key",
            varchar(64),
            primary_key=True,
            server_default="",
            comment="type:hidden;tag:ConfigKey;order:10",
        ),
        Column(
            "config_value", mediumtext(), comment="type:hidden;tag:ConfigValue;order:20"
        ),
        **MYISAM,
    )


def audit_log(meta: MetaData) -> Table:
    return Table(
        "audit_log",
        meta,
        Column(
            "id",
            integer("int", 15),
            primary_key=True,
            comment="type:hidden;tag:RecordID;order:1",
        ),
        Column(
            "module_id",
            varchar(24),
            server_default="",
            comment="type:hidden;tag:ModuleID;order:2",
        ),
        Column(
            "ip_address",
            varchar(15),
            server_default="",
            comment="type:hidden;tag:IPAddress;order:3",
        ),
        Column(
            "user_id",
            integer("int", 11),
            server_default="0",
            comment="tag:UserID;order:10",
        ),
        Column(
            "date",
            Stamp,
            nullable=False,
            server_default=NOW,
            comment="type:date;tag:LogDate;order:20",
        ),
        Column(
            "stats",
            varchar(32),
            server_default="",
            comment="type:hidden;tag:Statistics;order:30",
        ),
        Column("log_entry", varchar(255), comment="tag:LogEntry;order:50"),
        key("user_id", "user_id"),
        **MYISAM,
    )
