"""A reader of Everstow repositories, written from docs/format/repository.md and from nothing else.

It shares no code with Everstow and is slow and strict on purpose: what the document does not allow is refused.
Start reading at log.py, then packs.py.
"""
