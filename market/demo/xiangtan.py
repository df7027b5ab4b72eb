"""Xiangtan's results and contracts: energy storage, smart machines, crops."""

from market.contracts.terms import DeductionKind, IpKind, Kind, Objective, Payment
from market.demo.plots import End, Fate, Result, Talk, Work
from market.listings.sheet import (
    EncumbranceFacts,
    EncumbranceKind,
    Funding,
    KeyField,
    LicenceType,
    Maturity,
    RightKind,
    TechnologyField,
    Way,
)

INVENTION, UTILITY, DESIGN = RightKind.INVENTION, RightKind.UTILITY_MODEL, RightKind.DESIGN
LICENSE = Way.LICENSE

RESULTS = (
    Result(
        "storage", 36, "全钒液流电池双极板及其一体化成型方法",
        "石墨复合双极板与密封框一体成型，面电阻降低两成，电堆组装时间减半。",
        TechnologyField.ENERGY, 280, ("郭澜", "曾蓄能"), ((INVENTION, 2021), (INVENTION, 2022)),
        key_field=KeyField.ENERGY, ipc="H01M 8/02", keywords="液流电池；长时储能", valued=300,
        talks=(Talk("wind", "b200 s265 b240 s=", End.PASSED),),
    ),
    Result(
        "storage", 169, "锰酸锂动力电池材料表面包覆技术",
        "快离子导体包覆，五十五摄氏度循环一千次容量保持率百分之八十，适用于两轮车电池。",
        TechnologyField.MATERIALS, 96, ("曾蓄能",), ((INVENTION, 2020),), LICENSE,
        LicenceType.ORDINARY, 1, key_field=KeyField.MATERIALS, maturity=Maturity.PRODUCTION,
        talks=(Talk("power", "b80 s92 b88 s=", End.REGISTERED),),
    ),
    Result(
        "storage", 55, "Second-life battery screening in 90 seconds",
        "Ranks retired modules by pulse impedance and a learned ageing model; mean error of the "
        "remaining capacity is 2.1 % on 6,000 modules of four makers.",
        TechnologyField.ENERGY, 68, ("Guo Lan",), ((INVENTION, 2023), (RightKind.SOFTWARE, 2023)),
        LICENSE, LicenceType.ORDINARY, 8, key_field=KeyField.ENERGY,
        talks=(Talk("wind", "b40 s60! b50"),),
    ),
    Result(
        "storage", 12, "工商业储能柜消防联动控制方法",
        "烟、温、气三参量判据，误报率低于万分之一，十秒内切断并定向喷淋。",
        TechnologyField.ENERGY, 42, ("郭澜",), ((INVENTION, 2024),), key_field=KeyField.ENERGY,
        talks=(Talk("builder", "b30 s40"),),
    ),
    Result(
        "storage", 7, "固态电解质膜", "", TechnologyField.MATERIALS, 150, ("郭澜",),
        ((RightKind.APPLICATION, 2024),), None, maturity=Maturity.RESEARCH, fate=Fate.DRAFT,
    ),
    Result(
        "machines", 28, "厚板双丝窄间隙焊接机器人工作站",
        "一百毫米厚板一次焊透，焊缝一次合格率百分之九十八，焊材节约四成。",
        TechnologyField.MANUFACTURING, 170, ("涟石", "易钧"), ((INVENTION, 2021), (UTILITY, 2022)),
        key_field=KeyField.EQUIPMENT, ipc="B23K 9/173", keywords="焊接机器人；厚板；工程机械",
        talks=(Talk("builder", "b120 s160 b145 s=", End.CORRECTION),),
    ),
    Result(
        "machines", 120, "冶金渣余热发电螺杆膨胀机",
        "利用二百度以下渣水余热发电，单机功率三百千瓦，两年回本。",
        TechnologyField.ENERGY, 230, ("易钧",), ((INVENTION, 2022),), Way.COOPERATE,
        key_field=KeyField.ENVIRONMENT, talks=(Talk("water", "b150 s220 b190 s=", End.REGISTERED),),
    ),
    Result(
        "machines", 46, "槟榔青果智能分选机",
        "十二通道视觉分选，每小时六吨，破损率低于千分之三，已在两家工厂试用。",
        TechnologyField.MANUFACTURING, 48, ("易钧",), ((INVENTION, 2023), (DESIGN, 2023)),
        key_field=KeyField.EQUIPMENT, talks=(Talk("farm", "b30 s46 b40 s44 b42 s="),),
    ),
    Result(
        "machines", 13, "矿山无轨运输车防撞预警装置",
        "毫米波与超宽带融合，巷道内预警距离八十米。",
        TechnologyField.MANUFACTURING, 33, ("易钧",), ((UTILITY, 2023),), fate=Fate.RETURNED,
        why="摘要与权利要求不一致，请核对后重新提交。",
    ),
    Result(
        "crops", 99, "湘莲空心莲子低损脱壳去芯一体机",
        "整莲率百分之九十六，去芯率百分之九十九，每小时一百二十公斤。",
        TechnologyField.AGRICULTURE, 55, ("文牧云",), ((INVENTION, 2021), (UTILITY, 2021)),
        key_field=KeyField.AGRICULTURE, funding=Funding.CITY,
    ),
    Result(
        "crops", 24, "抗根腐病湘莲新品系",
        "重茬五年田块根腐病发病率低于百分之五，亩产干莲九十公斤。",
        TechnologyField.AGRICULTURE, 90, ("文牧云",), ((RightKind.PLANT_VARIETY, 2023),), LICENSE,
        LicenceType.ORDINARY, 30, key_field=KeyField.AGRICULTURE,
        encumbrances=(EncumbranceFacts(EncumbranceKind.FREEZE, "某法院（演示）", "诉前保全"),),
        fate=Fate.DRAFT,
    ),
)  # fmt: skip

WORKS = (
    Work(
        "crops", "farm", 279, Kind.DEV_C, "湘莲高产抗病品种选育研究开发",
        "选育抗根腐病湘莲新品种一个，亩产干莲不少于八十五公斤。", 130, End.REGISTERED,
        TechnologyField.AGRICULTURE, Objective.AGRICULTURE, IpKind.PLANT_VARIETY, Funding.PROVINCE,
        parts=(50, 30, 20), years=4,
    ),
    Work(
        "machines", "builder", 236, Kind.TRF_P, "液压破碎锤减振机构实用新型专利转让",
        "让与人将液压破碎锤减振机构专利转让给受让人。", 58, End.REGISTERED,
        TechnologyField.MANUFACTURING, ip=IpKind.UTILITY_MODEL,
        rights="实用新型专利一件及其全部权利。",
    ),
    Work(
        "storage", "wind", 198, Kind.DEV_C, "风储一体化电站能量管理系统研究开发",
        "研究开发能量管理系统一套，弃风率降低三个百分点。", 280, End.REGISTERED,
        TechnologyField.ENERGY, Objective.ENERGY, IpKind.SOFTWARE, Funding.CITY,
        costs=((DeductionKind.EQUIPMENT, 45),), parts=(40, 60),
    ),
    Work(
        "crops", "water", 148, Kind.CON, "河道缓冲带植物配置技术咨询",
        "对两条河道缓冲带植物配置进行论证，提交咨询报告与种植图。", 21, End.REGISTERED,
        TechnologyField.ENVIRONMENT, Objective.ENVIRONMENT, years=1,
    ),
    Work(
        "machines", "water", 109, Kind.SRV_G, "污水厂曝气系统节能改造技术服务",
        "改造曝气控制，吨水电耗降低百分之十八。", 52, End.REGISTERED,
        TechnologyField.ENVIRONMENT, Objective.ENVIRONMENT, costs=((DeductionKind.PARTS, 8),),
    ),
    Work(
        "storage", "power", 81, Kind.LIC_S, "电解液配方技术秘密排他使用许可",
        "许可被许可人使用电解液配方生产微型电池。", 160, End.REGISTERED,
        TechnologyField.ENERGY, ip=IpKind.SECRET, payment=Payment.ENTRY_ROYALTY,
        royalty="入门费之外，按产品净销售额的百分之二提成。", licence=LicenceType.SOLE,
        rights="电解液配方技术秘密，排他使用许可。", years=4,
    ),
    Work(
        "machines", "builder", 53, Kind.SRV_T, "数控机床精度补偿专项培训",
        "对委托方指定的十名技师进行数控机床精度补偿专项培训。", 7, End.REGISTERED,
        TechnologyField.MANUFACTURING, years=1,
    ),
    Work(
        "crops", "leather", 32, Kind.SRV_G, "植物鞣剂替代铬鞣工艺技术服务",
        "以植物鞣剂替代铬鞣，废水总铬降至检出限以下。", 27, End.SIGNED,
        TechnologyField.ENVIRONMENT, Objective.ENVIRONMENT,
    ),
    Work(
        "machines", "builder", 16, Kind.SRV_G, "臂架焊缝机器人打磨工艺技术服务",
        "建立臂架焊缝机器人打磨工艺，表面粗糙度达到要求，单件用时减半。", 45, End.REGISTERED,
        TechnologyField.MANUFACTURING, costs=((DeductionKind.PARTS, 6),),
    ),
    Work(
        "storage", "builder", 27, Kind.DEV_C, "电动装载机电池快换系统研究开发",
        "研究开发五分钟快换系统样机一套。", 560, End.RESUBMITTED, TechnologyField.ENERGY,
        ip=IpKind.INVENTION, costs=((DeductionKind.EQUIPMENT, 110),), parts=(30, 30, 40),
    ),
    Work(
        "machines", "wind", 23, Kind.SRV_G, "塔筒法兰焊接变形控制技术服务",
        "控制塔筒法兰焊接变形，平面度小于一毫米。", 36, End.DROPPED, TechnologyField.ENERGY,
    ),
)  # fmt: skip
