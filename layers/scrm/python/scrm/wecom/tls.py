"""TLS for the one host we call. Five roots load in a tenth of the time of certifi's whole bundle, which
matters at each cold start. A certificate under another root costs one failed handshake, after which the
process trusts the whole bundle: WeCom may change its authority without breaking us.
"""

import ssl
from pathlib import Path

_ROOTS = Path(__file__).with_name("roots.pem")


def lean_context(ca_file: str | None = None) -> ssl.SSLContext:
    """Return a context that trusts our five roots, or only `ca_file` where the deployment gives one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=ca_file or str(_ROOTS))
    return context


def full_context() -> ssl.SSLContext:
    """Return a context that trusts every root of certifi's bundle."""
    import certifi  # only when the five roots do not do: its bundle takes some 20 ms to load

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=certifi.where())
    return context


def is_unknown_root(error: BaseException) -> bool:
    """Return whether `error` comes from a certificate that our roots do not vouch for."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
