"""Orders to Bizuno: a WooCommerce order as the plugin's payload, sent to the portal."""
