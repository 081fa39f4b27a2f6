"""Sequences: DNA in collections, found again by its letters and by its digest.

The bases of a sequence never change and are what it is: they are in a collection once, under as
many names as people have for them. Names, descriptions and tags are what people say about them.
"""
