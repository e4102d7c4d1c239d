"""What an edit of tags has to hold before it is begun."""

from scrm.http import problems
from scrm.tags.dynamodb import load_catalogue


def checked(add: list[str], remove: list[str]) -> None:
    """Refuse (422) an edit of tags that says nothing, contradicts itself or names a tag nobody has."""
    if not add and not remove:
        raise problems.invalid_field("add", "add 和 remove 至少填一项")
    if both := set(add) & set(remove):
        raise problems.invalid_field("remove", f"{len(both)} 个标签同时出现在添加和移除中")
    known = load_catalogue().tags
    if unknown := [place for place, tag_id in enumerate(add) if tag_id not in known]:
        raise problems.invalid(
            *(problems.FieldError(f"add.{place}", "标签不存在或已被删除") for place in unknown)
        )
