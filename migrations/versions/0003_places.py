"""The regions (GB/T 2260, end of 2024) and parks of the zone."""

from collections.abc import Iterator
from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

CITIES = {
    ("430100", "长沙市", "Changsha"): (
        ("430102", "芙蓉区", "Furong"),
        ("430103", "天心区", "Tianxin"),
        ("430104", "岳麓区", "Yuelu"),
        ("430105", "开福区", "Kaifu"),
        ("430111", "雨花区", "Yuhua, Changsha"),
        ("430112", "望城区", "Wangcheng"),
        ("430121", "长沙县", "Changsha County"),
        ("430181", "浏阳市", "Liuyang"),
        ("430182", "宁乡市", "Ningxiang"),
    ),
    ("430200", "株洲市", "Zhuzhou"): (
        ("430202", "荷塘区", "Hetang"),
        ("430203", "芦淞区", "Lusong"),
        ("430204", "石峰区", "Shifeng"),
        ("430211", "天元区", "Tianyuan"),
        ("430212", "渌口区", "Lukou"),
        ("430223", "攸县", "You County"),
        ("430224", "茶陵县", "Chaling"),
        ("430225", "炎陵县", "Yanling"),
        ("430281", "醴陵市", "Liling"),
    ),
    ("430300", "湘潭市", "Xiangtan"): (
        ("430302", "雨湖区", "Yuhu"),
        ("430304", "岳塘区", "Yuetang"),
        ("430321", "湘潭县", "Xiangtan County"),
        ("430381", "湘乡市", "Xiangxiang"),
        ("430382", "韶山市", "Shaoshan"),
    ),
}
ENDED = (  # old codes still met in data
    ("430122", "望城县", "Wangcheng County", "430100", date(2011, 12, 31), "430112"),
    ("430124", "宁乡县", "Ningxiang County", "430100", date(2017, 12, 31), "430182"),
    ("430221", "株洲县", "Zhuzhou County", "430200", date(2018, 12, 31), "430212"),
)
OUTSIDE = (
    ("430000", "湖南省（长株潭以外）", "Hunan, outside the three cities"),
    ("100000", "外省（自治区、直辖市）", "Other provinces"),
    ("800000", "港澳台", "Hong Kong, Macao and Taiwan"),
    ("900000", "国外", "Abroad"),
)
PARKS = {
    "430100": (
        ("长沙高新区（麓谷）", "Changsha High-tech Zone (Lugu)"),
        ("星沙", "Xingsha"),
        ("浏阳", "Liuyang"),
        ("雨花", "Yuhua"),
        ("宁乡", "Ningxiang"),
        ("金洲", "Jinzhou"),
        ("望城", "Wangcheng"),
        ("暮云", "Muyun"),
        ("天心", "Tianxin"),
        ("隆平", "Longping"),
        ("金霞", "Jinxia"),
        ("临空", "Airport"),
        ("马栏山视频文创产业园", "Malanshan Video Park"),
        ("岳麓山大学科技城", "Yuelushan University Science Park"),
    ),
    "430200": (
        ("株洲高新区（中国动力谷）", "Zhuzhou High-tech Zone (Power Valley)"),
        ("荷塘", "Hetang"),
        ("天元", "Tianyuan"),
        ("醴陵", "Liling"),
        ("茶陵", "Chaling"),
    ),
    "430300": (
        ("湘潭高新区（智造谷）", "Xiangtan High-tech Zone (Smart Valley)"),
        ("九华", "Jiuhua"),
        ("雨湖", "Yuhu"),
        ("岳塘", "Yuetang"),
        ("韶山", "Shaoshan"),
        ("昭山", "Zhaoshan"),
        ("天易", "Tianyi"),
        ("湘乡", "Xiangxiang"),
    ),
}

regions = sa.table(
    "regions",
    sa.column("code", sa.String),
    sa.column("name", sa.String),
    sa.column("name_en", sa.String),
    sa.column("city_code", sa.String),
    sa.column("valid_to", sa.Date),
    sa.column("successor", sa.String),
)
parks = sa.table(
    "parks",
    sa.column("code", sa.String),
    sa.column("name", sa.String),
    sa.column("name_en", sa.String),
    sa.column("city_code", sa.String),
)


def upgrade() -> None:
    """Fill both tables; a park is not a district and carries a code of our own."""
    op.bulk_insert(regions, list(_regions()))
    op.bulk_insert(
        parks,
        [
            {"code": f"P{city}{n:02d}", "name": name, "name_en": name_en, "city_code": city}
            for city, known in PARKS.items()
            for n, (name, name_en) in enumerate(known, start=1)
        ],
    )


def _regions() -> Iterator[dict[str, object]]:
    blank = {"city_code": None, "valid_to": None, "successor": None}
    for code, name, name_en in OUTSIDE:
        yield {**blank, "code": code, "name": name, "name_en": name_en}
    for (city, name, name_en), districts in CITIES.items():
        yield {**blank, "code": city, "name": name, "name_en": name_en, "city_code": city}
        for code, district, district_en in districts:
            row = {"code": code, "name": district, "name_en": district_en, "city_code": city}
            yield {**blank, **row}
    for code, name, name_en, city, last, successor in ENDED:
        row = {"code": code, "name": name, "name_en": name_en, "city_code": city}
        yield {**row, "valid_to": last, "successor": successor}
