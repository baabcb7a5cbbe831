"""The ground both apps stand on; it knows neither of them."""
