"""The catalogue of corp tags."""

from scrm.tags.model import Catalogue, Tag, TagGroup

CATALOGUE = Catalogue(
    {"t1": Tag("t1", "高", "g1", 1), "t2": Tag("t2", "低", "g1", 2), "t3": Tag("t3", "孤", "g9")},
    {"g1": TagGroup("g1", "意向")},
)


def test_names_and_what_is_unknown():
    assert (CATALOGUE.name_of("t1"), CATALOGUE.name_of("tX")) == ("高", "tX")
    assert [CATALOGUE.group_name_of(each) for each in ("t1", "t3", "tX")] == ["意向", "", ""]


def test_a_larger_order_comes_first():
    assert [each.tag_id for each in CATALOGUE.in_group("g1")] == ["t2", "t1"]
