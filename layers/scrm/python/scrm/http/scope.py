"""Whose customers a caller may see (spec ADM-02): their own, their team's, their departments', everybody's.

team: the members of the departments the caller leads, and of all departments below. department: the
members of the departments the caller belongs to. Both hold the caller too. Pure; the directory is given.
"""

from collections.abc import Iterable

from scrm.http.caller import Caller
from scrm.staff.model import Directory, key


def colleagues(caller: Caller, directory: Directory) -> frozenset[str] | None:
    """Return the keys (lower-case userids) of the members whose customers `caller` may see; None: all."""
    if caller.data_scope == "all":
        return None
    found = {key(caller.userid)}
    if caller.data_scope == "team":
        found |= {member.key for member in directory.in_departments(directory.below(caller.leads))}
    elif caller.data_scope == "department":
        found |= {member.key for member in directory.in_departments(caller.departments)}
    return frozenset(found)


def may_see(caller: Caller, userids: Iterable[str], directory: Directory) -> bool:
    """Return whether one of `userids` is a member whose customers `caller` may see."""
    seen = colleagues(caller, directory)
    return seen is None or any(key(userid) in seen for userid in userids)


def may_see_of(caller: Caller, userid: str, directory: Directory) -> bool:
    """Return whether `caller` may see the customers of the member `userid`."""
    return may_see(caller, (userid,), directory)
