"""Libraries made at random."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from scrm.library.catalogue import Catalogue
from scrm.library.model import Group, Item, Shown, Uses
from scrm.library.visibility import Visibility

TEXTS = st.text(max_size=8)
IDS = st.text("abc123", min_size=1, max_size=3)
MOMENTS = st.none() | st.integers(0, 10**9).map(
    lambda seconds: datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=seconds)
)
VISIBILITIES = st.none() | st.builds(
    Visibility,
    st.frozensets(st.sampled_from(["staff", "service", "marketing"])),
    st.frozensets(st.integers(1, 9)),
    st.frozensets(IDS),
)
SUMMARIES = st.dictionaries(
    TEXTS, st.none() | st.booleans() | st.integers() | TEXTS | st.lists(TEXTS), max_size=2
)
SHOWN = st.builds(
    Shown,
    title=TEXTS,
    initials=TEXTS,
    words=TEXTS,
    stages=st.lists(TEXTS, max_size=2).map(tuple),
    keywords=st.lists(TEXTS, max_size=2).map(tuple),
    summary=SUMMARIES,
)
ITEMS = st.builds(
    Item,
    kind=st.just("script"),
    item_id=IDS,
    group_id=st.just("") | IDS,
    rank=st.text("0Vz", max_size=3),
    status=st.sampled_from(["draft", "published", "archived"]),
    draft=SHOWN,
    live=st.none() | SHOWN,
    number=st.integers(0, 3),
    visibility=VISIBILITIES,
    version=st.integers(0, 3),
    created_by=TEXTS,
    created_at=MOMENTS,
    updated_by=TEXTS,
    updated_at=MOMENTS,
    published_at=MOMENTS,
)
GROUPS = st.builds(
    Group,
    kind=st.just("script"),
    group_id=IDS,
    name=TEXTS,
    parent_id=st.just("") | IDS,
    rank=st.text("0Vz", max_size=3),
    visibility=VISIBILITIES,
    version=st.integers(0, 3),
    updated_at=MOMENTS,
)
USES = st.builds(Uses, *[st.integers(0, 5)] * 4, st.integers(-5, 5))
CATALOGUES = st.builds(
    lambda groups, items, uses, parents: Catalogue(
        "script",
        {each.group_id: each for each in groups},
        {each.item_id: each for each in items},
        uses,
        parents,
    ),
    st.lists(GROUPS, max_size=6),
    st.lists(ITEMS, max_size=8),
    st.dictionaries(IDS, USES, max_size=3),
    st.dictionaries(st.integers(1, 9), st.integers(1, 9), max_size=4),
)
