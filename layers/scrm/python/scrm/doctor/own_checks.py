"""Is our own house in order: session keys, queues, dead letters."""

import json
from typing import Any

from botocore.exceptions import ClientError

from scrm import aws
from scrm.config import optional
from scrm.doctor.model import Verdict, fail, ok, skip, warn
from scrm.secret_store import SecretMissing, secret

QUEUES = {
    "CUSTOMER_EVENTS_URL": "CustomerEvents",
    "CORP_EVENTS_URL": "CorpEvents",
    "NOTIFICATIONS_URL": "Notifications",
    "SYNC_PAGES_URL": "SyncPages",
    "CARD_REFRESHES_URL": "CardRefreshes",
    "JOBS_URL": "Jobs",
    "LEAD_INTAKE_URL": "LeadIntake",
    "SOP_STEPS_URL": "SopSteps",
    "INHERITANCE_BATCHES_URL": "InheritanceBatches",
    "OUTGOING_EVENTS_URL": "OutgoingEvents",
}
DEAD_QUEUES = {
    "CUSTOMER_EVENTS_DEAD_URL": "CustomerEvents",
    "CORP_EVENTS_DEAD_URL": "CorpEvents",
    "NOTIFICATIONS_DEAD_URL": "Notifications",
    "SYNC_PAGES_DEAD_URL": "SyncPages",
    "CARD_REFRESHES_DEAD_URL": "CardRefreshes",
    "JOBS_DEAD_URL": "Jobs",
    "LEAD_INTAKE_DEAD_URL": "LeadIntake",
    "SOP_STEPS_DEAD_URL": "SopSteps",
    "INHERITANCE_BATCHES_DEAD_URL": "InheritanceBatches",
    "OUTGOING_EVENTS_DEAD_URL": "OutgoingEvents",
    "REACT_TO_CHANGES_DEAD_URL": "ReactToChanges",
    "REFRESH_CARDS_DEAD_URL": "RefreshCards",
    "SCHEDULES_DEAD_URL": "Schedules",
}
LONG_QUEUE = 1000
_SHORTEST_KEY = 16


def session_keys() -> Verdict:
    """Whether sessions can be signed."""
    fix = '请写入参数 session/keys，例如 ["至少 32 位的随机字符串"]，最新的在最前'
    try:
        keys = json.loads(secret("session/keys"))
    except SecretMissing:
        return fail("还没有配置登录会话的密钥", fix)
    except ValueError:
        return fail("参数 session/keys 的格式不正确", fix)
    if not isinstance(keys, list) or not keys or not all(isinstance(each, str) for each in keys):
        return fail("参数 session/keys 的格式不正确", fix)
    if min(len(each) for each in keys) < _SHORTEST_KEY:
        return warn("登录会话的密钥过短", fix)
    return ok("登录会话的密钥已配置", keys=len(keys))


def queues() -> Verdict:
    """Whether messages pile up."""
    depths = _depths(QUEUES)
    if depths is None:
        return skip("没有查看队列的权限", "请更新部署，使管理接口可以读取队列长度")
    if long := {name: depth for name, depth in depths.items() if depth > LONG_QUEUE}:
        fix = "请查看对应函数的日志和并发；积压会自动消化，不会丢失"
        return warn(f"{len(long)} 个队列积压", fix, **long)
    return ok("队列没有积压", **depths)


def dead_letters() -> Verdict:
    """Whether messages were given up."""
    depths = _depths(DEAD_QUEUES)
    if not depths:
        return skip("没有查看死信队列的权限", "请更新部署，使管理接口可以读取死信队列")
    if stuck := {name: depth for name, depth in depths.items() if depth}:
        fix = "请查看原因，修复后执行函数 redrive_dead_letters 重新投递"
        return fail(f"{sum(stuck.values())} 条消息处理失败，停在死信队列", fix, **stuck)
    return ok("没有处理失败的消息")


def _depths(named: dict[str, str]) -> dict[str, int] | None:
    """Return how many messages wait in each queue we know of; None when we may not ask."""
    found: dict[str, int] = {}
    for setting, name in named.items():
        url = optional(setting)
        if url is None:
            continue
        try:
            found[name] = _depth(url)
        except ClientError as error:
            if "AccessDenied" in str(error.response.get("Error", {}).get("Code", "")):
                return None
            raise
    return found


def _depth(url: str) -> int:
    answer: dict[str, Any] = aws.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])
