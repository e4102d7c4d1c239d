"""What a probe of our own callback address leaves behind."""

from pynamodb.attributes import UnicodeAttribute

from scrm.table import VolatileRow


class ProbeRow(VolatileRow):
    """A probe that arrived."""

    arrived_at = UnicodeAttribute()
