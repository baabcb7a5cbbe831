"""The half that stands beside WordPress: catalog and shipments in, orders out."""
