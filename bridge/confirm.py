"""Ship confirmations: what ``order/confirm`` calls."""
