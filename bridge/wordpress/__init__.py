"""The WordPress and WooCommerce database: its tables and the rules of its rows."""
