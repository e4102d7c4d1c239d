"""/admin/sop-templates: the ready-made SOPs (SOP-09)."""

from scrm.admin.rights import SEE_SOPS
from scrm.http.routing import Api, Request
from scrm.sops.console_models import SopTemplateOut, SopTemplatesOut
from scrm.sops.presets import TEMPLATES, Template
from scrm.sops.views import definition_out


def declare(api: Api) -> None:
    """Add the route."""
    api.route("GET", "/admin/sop-templates", roles=SEE_SOPS, scope="corp", answers=SopTemplatesOut)(templates)


def templates(_: Request) -> SopTemplatesOut:
    """The templates 新客培育, 复购, 沉默激活, 公海培育; POST /admin/sops makes a draft of one."""
    return SopTemplatesOut(items=[_shown(each) for each in TEMPLATES.values()])


def _shown(template: Template) -> SopTemplateOut:
    contents = {key: {"parts": parts, "revision": 0} for key, parts in template.parts.items()}
    return SopTemplateOut(
        template=template.key,  # type: ignore[arg-type]  # a key of TEMPLATES
        title=template.title,
        name=template.version.name,
        description=template.description,
        definition=definition_out(template.version, contents, "draft", written=True),
    )
