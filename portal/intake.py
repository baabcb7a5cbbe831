"""An order as it came in, turned into the sale that is booked; pure."""
