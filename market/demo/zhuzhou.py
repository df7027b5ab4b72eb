"""Zhuzhou's results and contracts: rail transport and aero engines."""

from market.contracts.terms import DeductionKind, IpKind, Kind, Objective, Payment
from market.demo.plots import End, Fate, Price, Result, Talk, Work
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
        "rail", 251, "受电弓碳滑板磨耗非接触检测方法及装置",
        "线结构光与双目融合，列车以一百二十公里时速通过时检测误差小于零点三毫米。",
        TechnologyField.TRANSPORT, 200, ("彭定衡", "魏枕木"), ((INVENTION, 2020), (UTILITY, 2020)),
        key_field=KeyField.TRANSPORT, ipc="G01B 11/06", keywords="受电弓；检测；轨道交通",
        maturity=Maturity.PRODUCTION,
        talks=(Talk("nordlys", "b140 s190 b165 s178 b172 s=", End.REGISTERED),),
    ),
    Result(
        "rail", 58, "城轨车辆碳化硅辅助变流器拓扑",
        "软开关拓扑使体积减小三成，满载效率百分之九十七点五，通过型式试验。",
        TechnologyField.TRANSPORT, 320, ("彭定衡",), ((INVENTION, 2022),),
        key_field=KeyField.TRANSPORT, ipc="H02M 7/48", valued=300,
        talks=(Talk("wind", "b240 s300 b280 s=", End.SIGNED, Price(came=0)),),
    ),
    Result(
        "rail", 66, "Wheel-polygon early warning from axle-box vibration",
        "Detects polygonal wear of order 18 to 24 three weeks before the noise limit is reached, "
        "from axle-box accelerometers that most trains carry already.",
        TechnologyField.TRANSPORT, 110, ("Peng Dingheng", "魏枕木"), ((INVENTION, 2023),), LICENSE,
        LicenceType.ORDINARY, 6, key_field=KeyField.TRANSPORT, keywords="wheelset; vibration; rail",
        talks=(Talk("nordlys", "b80 s105 b92"),),
    ),
    Result(
        "rail", 35, "磁悬浮列车间隙传感器温漂补偿电路",
        "全温区间隙测量误差小于零点一毫米，单板成本下降一半。",
        TechnologyField.TRANSPORT, 44, ("魏枕木",), ((UTILITY, 2022),),
        encumbrances=(EncumbranceFacts(EncumbranceKind.PLEDGE, "渌江小贷（演示）", "质押登记",
        True),),
        fate=Fate.REPUBLISHED,
        talks=(Talk("builder", "b20 +9 s40 b."),),
    ),
    Result(
        "rail", 21, "轨道车辆内装阻燃蜂窝板",
        "外观设计：蜂窝夹芯内装板，阻燃等级符合轨道车辆内装要求。",
        TechnologyField.MATERIALS, 10, ("彭定衡",), ((DESIGN, 2022),), fate=Fate.REDRAFTED,
    ),
    Result(
        "rail", 8, "有轨电车超级电容储能电源管理单元",
        "三十秒快充，能量回收率百分之八十五，适应零下二十五摄氏度。",
        TechnologyField.ENERGY, 86, (), ((INVENTION, 2024),), maturity=None, fate=Fate.DRAFT,
    ),
    Result(
        "engine", 223, "小型涡扇发动机整体叶盘精密铸造工艺诀窍",
        "整体叶盘铸造合格率由五成提高到八成五的成套工艺参数与模具修正方法，属技术秘密。",
        TechnologyField.AEROSPACE, 360, ("沈翎",), ((RightKind.SECRET, 2023),),
        key_field=KeyField.AEROSPACE, maturity=Maturity.PRODUCTION,
        talks=(Talk(
            "builder", "b260 s340 b310 s330 b320 s=", End.REGISTERED,
            Price(((30, 30), (40, 285), (30, 420)), came=1),
        ),),
    ),
    Result(
        "engine", 34, "航空发动机叶片热障涂层等离子喷涂路径规划方法",
        "涂层厚度偏差小于百分之五，编程时间由两天缩短到两小时，适配六轴机器人。",
        TechnologyField.AEROSPACE, 140, ("沈翎", "纪长风"), ((INVENTION, 2021),), LICENSE,
        LicenceType.SOLE, key_field=KeyField.AEROSPACE, ipc="C23C 4/134", funding=Funding.PROVINCE,
        talks=(Talk("builder", "b100 s130 b120 s=", End.ACCEPTED),),
    ),
    Result(
        "engine", 88, "Hybrid-electric powertrain for 600 kg cargo drones",
        "A 90 kW turbogenerator with buffer battery; 4.5 h endurance at sea level, hot restart in "
        "eight seconds. Ground tests of 300 h have been completed.",
        TechnologyField.AEROSPACE, 520, ("Shen Ling",), ((INVENTION, 2022), (INVENTION, 2023)),
        Way.COOPERATE, key_field=KeyField.AEROSPACE, keywords="drone; turbogenerator; 低空经济",
        talks=(Talk("wind", "b300 s480"),),
    ),
    Result(
        "engine", 6, "航空燃油喷嘴积碳激光清洗装置",
        "不拆解清洗，单只喷嘴三分钟，流量恢复率百分之九十九。",
        TechnologyField.AEROSPACE, 62, ("纪长风",), ((UTILITY, 2023),),
        key_field=KeyField.AEROSPACE,
    ),
    Result(
        "engine", 16, "无人机螺旋桨低噪声翼型",
        "锯齿尾缘桨叶，悬停噪声降低五分贝，推力不降，适用于两公斤级无人机。",
        TechnologyField.AEROSPACE, 25, ("纪长风",), ((DESIGN, 2023),), fate=Fate.SUBMITTED,
    ),
    Result(
        "institute", 135, "重载铁路钢轨焊缝相控阵探伤机器人",
        "自主越障行走，单条焊缝检测六分钟，缺陷检出率百分之九十九点二。",
        TechnologyField.TRANSPORT, 380, ("周砚秋", "简川"), ((INVENTION, 2020), (UTILITY, 2021)),
        key_field=KeyField.TRANSPORT, maturity=Maturity.PRODUCTION, funding=Funding.NATIONAL,
        ipc="G01N 29/04",
    ),
    Result(
        "institute", 19, "Rail corrugation database, 2014–2023",
        "Measured corrugation of 1,800 km of metro track with traffic and curve data. Raw.",
        TechnologyField.TRANSPORT, None, (), (), None, maturity=Maturity.LAB,
        funding=Funding.CITY, fate=Fate.DRAFT,
    ),
)  # fmt: skip

WORKS = (
    Work(
        "institute", "nordlys", 272, Kind.CON, "地铁减振扣件噪声治理技术咨询",
        "对三段线路振动噪声进行测试分析与方案论证，提交咨询报告。", 86, End.REGISTERED,
        TechnologyField.TRANSPORT, Objective.INFRASTRUCTURE, years=1,
    ),
    Work(
        "institute", "wind", 190, Kind.DEV_C, "三兆瓦永磁半直驱发电机冷却系统研究开发",
        "研究开发油水双循环冷却系统，额定工况绕组温升小于八十开。", 520, End.REGISTERED,
        TechnologyField.ENERGY, Objective.ENERGY, IpKind.INVENTION, Funding.NATIONAL,
        costs=((DeductionKind.EQUIPMENT, 90), (DeductionKind.PARTS, 25)), parts=(30, 40, 30),
        years=3,
    ),
    Work(
        "rail", "builder", 157, Kind.LIC_P, "牵引变流控制专利普通实施许可",
        "许可在纯电动工程机械上实施牵引变流控制专利。", 130, End.REGISTERED,
        TechnologyField.TRANSPORT, ip=IpKind.INVENTION, payment=Payment.ROYALTY,
        royalty="按每台设备八百元提成，每季度结算。", licence=LicenceType.ORDINARY,
        rights="发明专利一件，普通实施许可，全国范围。", years=5,
    ),
    Work(
        "engine", "wind", 103, Kind.SRV_G, "齿轮箱振动故障诊断技术服务",
        "对二十台机组齿轮箱进行振动诊断，给出改进方案，误报率低于百分之五。", 76,
        End.REGISTERED, TechnologyField.ENERGY, Objective.ENERGY,
        costs=((DeductionKind.INSTRUMENTS, 12),),
    ),
    Work(
        "engine", "builder", 143, Kind.DEV_J, "航改燃驱动应急排水泵车联合开发",
        "双方共同研究开发航改燃驱动应急排水泵车样机一台，流量每小时三千立方米。", 610,
        End.PROPOSED, TechnologyField.MANUFACTURING, Objective.SOCIETY, IpKind.INVENTION,
        Funding.PROVINCE, costs=((DeductionKind.EQUIPMENT, 150),), parts=(40, 30, 30), years=3,
    ),
    Work(
        "rail", "nordlys", 69, Kind.TRF_P, "车钩缓冲装置发明专利转让",
        "让与人将车钩缓冲装置发明专利转让给受让人。", 95, End.REGISTERED,
        TechnologyField.TRANSPORT, ip=IpKind.INVENTION, rights="发明专利一件及其全部权利。",
    ),
    Work(
        "rail", "wind", 74, Kind.SRV_G, "变桨系统低温试验技术服务",
        "完成变桨系统零下四十摄氏度启动试验与整改。", 33, End.CANCELLED, TechnologyField.ENERGY,
    ),
    Work(
        "institute", "porcelain", 44, Kind.DEV_V, "高频瓷介材料转化应用",
        "将已有高频瓷介配方进行后续试验、开发和应用，形成月产十万件能力。", 145, End.REGISTERED,
        TechnologyField.MATERIALS, ip=IpKind.SECRET, plan=Funding.CITY, parts=(50, 50),
    ),
    Work(
        "engine", "nordlys", 63, Kind.DEV_C, "高速试验台主轴系统研究开发",
        "研究开发每分钟四万转试验台主轴系统一套。", 240, End.ACCEPTED,
        TechnologyField.AEROSPACE, costs=((DeductionKind.EQUIPMENT, 80),), parts=(50, 50),
    ),
    Work(
        "rail", "builder", 25, Kind.SRV_I, "进口检测技术引进中介服务",
        "促成委托方与第三方订立检测技术许可合同。", 8, End.WITHDRAWN, TechnologyField.TRANSPORT,
        years=1,
    ),
    Work(
        "rail", "wind", 18, Kind.CON, "偏航制动噪声成因技术咨询",
        "对二十台机组偏航制动噪声成因进行测试分析，提交咨询报告。", 26, End.REGISTERED,
        TechnologyField.ENERGY, Objective.ENERGY, years=1,
    ),
    Work(
        "institute", "builder", 17, Kind.SRV_T, "焊接机器人编程专项培训",
        "对委托方指定的十五名工艺人员进行焊接机器人离线编程专项培训。", 12, End.PASSED,
        TechnologyField.MANUFACTURING, years=1,
    ),
    Work(
        "engine", "power", 10, Kind.CON, "微型燃气轮机并网可行性技术咨询",
        "对微型燃气轮机并网方案进行可行性论证，提交咨询报告。", 22, End.SIGNING,
        TechnologyField.ENERGY, years=1,
    ),
)  # fmt: skip
