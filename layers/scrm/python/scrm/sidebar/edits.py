"""What a member changes about a relation from our pages: wanted, really needed, done. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from scrm.customers.model import Relation
from scrm.sidebar import masking


@dataclass(frozen=True)
class Edit:
    """A change of one relation at WeCom. None leaves a value alone; `phones` replaces all of them."""

    remark: str | None = None
    description: str | None = None
    company: str | None = None
    phones: tuple[str, ...] | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be changed."""
        return self == Edit()

    @property
    def notes(self) -> dict[str, Any]:
        """The values that WeCom's remark call sets, by our names."""
        named = {
            "remark": self.remark,
            "description": self.description,
            "company": self.company,
            "phones": self.phones,
        }
        return {name: value for name, value in named.items() if value is not None}

    def plain(self) -> dict[str, Any]:
        """Return the edit as JSON data, without what it leaves alone."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value not in (None, ())
        } | ({"phones": []} if self.phones == () else {})

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Edit":
        """Return the edit that `plain` made JSON data of."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()
        }
        return cls(**values)


def needed(relation: Relation, wanted: Edit) -> Edit:
    """Return the part of an edit that changes anything: only that is asked of WeCom (spec TAG-03)."""
    current = {
        "remark": relation.remark,
        "description": relation.description,
        "company": relation.company,
        "phones": relation.mobiles,
    }
    notes = {name: value for name, value in wanted.notes.items() if value != current[name]}
    return Edit(
        **notes,
        add_tags=tuple(each for each in dict.fromkeys(wanted.add_tags) if each not in relation.tags),
        remove_tags=tuple(each for each in dict.fromkeys(wanted.remove_tags) if each in relation.tags),
    )


def done(relation: Relation, edit: Edit) -> Relation:
    """Return the relation after WeCom has taken the edit: no callback will tell us (spec D6)."""
    kept = tuple(each for each in relation.tags if each not in edit.remove_tags)
    added = tuple(each for each in edit.add_tags if each not in kept)
    return replace(
        relation,
        remark=relation.remark if edit.remark is None else edit.remark,
        description=relation.description if edit.description is None else edit.description,
        company=relation.company if edit.company is None else edit.company,
        mobiles=relation.mobiles if edit.phones is None else edit.phones,
        tags=kept + added,
        open_edit=None,
    )


def touched(relation: Relation, edit: Edit) -> Mapping[str, Any]:
    """Return the values an edit speaks of as they are in `relation`, numbers hidden, for the audit log."""
    current = {
        "remark": relation.remark,
        "description": relation.description,
        "company": relation.company,
        "phones": [masking.phone(each) for each in relation.mobiles],
    }
    shown: dict[str, Any] = {name: current[name] for name in edit.notes}
    if edit.add_tags or edit.remove_tags:
        shown["tags"] = list(relation.tags)
    return shown
