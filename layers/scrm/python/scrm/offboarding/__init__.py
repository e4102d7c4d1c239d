"""Offboarding 离职交接: a member is gone, nothing that is theirs is left lying (ADM-05, INH-02, INH-12)."""
