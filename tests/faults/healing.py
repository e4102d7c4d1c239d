"""R13: callbacks that are lost for good; the nightly reconciliation restores all and invents no churn."""

from __future__ import annotations

import random

from tests.bench.bars import Options, Result, exactly, progress
from tests.bench.scenarios import with_channel
from tests.doubles.bundle import Bundle

LOST = 0.05


def healed(options: Options) -> list[Result]:
    """R13: 5 % of the callbacks never arrive; one night later every customer is there, none churned."""
    missing: list[str] = []
    churned: list[str] = []
    changed: list[str] = []
    dropped = total = 0
    for seed in options.seeds:
        dice, bundle = random.Random(seed), Bundle(seed=str(seed))
        with bundle.running("fast"):
            customers = options.scaled(1_000)
            state = with_channel(bundle, members=("zhangsan", "lisi"))
            for number in range(customers):
                bundle.wecom.people.scan(userid=("zhangsan", "lisi")[number % 2], state=state)
                bundle.time.sleep(1)
            for sealed in bundle.callbacks():
                if dice.random() < LOST:
                    dropped += 1
                else:
                    bundle.post(sealed)
            bundle.settle()
            _night(bundle)
            wrong = _compared(bundle)
            missing += wrong[0]
            churned += wrong[1]
            before = bundle.rows("CONTACT#")
            _night(bundle)
            changed += [row["PK"] for row in bundle.rows("CONTACT#") if row not in before]
            total += customers
        progress(f"R13 seed {seed}: {dropped} lost so far, {len(missing)} not restored")
    return [
        exactly("R13", "lost_callbacks_not_restored", len(missing), 0, f" of {dropped}", seen=missing[:5]),
        exactly("R13", "churn_invented", len(churned), 0, f" of {total:,}", seen=churned[:5]),
        exactly("R13", "changed_by_a_second_night", len(changed), 0, f" of {total:,}", seen=changed[:5]),
    ]


def _night(bundle: Bundle) -> None:
    bundle.time.sleep(86_400)
    bundle.invoke("reconcile_customers", {"time": bundle.time.now().isoformat()})
    bundle.settle()


def _compared(bundle: Bundle) -> tuple[list[str], list[str]]:
    """Return (relations WeCom has and we do not, relations we call ended and WeCom does not)."""
    ours = {
        (row["PK"], row["SK"]): row for row in bundle.rows("CONTACT#") if row["SK"].startswith("RELATION#")
    }
    missing, churned = [], []
    for relation in bundle.wecom.world.relations.values():
        row = ours.get((f"CONTACT#{relation.external_userid}", f"RELATION#{relation.userid.lower()}"))
        if row is None:
            missing.append(relation.external_userid)
        elif row["status"] != "active":
            churned.append(relation.external_userid)
    return missing, churned
