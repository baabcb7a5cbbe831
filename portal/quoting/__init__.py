"""Shipping offers: carriers behind one small interface, asked by one desk."""
