"""A relation named in one text, as a card is: `<userid>#<external_userid>`. Pure."""


def pair_of(userid: str, external_userid: str) -> str:
    """Return the text that names a relation."""
    return f"{userid.lower()}#{external_userid}"


def split(pair: str) -> tuple[str, str]:
    """Return (userid, external_userid); the first is empty for a customer whom nobody knows."""
    userid, _, external_userid = pair.partition("#")
    return userid, external_userid
