"""Plans for other programs: calendars of people, teams and households, and maps."""

from pairsolve.feeds.calendars import calendars
from pairsolve.feeds.folder import earlier_calendars, write_feeds
from pairsolve.feeds.maps import maps

__all__ = ["calendars", "earlier_calendars", "maps", "write_feeds"]
