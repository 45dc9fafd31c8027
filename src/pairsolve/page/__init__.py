"""The page: a plan as one HTML file for people who look rather than read. It needs no network."""

from pairsolve.page.document import page_html

__all__ = ["page_html"]
