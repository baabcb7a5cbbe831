"""From an order of the store to a sale of Bizuno: pure, values in and values out.

``rules`` reads Bizuno's settings once, ``mapping`` translates what the store calls
things, ``sale`` puts both together. Nothing here touches the database.
"""
