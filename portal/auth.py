"""The token of the store: ``X-Bizuno-Token``, constant time, fail closed."""
