from tests.component.identities.conftest import admin, corp, member, wecom

__all__ = ["admin", "corp", "member", "wecom"]
