"""Catalog and confirmations to the store: read, plan, send, remember.

``reading`` takes the items from Bizuno's tables; ``products``, ``pricing``,
``availability``, ``variations``, ``pictures`` and ``shipments`` make of them what the
store is told; ``jobs`` (refresh, upload), ``confirm`` and ``sync`` are the kinds of
push; ``push`` carries one out, over ``sending`` and ``endpoints``.
"""
