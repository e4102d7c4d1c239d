"""Put off what third-party modules import and a Lambda function never uses: each line costs every cold start.

What is put off still works, it is only imported when it is used. A text that is not found any more fails the
build, so that a new release of a package is looked at. Figures in docs/decisions/0009-cold-start.md.
"""

from __future__ import annotations

from pathlib import Path

from infra.build.trim import OPERATIONS

LATE_JMESPATH = """class _Late:
    def __getattr__(self, name):
        import jmespath

        return getattr(jmespath, name)


jmespath = _Late()
"""

DOCUMENTATION = """from botocore.docs.bcdoc.restdoc import DocumentStructure
from botocore.docs.method import document_model_driven_method
from botocore.docs.paginator import document_paginate_method
from botocore.docs.waiter import document_wait_method
"""

LATE_DOCUMENTATION = """def _late(module, name):
    def document(*args, **kwargs):
        from importlib import import_module

        return getattr(import_module(module), name)(*args, **kwargs)

    return document


DocumentStructure = _late("botocore.docs.bcdoc.restdoc", "DocumentStructure")
document_model_driven_method = _late("botocore.docs.method", "document_model_driven_method")
document_paginate_method = _late("botocore.docs.paginator", "document_paginate_method")
document_wait_method = _late("botocore.docs.waiter", "document_wait_method")
"""

# Ten of 127 handlers concern every service or one of ours; a session registers them, a client copies them.
OUR_HANDLERS = f"""_add_parameter_aliases(BUILTIN_HANDLERS)
BUILTIN_HANDLERS = [
    each
    for each in BUILTIN_HANDLERS
    if not each[0].startswith('docs.')
    and (each[0].split('.') + ['*'])[1] in {{'*', *{sorted(OPERATIONS)}}}
]
"""

EDITS: tuple[tuple[str, str, str], ...] = (
    # Documentation of clients, written when somebody asks for help(client).
    ("botocore/docs/__init__.py", "from botocore.docs.service import ServiceDocumenter\n", ""),
    (
        "botocore/docs/__init__.py",
        "    # Create the root directory where all service docs live.\n",
        "    from botocore.docs.service import ServiceDocumenter\n\n",
    ),
    (
        "botocore/docs/docstring.py",
        DOCUMENTATION,
        LATE_DOCUMENTATION,
    ),
    # Handlers of services whose models are not shipped.
    ("botocore/handlers.py", "\n_add_parameter_aliases(BUILTIN_HANDLERS)\n", f"\n{OUR_HANDLERS}"),
    # Reads paths in paginators and in rules for endpoints of other services.
    ("botocore/paginate.py", "import jmespath\n", LATE_JMESPATH),
    ("botocore/regions.py", "import jmespath\n", LATE_JMESPATH),
    ("botocore/waiter.py", "import jmespath\n", LATE_JMESPATH),
    # The version of a package that HTTP/2 would need.
    ("urllib3/http2/__init__.py", "from importlib.metadata import version\n", ""),
    (
        "urllib3/http2/__init__.py",
        '    h2_version = version("h2")\n',
        '    from importlib.metadata import version\n\n    h2_version = version("h2")\n',
    ),
    # How words are read; trimmed away, since initials are asked of single characters.
    (
        "pypinyin/constants.py",
        "    from pypinyin import phrases_dict\n    PHRASES_DICT = phrases_dict.phrases_dict\n",
        "    PHRASES_DICT = {}\n",
    ),
    # Compiled and never used.
    ("urllib3/util/url.py", '_IPV6_RE = re.compile("^" + _IPV6_PAT + "$")\n', ""),
)


class EditNotFound(RuntimeError):
    """A package no longer has the text that is to be put off."""


def defer(packages: Path) -> None:
    """Change the sources in an installed `packages` folder. Raises EditNotFound."""
    for name, old, new in EDITS:
        file = packages / name
        source = file.read_text(encoding="utf-8")
        if source.count(old) != 1:
            raise EditNotFound(f"{name}: {old.splitlines()[0]}")
        file.write_text(source.replace(old, new), encoding="utf-8")
