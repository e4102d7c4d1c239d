"""The signature of a page for the JS-SDK. WeCom document 96909."""

from hashlib import sha1


def signature(ticket: str, nonce: str, timestamp: int | str, url: str) -> str:
    """Return the signature over `url` without its fragment, every value raw, in WeCom's order.

    The caller allow-lists the URL's host: a signature is good for any page it names.
    """
    page = url.partition("#")[0]
    signed = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}"
    return sha1(signed.encode(), usedforsecurity=False).hexdigest()
