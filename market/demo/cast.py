"""Who lives in the demo world: invented people, parties, venues and registries.

Any likeness to a real institution, firm or person is chance.
"""

from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256

from market.demo.numbers import credit_code, wrong_credit_code
from market.kernel.authority import Role, Seat
from market.parties.rules import (
    PartyFacts,
    PartyKind,
    PartyNature,
    SellerClass,
)
from market.places.rules import VenueKind

HOST = "demo.example"
SELLS, BUYS = frozenset({Role.RESEARCHER}), frozenset({Role.COMPANY})
BOTH = SELLS | BUYS


@dataclass(frozen=True)
class Person:
    """Somebody who signs in as ``key@demo.example``; ``office`` is a registrar's registry."""

    key: str
    name: str
    roles: frozenset[Role]
    language: str = "zh_Hans"
    office: str | None = None


def app_secret(person: Person) -> str:
    """The secret in somebody's authenticator app: known to everybody, like the password."""
    return b32encode(sha256(f"demo {person.key}".encode()).digest()[:20]).decode()


def _staff(key: str, name: str, role: Role, office: str | None = None) -> Person:
    return Person(key, name, frozenset({role}), office=office)


ADMINISTRATOR = _staff("administrator", "段执中", Role.ADMINISTRATOR)
SECOND = _staff("administrator2", "苗守正", Role.ADMINISTRATOR)
"""What takes two persons: one proposes, the other confirms."""
STAFF = (
    _staff("operator", "夏清和", Role.OPERATOR),
    _staff("operator2", "骆知遇", Role.OPERATOR),
    _staff("director", "林观澜", Role.DIRECTOR),
    _staff("auditor", "方正言", Role.AUDITOR),
    _staff("registrar1", "严慎初", Role.REGISTRAR, "430100"),
    _staff("registrar2", "柳复核", Role.REGISTRAR, "430100"),
    _staff("registrar3", "戴石峰", Role.REGISTRAR, "430200"),
    _staff("registrar4", "蒋天元", Role.REGISTRAR, "430200"),
    _staff("registrar5", "龚雨湖", Role.REGISTRAR, "430300"),
    _staff("registrar6", "阳岳塘", Role.REGISTRAR, "430300"),
)
PEOPLE = (
    Person("researcher", "许鸣谦", BOTH),
    Person("university", "谭青岚", SELLS),
    Person("company", "唐云岫", BUYS),
    Person("broker", "邹守中", frozenset({Role.BROKER})),
    Person("institute", "周砚秋", SELLS),
    Person("crops", "文牧云", SELLS),
    Person("state", "向建野", BOTH),
    Person("sound", "Aria Lan", BOTH, "en"),
    Person("seed", "田穗", BOTH),
    Person("rail", "彭定衡", BOTH),
    Person("engine", "沈翎", BOTH),
    Person("storage", "郭澜", BOTH),
    Person("maker", "贺知遥", SELLS),
    Person("embroidery", "龙小满", SELLS),
    Person("wind", "欧阳驭", BUYS),
    Person("water", "罗昭", BUYS),
    Person("farm", "刘君泽", BUYS),
    Person("power", "陈海岬", BUYS),
    Person("nordlys", "Ingrid Solheim", BUYS, "en"),
    Person("office", "孟转之", SELLS),
    Person("editor", "柏舟", BOTH),
)


@dataclass(frozen=True)
class Member:
    """A party and the person who founded it and signs for it."""

    key: str
    founder: str
    facts: PartyFacts


def _party(
    key: str,
    founder: str,
    name: str,
    name_en: str,
    seller_class: SellerClass,
    nature: PartyNature,
    region: str,
    park: str | None,
    uscc: str | None,
    address: str,
    representative: str,
) -> Member:
    person = seller_class is SellerClass.PERSON
    facts = PartyFacts(
        kind=PartyKind.PERSON if person else PartyKind.ORGANISATION,
        name=name,
        name_en=name_en,
        seller_class=seller_class,
        nature=nature,
        region_code=region,
        park_code=park,
        uscc=uscc,
        uscc_check_ok=key not in DOUBTFUL,
        address=address,
        representative=representative,
        contact=representative,
        phone="0731-5555 0100",
    )
    return Member(key, founder, facts)


def _firm(
    key: str,
    founder: str,
    name: str,
    name_en: str,
    region: str,
    park: str | None,
    serial: int,
    address: str,
    representative: str,
    nature: PartyNature = PartyNature.LIMITED,
) -> Member:
    code = wrong_credit_code if key in DOUBTFUL else credit_code
    return _party(
        key,
        founder,
        name,
        name_en,
        SellerClass.PRIVATE_FIRM,
        nature,
        region,
        park,
        code("91", region, serial),
        address,
        representative,
    )


DOUBTFUL = frozenset({"porcelain", "leather"})
"""Parties whose credit code fails its check; the operator has confirmed the first (IDN-08)."""

_STATE, _OWNED = SellerClass.STATE_INSTITUTE, SellerClass.STATE_ENTERPRISE
_NATURAL = PartyNature.NATURAL_PERSON
PARTIES = (
    _party("university", "university", "湘岳理工大学", "Xiangyue University of Technology",
           _STATE, PartyNature.UNIVERSITY, "430104", "P43010014",
           credit_code("12", "430000", 101), "长沙市岳麓区青枫路8号", "谭青岚"),
    _party("institute", "institute", "渌江轨道交通研究院", "Lujiang Institute of Rail Transit",
           _STATE, PartyNature.INSTITUTE, "430204", "P43020001",
           credit_code("12", "430200", 102), "株洲市石峰区枕木路21号", "周砚秋"),
    _party("crops", "crops", "莲溪作物科学研究所", "Lianxi Institute of Crop Science",
           _STATE, PartyNature.INSTITUTE, "430302", "P43030003",
           credit_code("12", "430300", 103), "湘潭市雨湖区稻香巷3号", "文牧云"),
    _party("state", "state", "湘楚重装集团有限公司", "Xiangchu Heavy Equipment Group",
           _OWNED, PartyNature.STATE_OWNED, "430121", "P43010002",
           credit_code("91", "430121", 104), "长沙县星沙街道铆工路66号", "向建野"),
    _party("maker", "maker", "贺知遥", "He Zhiyao", SellerClass.PERSON, _NATURAL,
           "430111", None, None, "长沙市雨花区木兰里5栋", ""),
    _party("embroidery", "embroidery", "龙小满", "Long Xiaoman", SellerClass.PERSON, _NATURAL,
           "430105", None, None, "长沙市开福区绣球巷12号", ""),
    _firm("materials", "researcher", "长沙麓鸣新材料有限公司", "Luming New Materials",
          "430104", "P43010001", 111, "长沙市岳麓区麓鸣路18号", "许鸣谦"),
    _firm("sound", "sound", "长沙星澜声像科技有限公司", "Xinglan Sound & Vision",
          "430105", "P43010013", 112, "长沙市开福区鸭子铺路9号", "Aria Lan"),
    _firm("seed", "seed", "长沙穗岚种业科技有限公司", "Suilan Seed Technology",
          "430102", "P43010010", 113, "长沙市芙蓉区谷雨路2号", "田穗"),
    _firm("rail", "rail", "株洲衡轨电气有限公司", "Henggui Rail Electric",
          "430204", "P43020001", 114, "株洲市石峰区受流路7号", "彭定衡"),
    _firm("engine", "engine", "株洲翎跃航空动力技术有限公司", "Lingyue Aero Engines",
          "430203", "P43020003", 115, "株洲市芦淞区涡轮路15号", "沈翎"),
    _firm("storage", "storage", "湘潭澜电储能科技有限公司", "Landian Energy Storage",
          "430302", "P43030002", 116, "湘潭市雨湖区蓄能路30号", "郭澜"),
    _firm("machines", "storage", "湘潭涟石智造装备有限公司", "Lianshi Smart Machines",
          "430304", "P43030001", 117, "湘潭市岳塘区锻工路4号", "郭澜"),
    _firm("builder", "company", "长沙云岫工程机械有限公司", "Yunxiu Construction Machinery",
          "430121", "P43010002", 121, "长沙县星沙街道臂架路1号", "唐云岫", PartyNature.SHARES),
    _firm("wind", "wind", "株洲驭穹新能源装备有限公司", "Yuqiong Wind Equipment",
          "430211", "P43020003", 122, "株洲市天元区桨叶路6号", "欧阳驭"),
    _firm("water", "water", "湘潭昭澄环保工程有限公司", "Zhaocheng Environmental Works",
          "430304", "P43030006", 123, "湘潭市岳塘区清源路11号", "罗昭"),
    _firm("farm", "farm", "岳阳君泽农业发展有限公司", "Junze Farming",
          "430000", None, 124, "岳阳市君泽镇堤垸路1号", "刘君泽", PartyNature.PRIVATE),
    _firm("power", "power", "深圳海岬微电源有限公司", "Haijia Micropower",
          "100000", None, 125, "深圳市岬湾路88号", "陈海岬"),
    _firm("nordlys", "nordlys", "上海诺岚轨道部件有限公司",
          "Nordlys Rail Components (Shanghai) Co., Ltd.",
          "100000", None, 126, "上海市诺岚路200号", "Ingrid Solheim", PartyNature.FOREIGN),
    _firm("porcelain", "power", "醴陵瓷语电子材料有限公司", "Ciyu Electronic Ceramics",
          "430281", "P43020004", 127, "醴陵市窑火路9号", "陈海岬"),
    _firm("leather", "water", "湘乡东穹皮革新工艺有限公司", "Dongqiong Leather Works",
          "430381", "P43030008", 128, "湘乡市鞣工路2号", "罗昭", PartyNature.PRIVATE),
)  # fmt: skip

SEATS = (  # who, in which party, with which seat
    ("office", "university", Seat.TRANSFER_OFFICE),
    ("editor", "materials", Seat.EDITOR),
)
AUTHORITY = "湘岳理工授〔2025〕3号"
VERIFIED = ("university", "institute", "state", "materials", "rail", "builder", "wind", "maker")
"""Parties whose papers the operator has seen."""
SHOWN, CHEAT = "seed", "leather"
"""A party whose papers wait to be seen, and one that is suspended, with the reason below."""
CHEAT_WHY = "统一社会信用代码与营业执照不符，且逾期未补正。"
TIES = (  # holder, held, share in basis points, or control
    ("state", "builder", None),
    ("storage", "machines", 5_100),
    ("builder", "wind", 2_600),
)

NAMES = {member.key: member.facts.name for member in PARTIES}

MARKET = "长株潭技术交易市场（演示）"
VENUES = (  # kind, name, region, name of the node above
    (VenueKind.MARKET, MARKET, "430000", None),
    (VenueKind.SUB_MARKET, "长沙分市场（演示）", "430100", MARKET),
    (VenueKind.SUB_MARKET, "株洲分市场（演示）", "430200", MARKET),
    (VenueKind.SUB_MARKET, "湘潭分市场（演示）", "430300", MARKET),
    (VenueKind.WORKSTATION, "岳麓工作站（演示）", "430104", "长沙分市场（演示）"),
    (VenueKind.WORKSTATION, "星沙工作站（演示）", "430121", "长沙分市场（演示）"),
    (VenueKind.WORKSTATION, "石峰工作站（演示）", "430204", "株洲分市场（演示）"),
    (VenueKind.WORKSTATION, "天元工作站（演示）", "430211", "株洲分市场（演示）"),
    (VenueKind.WORKSTATION, "岳塘工作站（演示）", "430304", "湘潭分市场（演示）"),
)
OFFICES = (  # code, which is also the city that it serves; name; authority
    ("430100", "长沙技术合同登记处（演示）", "科技主管部门（演示）"),
    ("430200", "株洲技术合同登记处（演示）", "科技主管部门（演示）"),
    ("430300", "湘潭技术合同登记处（演示）", "科技主管部门（演示）"),
)
