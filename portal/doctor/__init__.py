"""Is everything in order: this side, and the way to the other one."""
