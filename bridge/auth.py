"""WordPress credentials: ``email`` and ``pass`` headers to a user who may manage the shop."""
