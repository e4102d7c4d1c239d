"""Claims from a pool: L13, L14, L15 over the table."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def the_pool(*userids: str, **caps: Any) -> Any:
    """Return a pool of the members."""
    from scrm.leads.policy import Member, Pool

    return Pool("P", "公海", tuple(map(Member, userids)), **caps)


def pooled(lead_id: str, **changes: Any) -> None:
    """Store a lead that waits in the pool."""
    from scrm.leads import dynamodb as stored
    from scrm.leads.model import Lead

    new = Lead(lead_id, "POOLED", "website", pool_id="P", created_at=NOW)
    stored.create(replace(new, **changes), {}, None)


def claimed(lead_id: str, pool: Any, userid: str, now: datetime = NOW) -> int | str:
    """Claim a lead; return 200 or why not."""
    from scrm.leads.claiming import ClaimRefused, claim
    from scrm.leads.dynamodb import LeadChanged

    try:
        claim(lead_id, pool, userid, now)
    except ClaimRefused as refused:
        return refused.why
    except LeadChanged:
        return "changed"
    return 200


def test_l13_of_fifty_parallel_claims_one_wins(tables: Any) -> None:
    from scrm.leads import dynamodb as stored
    from scrm.leads.loads_dynamodb import loads

    names = [f"u{number}" for number in range(50)]
    pool = the_pool(*names)
    pooled("L")

    with ThreadPoolExecutor(10) as several:
        answers = list(several.map(lambda name: claimed("L", pool, name), names))

    assert answers.count(200) == 1
    lead = stored.lead("L")
    assert lead is not None
    assert lead.owner == names[answers.index(200)]
    assert lead.epoch == 1
    assert {name: each.open for name, each in loads().items()} == {lead.owner: 1}


def test_l14_the_cap_of_the_day_is_asked_before_that_of_what_is_held(tables: Any) -> None:
    from scrm.leads import dynamodb as stored
    from scrm.leads.loads import Load, released
    from scrm.leads.loads_dynamodb import LoadRow, load_of

    pool = the_pool("U1", claim_daily_cap=3, hold_cap=5)
    LoadRow("LOADS", "u1", open=3, version=1).save()
    for number in range(5):
        pooled(f"L{number}")

    assert [claimed(f"L{number}", pool, "U1") for number in range(3)] == [200, 200, "hold_cap"]
    had = load_of("U1")
    LoadRow("LOADS", "u1", **{**_plain(released(had)), "version": had.version + 1}).save()
    assert claimed("L3", pool, "U1") == 200
    assert claimed("L4", pool, "U1") == "daily_cap"
    assert isinstance(had, Load)
    assert stored.lead("L4").owner == ""  # type: ignore[union-attr]  # it was stored


def test_l15_an_ex_owner_waits_for_the_cooldown(tables: Any) -> None:
    from scrm.leads.model import Cooldown

    pool = the_pool("U1", "U2")
    recycled = NOW
    cooldown = (Cooldown("U1", recycled + timedelta(hours=24)),)
    pooled("L1", cooldowns=cooldown)
    pooled("L2", cooldowns=cooldown)

    assert claimed("L1", pool, "U1", recycled + timedelta(hours=5)) == "cooldown"
    assert claimed("L1", pool, "U2", recycled + timedelta(hours=5)) == 200
    assert claimed("L2", pool, "U1", recycled + timedelta(hours=24)) == 200


def test_who_is_no_member_of_the_pool_may_not_claim(tables: Any) -> None:
    pooled("L")

    assert claimed("L", the_pool("U1"), "U2") == "not_a_member"


def _plain(load: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(load).items() if name not in {"userid", "last_assigned_at"}}
