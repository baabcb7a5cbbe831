"""WordPress credentials: ``email`` and ``pass`` headers to a user of the shop."""
