"""The organisation that a fresh simulator holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .model import App, Department, Receiver, Staff
from .world import fold

if TYPE_CHECKING:
    from .simulator import Simulator

DEPARTMENTS = (
    Department(1, "总部", 0, 100),
    Department(2, "销售一部", 1, 90),
    Department(3, "销售二部", 1, 80),
    Department(4, "客服部", 1, 70),
    Department(5, "运营部", 1, 60),
)

_PEOPLE: tuple[tuple[str, str, tuple[int, ...], tuple[int, ...], str], ...] = (
    ("linjie", "林杰", (1,), (1,), "总经理"),
    ("admin", "运营管理员", (5,), (1,), "运营经理"),
    ("zhangsan", "张三", (2,), (1,), "销售主管"),
    ("lisi", "李四", (2,), (0,), "销售顾问"),
    ("wangwu", "王五", (2,), (0,), "销售顾问"),
    ("LiuYang", "刘洋", (3, 4), (1, 0), "销售主管"),
    ("ChenMei", "陈梅", (3,), (0,), "销售顾问"),
    ("zhaoliu", "赵六", (3,), (0,), "销售顾问"),
    ("sunqi", "孙琪", (4,), (1,), "客服主管"),
    ("zhouba", "周八", (4,), (0,), "客服专员"),
    ("wujiu", "吴九", (5,), (0,), "内容运营"),
    ("zhengshi", "郑石", (1,), (0,), "财务"),
)
"""userid, name, departments, leader flags, position. `zhengshi` alone has no customer contact."""

_LEADERS = {1: "linjie", 2: "zhangsan", 3: "LiuYang", 4: "sunqi", 5: "admin"}


def seeded_staff() -> list[Staff]:
    """Return the members of a fresh corp; leaders report to the general manager, others to their leader."""
    rows = []
    for userid, name, departments, leads, position in _PEOPLE:
        boss = _LEADERS[departments[0]]
        leader = "linjie" if boss == userid else boss
        rows.append(
            Staff(
                userid=userid,
                name=name,
                department=list(departments),
                is_leader_in_dept=list(leads),
                direct_leader=[] if leader == userid else [leader],
                main_department=departments[0],
                position=position,
                external_position=position,
                customer_contact=userid != "zhengshi",
            )
        )
    return rows


def fresh_world(sim: Simulator) -> None:
    """Fill what is missing: the organisation of a new world, and the credentials given at this start."""
    world = sim.world
    corp_id, agent_id, secret, contacts_secret = sim.credentials
    world.corp_id = corp_id
    if not world.departments:
        world.departments = {row.id: Department(**vars(row)) for row in DEPARTMENTS}
        world.staff = {fold(row.userid): row for row in seeded_staff()}
    for agent, text in ((agent_id, secret), (0, contacts_secret)):
        app = world.apps.setdefault(agent, App(agent, text, contacts_sync=agent == 0))
        app.secret = text
    token, aes_key, url = sim.app_receiver
    world.receivers["app"] = Receiver("app", token, aes_key, url, str(agent_id))
