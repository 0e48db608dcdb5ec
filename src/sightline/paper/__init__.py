"""Documents as files that need a library: PDF and spreadsheets.

What stands in them is decided in the pure packages (`readiness.documents`); this only sets it. Its output depends on
nothing but its input: no clock, no file.
"""
