"""What a firewall team reads: change request, one page, full table, each with a drawing, in five languages.

Pure. `compose.py` says what stands in which document, `page.py` is what it is made of, `drawing.py` draws who talks to
whom, `words/` has the words; `markdown.py`, `html.py` and `svg.py` write it down. PDF and spreadsheets need libraries
that do I/O: they are written by `sightline.paper`.
"""
