"""Groups follow WeCom's callbacks, lost, late or repeated as they may be (SVC-13)."""

from itertools import permutations
from typing import Any

from scrm.customers.dynamodb import Customers
from scrm.groups import dynamodb as stored
from tests.component.groups.groups_world import Groups
from tests.faults.crashing import Killer


def counted(chat_id: str) -> tuple[int, str]:
    group = stored.group(chat_id)
    assert group
    return group.member_count, group.status


def test_svc_13_create_add_member_del_member_dismiss(world: Groups) -> None:
    one, two = world.friend("小雨"), world.friend("小雪")
    chat = world.founded("zhangsan", one)
    seen = []
    for act in (None, ("joined", {"members": [two]}), ("left", {"members": [one]}), ("dismissed", {})):
        if act:
            world.act(act[0], chat_id=chat, **act[1])
        world.arrive()
        seen.append(counted(chat))

    assert seen == [(3, "active"), (4, "active"), (3, "active"), (3, "dismissed")]
    assert len(world.calls("get")) == 1, "changes of members are applied to the version they name"
    assert stored.groups_of("LISI")[0].status == "dismissed"
    assert stored.groups_of_contacts([one, two]) == {}


def test_who_is_in_a_group_is_found_from_the_contact(world: Groups) -> None:
    one, two = world.friend("小雨"), world.friend("小雪")
    first, second = world.founded(one), world.founded(one, two, name="二群")
    world.arrive()
    both = tuple(sorted((first, second)))
    assert stored.groups_of_contacts([one, two, "wmNobody"]) == {one: both, two: (second,)}

    world.act("left", chat_id=second, members=[one])
    world.arrive()

    assert stored.groups_of_contacts([one, two]) == {one: (first,), two: (second,)}


def test_owner_and_name_are_read_again(world: Groups) -> None:
    chat = world.founded()
    world.arrive()
    world.act("changed", chat_id=chat, name="毕业群", notice="周五停课", owner="zhangsan")
    world.arrive()

    group = stored.group(chat)
    assert group
    assert (group.name, group.notice, group.owner) == ("毕业群", "周五停课", "zhangsan")
    assert stored.groups_of("lisi") == []
    assert [each.chat_id for each in stored.groups_of("zhangsan")] == [chat]


def test_callbacks_in_any_order_and_twice_end_alike(world: Groups) -> None:
    people = [world.friend(name) for name in ("一", "二", "三")]
    for order in permutations(range(4)):
        chat = world.founded(people[0])
        world.act("joined", chat_id=chat, members=people[1:])
        world.act("left", chat_id=chat, members=[people[0]])
        world.act("changed", chat_id=chat, name="毕业群")
        sealed = world.bundle.callbacks()
        world.deliver(*(sealed[each] for each in order), sealed[order[0]])

        group = stored.group(chat)
        assert group
        assert (group.name, group.outside) == ("毕业群", frozenset(people[1:])), order
        assert group.member_version == world.bundle.wecom.world.chats[chat].member_version
    assert stored.groups_of_contacts(people[:1]) == {}
    assert len(stored.groups_of_contacts(people[1:])[people[1]]) == 24


def test_a_lost_callback_is_read_from_wecom(world: Groups) -> None:
    one, two = world.friend("小雨"), world.friend("小雪")
    chat = world.founded(one)
    world.arrive()
    world.act("joined", chat_id=chat, members=[two])
    world.bundle.callbacks()
    world.act("left", chat_id=chat, members=[one])
    world.arrive()

    assert counted(chat) == (2, "active")
    assert stored.groups_of_contacts([one, two]) == {two: (chat,)}


def test_killed_at_any_step_and_delivered_again_a_group_ends_alike(world: Groups) -> None:
    one, two = world.friend("小雨"), world.friend("小雪")

    def lived(die_at: int) -> tuple[int, bool, Any]:
        """Let a group's life arrive, killed once; return the steps it took, whether it died, what is left."""
        chat = world.founded(one)
        world.act("changed", chat_id=chat, owner="zhangsan")
        world.act("left", chat_id=chat, members=[one])
        world.act("joined", chat_id=chat, members=[two])
        killer = Killer(at=die_at)
        with killer.loose_in(world.bundle):
            world.arrive()
        group = stored.group(chat)
        assert group
        mine = [each.member_count for each in stored.groups_of("zhangsan") if each.chat_id == chat]
        found = stored.groups_of_contacts([one, two])
        places = {who: chat in found.get(who, ()) for who in (one, two)}
        others = [each.chat_id for each in stored.groups_of("lisi")]
        left = (group.member_count, group.owner, group.owed, group.lists, mine, list(places.values()), others)
        return killer.steps, bool(killer.fatal), left

    steps, _, undisturbed = lived(0)
    assert undisturbed == (2, "zhangsan", (), (), [2], [False, True], [])
    for step in range(1, steps + 1):
        _, died, left = lived(step)
        assert (died, left) == (True, undisturbed), step


def test_an_erasure_puts_nobody_in_the_persons_place_and_no_sync_brings_them_back(world: Groups) -> None:
    one, two = world.friend("小雨"), world.friend("小雪")
    chat = world.founded(one, two)
    world.arrive()
    customer_id = Customers().contacts([one])[one].customer_id
    copy = world.ask("POST", f"/admin/customers/{customer_id}:export", {"reason": "本人要求"})
    assert chat in copy.text
    assert two not in copy.text, "who else is in the group is nothing of theirs"

    world.done("POST", f"/admin/customers/{customer_id}:erase", {"reason": "本人要求", "confirm": "永久删除"})
    world.bundle.time.seconds += 60
    world.bundle.settle()
    assert (counted(chat), stored.groups_of_contacts([one, two])) == ((3, "active"), {two: (chat,)})
    assert one not in str(world.bundle.rows("GROUP#")) + str(world.bundle.rows("INGROUP#"))

    world.done("POST", "/admin/groups:sync")
    assert (counted(chat), stored.groups_of_contacts([one, two])) == ((3, "active"), {two: (chat,)})
    assert one not in str(world.bundle.rows("GROUP#"))


def test_a_person_who_was_erased_is_nobody_in_a_group(world: Groups) -> None:
    from scrm.privacy.receipts_dynamodb import keep

    one = world.friend("小雨")
    chat = world.founded(one)
    world.bundle.time.seconds += 5
    keep([("external_userid", one)], world.bundle.time.now(), "er1")
    world.arrive()

    assert counted(chat) == (2, "active")
    assert one not in str(world.bundle.rows("GROUP#"))
    assert stored.groups_of_contacts([one]) == {}
