"""The demo: a sample shop and sample books, two servers, one story over HTTP."""
