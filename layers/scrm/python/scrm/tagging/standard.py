"""The tags that a corp begins with (TAG-08): how much a customer matters, age, spending, activeness. Pure."""

from scrm.tags.model import Catalogue

STANDARD: dict[str, tuple[str, ...]] = {
    "重要程度": ("非常重要", "重要", "一般"),
    "年龄": ("18岁以下", "18-25岁", "26-35岁", "36-45岁", "46岁以上"),
    "消费水平": ("高消费", "中消费", "低消费"),
    "活跃程度": ("高活跃", "中活跃", "低活跃", "沉睡"),
}


def missing(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """Return the groups that are not there yet, with their tags; a group that is there is left as it is."""
    there = {group.name for group in catalogue.groups.values()}
    return {name: tags for name, tags in STANDARD.items() if name not in there}
