"""The journals, their periods and balances, and what stock cost."""

from __future__ import annotations

from sqlalchemy import MetaData, Table

from .types import (
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
    text,
    varchar,
)


def journal_main(meta: MetaData) -> Table:
    return Table(
        "journal_main",
        meta,
        Column(
            "id",
            integer("int", 11),
            primary_key=True,
            comment="type:hidden;tag:RecordID;order:1",
        ),
        Column(
            "period",
            integer("int", 2),
            nullable=False,
            server_default="0",
            comment="type:hidden;tag:Period;order:5",
        ),
        Column(
            "journal_id",
            integer("int", 2),
            nullable=False,
            server_default="0",
            comment="type:hidden;tag:JournalID;order:10",
        ),
        Column(
            "store_id",
            integer("int", 11),
            server_default="0",
            comment="type:hidden;tag:StoreID;order:25",
        ),
        Column("description", varchar(128), comment="tag:Description;order:30"),
        Column(
            "discount",
            Double,
            server_default="0",
            comment="type:currency;tag:TotalDiscount;order:55",
        ),
        Column(
            "sales_tax",
            Double,
            server_default="0",
            comment="type:currency;tag:TotalTax;order:60",
        ),
        Column(
            "freight",
            Double,
            server_default="0",
            comment="type:currency;tag:TotalShipping;order:200",
        ),
        Column(
            "total_amount",
            Double,
            nullable=False,
            server_default="0",
            comment="type:currency;tag:TotalAmount;order:65",
        ),
        Column("purch_order_id", varchar(24), comment="tag:PurchaseOrderID;order:10"),
        Column("invoice_num", varchar(24), comment="tag:ReferenceNumber;order:20"),
        Column(
            "closed",
            enum("0", "1"),
            server_default="0",
            comment="type:checkbox;tag:Closed;order:30",
        ),
        Column(
            "waiting",
            enum("0", "1"),
            server_default="0",
            comment="type:checkbox;tag:Waiting;order:40",
        ),
        Column("post_date", Day, comment="type:date;tag:PostDate;order:50"),
        Column("terminal_date", Day, comment="type:date;tag:TerminalDate;order:60"),
        Column(
            "rep_id",
            integer("int", 11),
            server_default="0",
            comment="type:select;tag:SalesRepID;order:70",
        ),
        Column(
            "terms",
            varchar(32),
            server_default="0",
            comment="type:hidden;tag:Terms;order:80",
        ),
        Column("notes", text(), comment="tag:Notes;order:90"),
        Column(
            "contact_id_b",
            integer("int", 11),
            nullable=False,
            server_default="0",
            comment="type:hidden;tag:BillingContactID;order:2",
        ),
        Column(
            "address_id_b",
            integer("int", 11),
            server_default="0",
            comment="type:hidden;tag:BillingAddressID;order:3",
        ),
        Column(
            "primary_name_b", varchar(48), comment="tag:BillingPrimaryName;order:10"
        ),
        Column("contact_b", varchar(48), comment="tag:BillingAttention;order:20"),
        Column("address1_b", varchar(48), comment="tag:BillingAddress1;order:30"),
        Column("address2_b", varchar(48), comment="tag:BillingAddress2;order:40"),
        Column("city_b", varchar(24), comment="tag:BillingCity;order:50"),
        Column("state_b", varchar(24), comment="tag:BillingState;order:60"),
        Column("postal_code_b", varchar(10), comment="tag:BillingPostalCode;order:70"),
        Column(
            "country_b", char(3), comment="type:country;tag:BillingCountryISO3;order:80"
        ),
        Column("telephone1_b", varchar(20), comment="tag:BillingTelephone1;order:90"),
        Column("email_b", varchar(64), comment="tag:BillingEmail;order:95"),
        Column(
            "contact_id_s",
            integer("int", 11),
            server_default="0",
            comment="type:hidden;tag:ShippingContactID;order:2",
        ),
        Column(
            "address_id_s",
            integer("int", 11),
            server_default="0",
            comment="type:hidden;tag:ShippingAddressID;order:3",
        ),
        Column(
            "primary_name_s", varchar(48), comment="tag:ShippingPrimaryName;order:10"
        ),
        Column("contact_s", varchar(48), comment="tag:ShippingAttention;order:20"),
        Column("address1_s", varchar(48), comment="tag:ShippingAddress1;order:30"),
        Column("address2_s", varchar(48), comment="tag:ShippingAddress2;order:40"),
        Column("city_s", varchar(24), comment="tag:ShippingCity;order:50"),
        Column("state_s", varchar(24), comment="tag:ShippingState;order:60"),
        Column("postal_code_s", varchar(24), comment="tag:ShippingPostalCode;order:70"),
        Column(
            "country_s",
            char(3),
            comment="type:country;tag:ShippingCountryISO3;order:80",
        ),
        Column("telephone1_s", varchar(20), comment="tag:ShippingTelephone1;order:90"),
        Column("email_s", varchar(64), comment="tag:ShippingEmail;order:95"),
        Column(
            "tax_rate_id",
            varchar(6),
            server_default="0",
            comment="type:tax;tag:TaxRateID;order:10",
        ),
        Column("gl_acct_id", varchar(15), comment="type:ledger;tag:GLAccount;order:10"),
        Column(
            "drop_ship",
            enum("0", "1"),
            server_default="0",
            comment="type:checkbox;tag:DropShip;order:5",
        ),
        Column("method_code", varchar(20), comment="type:hidden;tag:MethodID;order:2"),
        Column(
            "currency",
            char(3),
            nullable=False,
            server_default="USD",
            comment="type:hidden;tag:CurrencyISO;order:80",
        ),
        Column(
            "currency_rate",
            Double,
            nullable=False,
            server_default="1",
            comment="type:hidden;tag:CurrencyExchangeRate;order:81",
        ),
        Column(
            "so_po_ref_id",
            integer("int", 11),
            server_default="0",
            comment="type:hidden;tag:SoPoRefID;order:5",
        ),
        Column(
            "closed_date", Day, comment="type:hidden;format:date;tag:ClosedDate;order:6"
        ),
        Column(
            "recur_id", integer("int", 11), comment="type:hidden;tag:RecurID;order:7"
        ),
        Column(
            "admin_id",
            integer("int", 11),
            server_default="0",
            comment="type:hidden;tag:UserID;order:8",
        ),
        Column(
            "printed",
            integer("int", 11),
            server_default="0",
            comment="type:hidden;tag:Printed;order:8",
        ),
        Column(
            "attach",
            enum("0", "1"),
            server_default="0",
            comment="type:hidden;tag:Attachment;order:9",
        ),
        key("closed", "closed"),
        key("contact_id_b", "contact_id_b"),
        key("contact_id_s", "contact_id_s"),
        key("invoice_num", "invoice_num"),
        key("journal_id", "journal_id"),
        key("period", "period"),
        key("post_date", "post_date"),
        key("so_po_ref_id", "so_po_ref_id"),
        key("store_id", "store_id"),
        **OPTIONS,
    )


def journal_item(meta: MetaData) -> Table:
    return Table(
        "journal_item",
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
            server_default="0",
            comment="type:hidden;tag:ReferenceID;order:2",
        ),
        Column(
            "item_ref_id",
            integer("int", 11),
            comment="type:hidden;tag:SoPoItemRefID;order:3",
        ),
        Column(
            "gl_type",
            char(3),
            nullable=False,
            server_default="",
            comment="type:hidden;tag:GLType;order:4",
        ),
        Column(
            "reconciled",
            integer("int", 4),
            server_default="0",
            comment="type:hidden;tag:Reconciled;order:5",
        ),
        Column(
            "serialize",
            enum("0", "1"),
            server_default="0",
            comment="type:hidden;tag:Serialize;order:6",
        ),
        Column(
            "item_cnt",
            integer("int", 11),
            server_default="0",
            comment="tag:LineNumber;order:10",
        ),
        Column("sku", varchar(24), comment="tag:SKU;order:20"),
        Column("qty", Single, server_default="0", comment="tag:Quantity;order:30"),
        Column("description", varchar(255), comment="tag:Description;order:40"),
        Column(
            "debit_amount",
            Double,
            server_default="0",
            comment="type:currency;tag:DebitAmount;order:50",
        ),
        Column(
            "credit_amount",
            Double,
            server_default="0",
            comment="type:currency;tag:CreditAmount;order:60",
        ),
        Column(
            "full_price",
            Double,
            server_default="0",
            comment="type:currency;tag:PriceFull;order:65",
        ),
        Column("gl_account", varchar(15), comment="type:select;tag:GLAccount;order:70"),
        Column(
            "tax_rate_id",
            varchar(6),
            server_default="0",
            comment="type:tax;tag:TaxRateID;order:75",
        ),
        Column("trans_code", varchar(64), comment="tag:TransactionID;order:80"),
        Column("post_date", Day, comment="type:date;tag:PostDate;order:85"),
        Column("date_1", Stamp, comment="type:date;tag:ItemDate1;order:90"),
        key("gl_account", "gl_account"),
        key("item_ref_id", "item_ref_id"),
        key("reconciled", "reconciled"),
        key("ref_id", "ref_id"),
        key("sku", "sku"),
        **OPTIONS,
    )


def journal_meta(meta: MetaData) -> Table:
    return Table(
        "journal_meta",
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
        Column("meta_value", text(), comment="tag:MetaValue;order:40"),
        key("meta_key", "meta_key"),
        key("ref_id", "ref_id"),
        **OPTIONS,
    )


def journal_periods(meta: MetaData) -> Table:
    return Table(
        "journal_periods",
        meta,
        Column(
            "period",
            integer("int", 11),
            primary_key=True,
            autoincrement=False,
            server_default="0",
            comment="tag:Period;order:1",
        ),
        Column(
            "fiscal_year",
            integer("int", 11),
            nullable=False,
            server_default="0",
            comment="tag:FiscalYear;order:10",
        ),
        Column("start_date", Day, comment="type:date;tag:StartDate;order:20"),
        Column("end_date", Day, comment="type:date;tag:EndDate;order:30"),
        Column("date_added", Day, comment="type:date;tag:DateAdded;order:40"),
        Column(
            "last_update",
            Stamp,
            server_default=NOW,
            comment="type:date;tag:LastUpdate;order:50",
        ),
        **OPTIONS,
    )


def journal_history(meta: MetaData) -> Table:
    return Table(
        "journal_history",
        meta,
        Column(
            "id",
            integer("int", 11),
            primary_key=True,
            comment="type:hidden;tag:RecordID;order:1",
        ),
        Column(
            "period",
            integer("int", 11),
            nullable=False,
            server_default="0",
            comment="tag:Period;order:10",
        ),
        Column(
            "gl_account",
            char(15),
            nullable=False,
            server_default="",
            comment="type:ledger;tag:GLAccount;order:20",
        ),
        Column(
            "gl_type",
            integer("int", 2),
            nullable=False,
            server_default="0",
            comment="tag:GLAccountType;order:30",
        ),
        Column(
            "beginning_balance",
            Double,
            nullable=False,
            server_default="0",
            comment="type:currency;tag:BeginningBalance;order:40",
        ),
        Column(
            "debit_amount",
            Double,
            nullable=False,
            server_default="0",
            comment="type:currency;tag:DebitAmount;order:50",
        ),
        Column(
            "credit_amount",
            Double,
            nullable=False,
            server_default="0",
            comment="type:currency;tag:CreditAmount;order:60",
        ),
        Column(
            "budget",
            Double,
            server_default="0",
            comment="type:currency;tag:BudgetAmount;order:70",
        ),
        Column(
            "stmt_balance",
            Double,
            nullable=False,
            server_default="0",
            comment="type:date;tag:StatementBalance;order:80",
        ),
        Column("last_update", Day, comment="type:date;tag:LastUpdate;order:90"),
        key("gl_account", "gl_account"),
        key("period", "period"),
        **OPTIONS,
    )


def journal_cogs_owed(meta: MetaData) -> Table:
    return Table(
        "journal_cogs_owed",
        meta,
        Column(
            "id",
            integer("int", 11),
            primary_key=True,
            comment="type:hidden;tag:RecordID;order:1",
        ),
        Column(
            "journal_main_id",
            integer("int", 11),
            nullable=False,
            server_default="0",
            comment="type:hidden;tag:JournalRecordID;order:2",
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
        Column(
            "store_id",
            integer("int", 11),
            server_default="0",
            comment="type:hidden;tag:StoreID;order:30",
        ),
        Column("post_date", Day, comment="type:date;tag:PostDate;order:40"),
        key("sku", "sku"),
        key("store_id", "store_id"),
        **OPTIONS,
    )


def journal_cogs_usage(meta: MetaData) -> Table:
    return Table(
        "journal_cogs_usage",
        meta,
        Column(
            "id",
            integer("int", 11),
            primary_key=True,
            comment="type:hidden;tag:RecordID;order:1",
        ),
        Column(
            "journal_main_id",
            integer("int", 11),
            nullable=False,
            server_default="0",
            comment="type:hidden;tag:JournalRecordID;order:2",
        ),
        Column(
            "inventory_history_id",
            integer("int", 11),
            nullable=False,
            server_default="0",
            comment="type:hidden;tag:HistoryRecordID;order:3",
        ),
        Column(
            "qty",
            Single,
            nullable=False,
            server_default="0",
            comment="type:hidden;tag:Quantity;order:4",
        ),
        key("journal_main_id", "journal_main_id", "inventory_history_id"),
        **OPTIONS,
    )
