"""The half that stands beside Bizuno: orders and rate questions in, catalog out."""
