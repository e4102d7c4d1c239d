"""What an edit of tags has to hold before it is begun."""

from scrm.http import problems
from scrm.settings.dynamodb import load as load_settings
from scrm.tags.dynamodb import load_catalogue
from scrm.tags.model import Catalogue


def checked(add: list[str], remove: list[str]) -> None:
    """Refuse (422) an edit of tags that says nothing, contradicts itself or names a tag nobody has."""
    if not add and not remove:
        raise problems.invalid_field("add", "add 和 remove 至少填一项")
    if both := set(add) & set(remove):
        raise problems.invalid_field("remove", f"{len(both)} 个标签同时出现在添加和移除中")
    check_known("add", add)


def check_known(field: str, tag_ids: list[str]) -> None:
    """Refuse (422) tags that are not in the catalogue; `field` is the request's name for them."""
    known = load_catalogue().tags
    if unknown := [place for place, tag_id in enumerate(tag_ids) if tag_id not in known]:
        raise problems.invalid(
            *(problems.FieldError(f"{field}.{place}", "标签不存在或已被删除") for place in unknown)
        )


def check_room(catalogue: Catalogue, more: int) -> None:
    """Refuse (409) tags beyond the limit that the corp has set itself (TAG-09). 0.5 RRU."""
    limit = load_settings().tag_limit
    if len(catalogue.tags) + more > limit:
        sentence = f"企业标签最多 {limit} 个，现有 {len(catalogue.tags)} 个，请先清理不用的标签"
        raise problems.conflict("tag_limit_reached", sentence, limit=limit, tags=len(catalogue.tags))
