"""Who sees what of a small library: by scope, through the groups above, in one order (CON-06, 07, 14)."""

from dataclasses import replace

import pytest

from scrm.library.arranging import Asked, listed
from scrm.library.catalogue import Catalogue, Seen
from scrm.library.model import Group, Item, Shown, Status, Uses
from scrm.library.personal import Personal
from scrm.library.searching import found
from scrm.library.visibility import Viewer, Visibility, admits, within

SERVICE = Viewer("sun", "service")
MARKETING = Viewer("zhou", "marketing")


def group(group_id: str, parent_id: str = "", rank: str = "V", **more: object) -> Group:
    return Group("script", group_id, group_id, parent_id, rank, version=1, **more)  # type: ignore[arg-type]


def item(
    item_id: str, group_id: str = "", rank: str = "V", status: Status = "published", **more: object
) -> Item:
    shown = Shown(str(more.pop("title", item_id)), **more.pop("shown", {}))  # type: ignore[arg-type]
    live = shown if status != "draft" else None
    return Item("script", item_id, group_id, rank, status, shown, live, version=1, **more)  # type: ignore[arg-type]


def library(*things: Group | Item) -> Catalogue:
    groups = [each for each in things if isinstance(each, Group)]
    return Catalogue("script").with_changes(groups, [each for each in things if isinstance(each, Item)])


def ids(items: list[Item]) -> list[str]:
    return [each.item_id for each in items]


def test_con_14_a_scope_admits_by_role_by_department_or_by_person():
    scope = Visibility(frozenset({"marketing"}), frozenset({2}), frozenset({"sun"}))

    assert admits(scope, MARKETING)
    assert admits(scope, Viewer("SUN", "service"))
    assert admits(scope, Viewer("qian", "service", frozenset({5, 2, 1})))
    assert not admits(scope, Viewer("qian", "service", frozenset({5, 1})))
    assert admits(None, SERVICE)
    assert not admits(Visibility(), SERVICE)


def test_a_department_belongs_to_those_above_even_when_they_go_round():
    assert within([5], {5: 2, 2: 1}) == {5, 2, 1}
    assert within([5, 3], {5: 2, 2: 5, 3: 3}) == {5, 2, 3}


def test_con_14_every_group_above_has_to_admit():
    marketing = Visibility(frozenset({"marketing"}))
    both = Visibility(frozenset({"marketing", "service"}))
    there = library(
        group("a", visibility=marketing),
        group("b", "a"),
        group("c", "b", visibility=both),
        item("in_c", "c"),
        item("own", "b", visibility=Visibility(people=frozenset({"sun"}))),
        item("free"),
    )

    assert ids(Seen(there, MARKETING).items()) == ["in_c", "free"]
    assert ids(Seen(there, SERVICE).items()) == ["free"]
    assert Seen(there, SERVICE).item("in_c") is None
    assert Seen(there, SERVICE).item("nothing") is None
    assert [(each.group_id, n) for each, n in Seen(there, MARKETING).groups()] == [
        ("a", 1),
        ("b", 1),
        ("c", 1),
    ]
    assert Seen(there, SERVICE).groups() == []


@pytest.mark.parametrize(
    "groups",
    [
        (),
        (group("a", "b"), group("b", "a")),
        (group("a", "gone"),),
        (group("a", deleted=True),),
        (group("a", "b"), group("b", deleted=True)),
        (group("a", "a"),),
    ],
)
def test_what_hangs_on_no_top_is_seen_by_nobody(groups):
    there = library(*groups, item("lost", "a"), item("free"))

    assert ids(Seen(there, MARKETING).items()) == ["free"]
    assert Seen(there, MARKETING).item("lost") is None
    assert Seen(there, MARKETING).groups() == []


@pytest.mark.parametrize("status", ["draft", "archived", "deleted"])
def test_only_what_is_published_is_seen(status):
    assert Seen(library(item("it", status=status)), MARKETING).items() == []


def test_con_06_a_tree_is_read_group_by_group_and_item_by_item():
    there = library(
        group("a", rank="V"),
        group("b", rank="F"),
        group("a2", "a", rank="V"),
        group("a1", "a", rank="F"),
        group("same", "a", rank="V"),
        *(item(f"in_{name}", name) for name in ("a", "a1", "a2", "b", "same")),
        item("z", "a1", rank="F"),
        item("y", "a1", rank="F"),
        item("top"),
    )

    assert [each.group_id for each in there.tree] == ["b", "a", "a1", "a2", "same"]
    assert ids(Seen(there, MARKETING).items()) == [
        "in_b",
        "in_a",
        "y",
        "z",
        "in_a1",
        "in_a2",
        "in_same",
        "top",
    ]
    assert there.below("a") == {"a", "a1", "a2", "same"}
    assert there.below("unknown") == {"unknown"}


def test_of_two_versions_the_higher_counts():
    there = library(item("it", title="旧"))
    newer, older = replace(there.items["it"], rank="A", version=2), replace(there.items["it"], version=0)

    assert there.with_changes([], [newer]).items["it"].rank == "A"
    assert there.with_changes([], [older]) is there
    assert there.items["it"].rank == "V"


def test_con_16_those_used_most_come_first_then_those_that_fit_best():
    there = library(
        item("words", title="问候", shown={"words": "最新价格表"}),
        item("keyword", title="优惠", shown={"keywords": ("价格",)}),
        item("title", title="价格表", shown={"initials": "<j><g><b>"}),
        item("other", title="售后"),
    )
    seen = Seen(there, MARKETING).items()
    used = replace(there, uses={"words": Uses(sends=3), "other": Uses(sends=9)})

    assert ids(found(seen, "价格", there)) == ["title", "keyword", "words"]
    assert ids(found(seen, "价格", used)) == ["words", "title", "keyword"]
    assert ids(found(seen, "jgb", there)) == ["title"]
    assert ids(found(seen, "价格 最新", there)) == ["words"]
    assert ids(found(seen, "价格 没有", there)) == []
    assert ids(found(seen, "  ", there)) == []


@pytest.mark.parametrize("asked", ["VIP", "vip", "ＶＩＰ", "ＶiＰ"])
def test_con_16_case_and_width_do_not_matter(asked):
    there = library(item("one", title="vip 权益"), item("two", title="ＶＩＰ权益"), item("no", title="权益"))

    assert ids(found(Seen(there, MARKETING).items(), asked, there)) == ["one", "two"]


def test_con_16_a_draft_is_found_by_its_own_words_where_drafts_are_asked_for():
    changed = replace(item("it", title="价格"), draft=Shown("报价"))
    there = library(changed, item("new", status="draft", title="报价单"))

    assert ids(found(there.items.values(), "报价", there, drafts=True)) == ["it", "new"]
    assert ids(found(there.items.values(), "报价", there)) == []


def test_con_18_what_is_recommended_for_the_stage_comes_first_then_what_is_pinned():
    there = library(
        item("a"),
        item("b", shown={"stages": ("意向", "签约")}),
        item("c", shown={"stages": ("意向",)}),
        item("d"),
    )
    seen, pins = Seen(there, MARKETING), Personal(pinned=("d", "gone", "c"))

    def order(stage: str) -> list[str]:
        return ids(list(listed(seen, pins, Asked(stages=frozenset({stage} if stage else ()))).items))

    assert order("") == ["d", "c", "a", "b"]
    assert order("意向") == ["c", "b", "d", "a"]
    assert order("潜在") == ["d", "c", "a", "b"]
