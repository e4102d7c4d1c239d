"""Whose customers a caller may see (spec ADM-02): their own, their team's, their departments', everybody's.

team: the members of the departments the caller leads, and of all departments below. department: the
members of the departments the caller belongs to. Both hold the caller too. HR looks after staff and not
after their customers, whatever the data scope of the role. Pure; the directory is given.
"""

from collections.abc import Iterable

from scrm.http.caller import Caller
from scrm.staff.model import Directory, key

OWN_ONLY = frozenset({"hr"})


def sees_everybody(caller: Caller) -> bool:
    """Return whether `caller` may see everybody's customers."""
    return caller.data_scope == "all" and caller.role not in OWN_ONLY


def sees_colleagues(caller: Caller) -> bool:
    """Return whether `caller` may see anybody's customers but their own."""
    return caller.data_scope != "own" and caller.role not in OWN_ONLY


def colleagues(caller: Caller, directory: Directory) -> frozenset[str] | None:
    """Return the keys (lower-case userids) of the members whose customers `caller` may see; None: all."""
    if sees_everybody(caller):
        return None
    found = {key(caller.userid)}
    if not sees_colleagues(caller):
        return frozenset(found)
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
