"""What people do in their clients and in the console. Each act changes the corp and emits its callbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .events import event_xml
from .model import ACTIVE, ContactWay, Customer, Delivery, OAuthCode, Relation, Staff, WelcomeCode
from .world import fold

if TYPE_CHECKING:
    from .simulator import Simulator

SCANNED, LINK = 1, 16


class UnknownPerson(Exception):
    """An act names somebody or something the corp does not have."""


class People:
    """The acts. They take plain values and return plain data, so that the control API passes them through."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim

    # finding

    def staff(self, userid: str) -> Staff:
        """Return the member, employed or not; raises UnknownPerson."""
        staff = self._sim.world.staff.get(fold(userid))
        if staff is None:
            raise UnknownPerson(f"no member {userid}")
        return staff

    def customer(self, external_userid: str) -> Customer:
        """Return the customer; raises UnknownPerson."""
        customer = self._sim.world.customers.get(external_userid)
        if customer is None:
            raise UnknownPerson(f"no customer {external_userid}")
        return customer

    def relation(self, userid: str, external_userid: str) -> Relation:
        """Return the pair's relation, whatever its state; raises UnknownPerson."""
        relation = self._sim.world.relation(userid, external_userid)
        if relation is None:
            raise UnknownPerson(f"{userid} never had {external_userid}")
        return relation

    # events

    def event(
        self, event: str, fields: dict[str, Any], sender: str = "sys", at: float | None = None
    ) -> list[Delivery]:
        """Emit one event with the corp's envelope."""
        sim = self._sim
        now = sim.clock() if at is None else at
        return sim.callbacks.emit(event, event_xml(sim.world.corp_id, event, now, fields, sender))

    def external_event(
        self, change: str, userid: str, external_userid: str, at: float | None = None, **extra: Any
    ) -> list[Delivery]:
        """Emit a change_external_contact event; extra fields that are empty stay away."""
        before = {"FailReason": extra.pop("FailReason", None)}
        fields = {"ChangeType": change, **before, "UserID": userid, "ExternalUserID": external_userid}
        return self.event("change_external_contact", fields | {k: v or None for k, v in extra.items()}, at=at)

    # customers come

    def new_customer(
        self,
        name: str = "",
        *,
        external_userid: str = "",
        unionid: str = "",
        kind: int = 1,
        gender: int = 0,
        corp_name: str = "",
        position: str = "",
        consent_open: bool = False,
    ) -> Customer:
        """Return the customer with this id or unionid, made if new: a person with a unionid stays one person.

        kind: 1 a WeChat user, 2 another corp's WeCom user.
        """
        sim, world = self._sim, self._sim.world
        with sim.lock:
            known = external_userid or world.by_unionid.get(unionid, "")
            if known in world.customers:
                return world.customers[known]
            number = len(world.customers) + 1
            key = external_userid or sim.ids.external_userid(wecom_user=kind == 2)
            openid = sim.ids.text("openid", "oSm7C", 28)
            if kind == 1 and not unionid:
                unionid = sim.ids.text("unionid", "oSimU", 28)
            customer = Customer(
                key, name or f"客户{number}", kind, gender, f"https://wx.qlogo.cn/mmhead/{key[-12:]}/0"
            )
            customer.unionid, customer.openid = (unionid if kind == 1 else ""), openid
            customer.corp_name, customer.corp_full_name, customer.position = corp_name, corp_name, position
            customer.consent_open = consent_open
            world.customers[key] = customer
            if customer.unionid:
                world.by_unionid[customer.unionid] = key
            sim.dirty = True
            return customer

    def scan(
        self,
        *,
        state: str = "",
        config_id: str = "",
        userid: str = "",
        half: bool = False,
        welcome: bool = True,
        add_way: int = SCANNED,
        **who: Any,
    ) -> dict[str, Any]:
        """Play a customer scanning a code, found by state or config_id, or adding a member named by userid.

        Other arguments are those of new_customer. Two who are friends already stay as they are: no event.
        half: the customer has added the member, who has not added back.
        """
        with self._sim.lock:
            way = self._way(state, config_id)
            customer = self.new_customer(**who)
            staff = self.staff(userid) if userid else self._picked(way)
            channel = way.state if way is not None else ""
            if way is not None:
                way.scans += 1
            return self.add(staff, customer, channel, half=half, welcome=welcome, add_way=add_way)

    def follow_link(self, link_id: str, *, channel: str = "", **who: Any) -> dict[str, Any]:
        """Play a customer adding a member through an acquisition link; `channel` is its customer_channel."""
        with self._sim.lock:
            row = self._sim.world.documents.get("link", {}).get(link_id)
            if row is None:
                raise UnknownPerson(f"no link {link_id}")
            scope = row["fields"].get("range") or {}
            world = self._sim.world
            members = [self.staff(u) for u in scope.get("user_list") or []]
            members += world.members_of(scope.get("department_list") or [])
            gained = row.setdefault("customers", [])
            staff = members[len(gained) % len(members)]
            state = channel.encode()[:64].decode("utf-8", "ignore")
            answer = self.add(staff, self.new_customer(**who), state, half=False, welcome=True, add_way=LINK)
            if answer["added"]:
                ids = {"external_userid": answer["external_userid"], "userid": staff.userid}
                gained.append(ids | {"chat_status": 0, "state": state})
            return answer

    def _way(self, state: str, config_id: str) -> ContactWay | None:
        if not state and not config_id:
            return None
        now = self._sim.clock()
        for way in self._sim.world.contact_ways.values():
            wanted = way.config_id == config_id if config_id else way.state == state
            if wanted and (not way.is_temp or now < way.created_at + way.expires_in):
                return way
        raise UnknownPerson(f"no contact way {config_id or state}")

    def _picked(self, way: ContactWay | None) -> Staff:
        """Return the code's next member in turn; those who left or lost customer contact are passed over."""
        if way is None:
            raise UnknownPerson("state, config_id or userid is needed")
        world = self._sim.world
        rows = {fold(userid): self.staff(userid) for userid in way.user}
        rows |= {fold(row.userid): row for row in world.members_of(way.party)}
        able = [row for row in rows.values() if row.status == ACTIVE and row.customer_contact]
        if not able:
            raise UnknownPerson("nobody behind this code can be added")
        return able[way.scans % len(able)]

    def add(
        self, staff: Staff, customer: Customer, state: str, *, half: bool, welcome: bool, add_way: int
    ) -> dict[str, Any]:
        """Make the two friends and emit the event, with a welcome code where WeCom would give one."""
        sim, world = self._sim, self._sim.world
        answer: dict[str, Any] = {"userid": staff.userid, "external_userid": customer.external_userid}
        old = world.relation(staff.userid, customer.external_userid)
        if old is not None and not old.deleted_by_member and not old.deleted_by_customer and not old.half:
            return answer | {"added": False, "reason": "already friends"}
        relation = self._renewed(old, staff, customer, state, add_way)
        relation.half = half
        code = self._welcome_code(staff, customer, relation) if welcome else ""
        change = "add_half_external_contact" if half else "add_external_contact"
        self.external_event(change, staff.userid, customer.external_userid, State=state, WelcomeCode=code)
        sim.dirty = True
        return answer | {"added": True, "state": state, "welcome_code": code, "change_type": change}

    def _renewed(
        self, old: Relation | None, staff: Staff, customer: Customer, state: str, add_way: int
    ) -> Relation:
        """Return the relation from now on. A member's notes stay unless that member deleted the customer."""
        world, now = self._sim.world, int(self._sim.clock())
        fresh = Relation(staff.userid, customer.external_userid, world.next_seq(), now, add_way)
        fresh.oper_userid, fresh.state, fresh.remark = customer.external_userid, state, customer.name
        if old is not None:
            fresh.chatted, fresh.last_chat_at = old.chatted, old.last_chat_at
            if not old.deleted_by_member:
                fresh.remark, fresh.description = old.remark, old.description
                fresh.remark_mobiles, fresh.tags = list(old.remark_mobiles), list(old.tags)
                fresh.personal_tags, fresh.welcomed = list(old.personal_tags), old.half and old.welcomed
        return world.add_relation(fresh)

    def _welcome_code(self, staff: Staff, customer: Customer, relation: Relation) -> str:
        """Return a new code, or nothing where WeCom gives none (documentation 92277)."""
        if relation.chatted or relation.welcomed or customer.type != 1 or staff.native_welcome:
            return ""
        if customer.consent_open:
            return ""
        sim = self._sim
        code = sim.ids.text("welcome", "", 43)
        sim.world.welcome_codes[code] = WelcomeCode(code, sim.clock(), staff.userid, customer.external_userid)
        self._forget_codes()
        return code

    def _forget_codes(self) -> None:
        codes, now = self._sim.world.welcome_codes, self._sim.clock()
        if len(codes) % 1_000 == 0:
            for text in [text for text, code in codes.items() if now > code.made_at + 86_400]:
                del codes[text]

    def accept(self, *, userid: str, external_userid: str) -> dict[str, Any]:
        """Play the member adding a half contact back; the code of the half event may be used up by then."""
        with self._sim.lock:
            relation, customer = self.relation(userid, external_userid), self.customer(external_userid)
            if not relation.half:
                return {"added": False, "reason": "not half"}
            relation.half = False
            code = self._welcome_code(self.staff(userid), customer, relation)
            self.external_event(
                "add_external_contact",
                relation.userid,
                external_userid,
                State=relation.state,
                WelcomeCode=code,
            )
            self._sim.dirty = True
            return {"added": True, "welcome_code": code}

    def consent(self, *, userid: str, external_userid: str) -> dict[str, Any]:
        """Play the customer agreeing to the archive; the welcome code comes with this event."""
        with self._sim.lock:
            customer, relation = self.customer(external_userid), self.relation(userid, external_userid)
            customer.consent_open = False
            code = self._welcome_code(self.staff(userid), customer, relation)
            self.external_event("msg_audit_approved", relation.userid, external_userid, WelcomeCode=code)
            self._sim.dirty = True
            return {"welcome_code": code}

    def login(
        self, *, userid: str = "", external_userid: str = "", openid: str = "", private_info: bool = False
    ) -> dict[str, Any]:
        """Return an OAuth code for a member, a customer or a stranger."""
        sim = self._sim
        with sim.lock:
            member = self.staff(userid).userid if userid else ""
            if external_userid:
                openid = self.customer(external_userid).openid
            code = sim.ids.text("code", "", 43)
            stranger = "" if userid else openid or sim.ids.text("openid", "oSm7C", 28)
            row = OAuthCode(code, sim.clock(), member, external_userid, stranger, private_info)
            sim.world.oauth_codes[code] = row
            sim.dirty = True
            return {"code": code, "userid": member, "openid": stranger}
