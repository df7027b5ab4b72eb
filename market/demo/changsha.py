"""Changsha's results and contracts: machinery, materials, sound and vision, seed."""

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
        "materials", 262, "一种高比能锂硫电池复合正极及其制备方法",
        "以氮掺杂多孔碳为硫载体，中试软包电芯循环五百次容量保持率百分之八十二，可沿用现有涂布产线。",
        TechnologyField.MATERIALS, 120, ("许鸣谦", "柏舟"), ((INVENTION, 2021), (UTILITY, 2021)),
        key_field=KeyField.MATERIALS, ipc="H01M 4/36", keywords="锂硫电池；正极；先进储能材料",
        talks=(
            Talk("wind", "b60 s118 b."),
            Talk("power", "b80 s115 b95 s108 b100 s=", End.REGISTERED),
        ),
    ),
    Result(
        "materials", 205, "碳化硅纤维增强陶瓷基复合材料的近净成形工艺",
        "面向风电制动与轨道闸片，近净成形省去百分之七十机加工量，使用温度一千二百摄氏度。",
        TechnologyField.MATERIALS, 260, ("许鸣谦", "简宁"), ((INVENTION, 2020),), LICENSE,
        LicenceType.EXCLUSIVE, key_field=KeyField.MATERIALS, ipc="C04B 35/80", valued=240,
        maturity=Maturity.PRODUCTION, funding=Funding.PROVINCE,
        talks=(Talk("wind", "b180 s240 b210 s=", End.REGISTERED),),
    ),
    Result(
        "materials", 60, "退役磷酸铁锂正极材料短流程再生方法",
        "不经湿法浸出，定向补锂修复晶格，吨处理成本下降四成，再生料首效百分之九十五以上。",
        TechnologyField.ENVIRONMENT, 88, ("姜小禾",), ((INVENTION, 2023),),
        key_field=KeyField.ENVIRONMENT, ipc="H01M 10/54", keywords="电池回收；磷酸铁锂",
        talks=(Talk("power", "b50 s80 b66"), Talk("builder", "b70 s-")),
    ),
    Result(
        "materials", 33, "Graphene-modified thermal interface pad for power modules",
        "A silicone pad with aligned graphene flakes: 12 W/(m·K) through-plane at 50 psi, passes "
        "1,000 thermal cycles between -40 and 150 °C. Samples of 0.5 to 3 mm can be had.",
        TechnologyField.MATERIALS, 150, ("Xu Mingqian", "Jian Ning"), ((INVENTION, 2022),), LICENSE,
        LicenceType.ORDINARY, 5, key_field=KeyField.MATERIALS, keywords="graphene; thermal pad",
        talks=(Talk("nordlys", "b90 s130"),),
    ),
    Result(
        "materials", 18, "一种超级铝合金型材的在线淬火装置",
        "分区喷雾精确控温，六系型材屈服强度提高百分之十五，适用于轻量化车体。",
        TechnologyField.MATERIALS, 45, ("简宁",), ((UTILITY, 2023),), fate=Fate.SUBMITTED,
    ),
    Result(
        "materials", 9, "钠离子电池硬碳负极前驱体", "以竹屑为原料。", TechnologyField.MATERIALS,
        None,
        (), (), None, maturity=Maturity.LAB, funding=None, fate=Fate.DRAFT,
    ),
    Result(
        "sound", 240, "Low-latency scalable video codec for live 8K production",
        "A wavelet codec with four layers and a delay below two lines of picture, tested in 8K "
        "outside broadcasts. Delivered as synthesizable IP and a reference encoder in C.",
        TechnologyField.ELECTRONICS, 90, ("Aria Lan", "沈鹿鸣"),
        ((INVENTION, 2021), (RightKind.SOFTWARE, 2022)), LICENSE, LicenceType.ORDINARY, 4,
        key_field=KeyField.INFORMATION, ipc="H04N 19/63", maturity=Maturity.PRODUCTION,
        keywords="8K; codec; live; 音视频",
        talks=(
            Talk("nordlys", "b70 s85 b80 s=", End.REGISTERED),
            Talk("power", "b75 s85 b=", End.SIGNED),
            Talk("builder", "b40 s88 b45! s85!"),
        ),
    ),
    Result(
        "sound", 96, "基于声场重建的沉浸式展陈音频系统",
        "六十四通道波场合成，展厅内任意位置声像误差小于五度，已在两处展馆试运行。",
        TechnologyField.ELECTRONICS, 66, ("沈鹿鸣",), ((INVENTION, 2022), (UTILITY, 2022)),
        key_field=KeyField.INFORMATION, talks=(Talk("wind", "b30 b~ b38 s-"),),
    ),
    Result(
        "sound", 9, "Subtitle alignment for Hunan dialects by weak supervision",
        "Aligns subtitles to Xiang and Gan dialect speech within 80 ms without any transcript; "
        "the model runs on one consumer graphics card.",
        TechnologyField.ELECTRONICS, 38, ("Aria Lan",), ((RightKind.SOFTWARE, 2023),), LICENSE,
        LicenceType.SOLE, key_field=KeyField.INFORMATION, maturity=Maturity.SAMPLE,
    ),
    Result(
        "sound", 12, "虚拟制片 LED 墙色彩一致性校准方法",
        "单台相机十分钟完成全墙校准，色差小于一点五，适配多品牌面板。",
        TechnologyField.ELECTRONICS, 52, ("沈鹿鸣",), ((RightKind.APPLICATION, 2024),),
        fate=Fate.RETURNED, why="请补充权利要求与产品的对应关系，并核对申请日。",
    ),
    Result(
        "seed", 230, "耐高温两系杂交水稻不育系创制方法",
        "不育起点温度稳定，抽穗期三十八摄氏度结实率不降，适宜长江中游一季稻区制种。",
        TechnologyField.AGRICULTURE, 180, ("田穗", "汤禾生"),
        ((INVENTION, 2020), (RightKind.PLANT_VARIETY, 2022)), LICENSE, LicenceType.EXCLUSIVE,
        key_field=KeyField.AGRICULTURE, ipc="A01H 1/02", keywords="杂交水稻；不育系；制种",
        maturity=Maturity.PRODUCTION, funding=Funding.NATIONAL,
        talks=(Talk(
            "farm", "b120 s170 b150 s160 b=", End.CHANGED, Price(rate_bp=300, figures=(240, 310))
        ),),
    ),
    Result(
        "seed", 70, "水稻制种无人机精量授粉装置与作业方法",
        "旋翼下洗气流自适应调节，亩均授粉时间九十秒，制种产量提高百分之十一。",
        TechnologyField.AGRICULTURE, 58, ("汤禾生",), ((INVENTION, 2022), (DESIGN, 2022)),
        key_field=KeyField.AGRICULTURE, talks=(Talk("farm", "b40 s52"),),
    ),
    Result(
        "seed", 52, "低镉籼稻新品系",
        "镉积累降低百分之九十的籼稻新品系，经三年多点试验，米质达二级。",
        TechnologyField.AGRICULTURE, 300, ("田穗",), ((RightKind.PLANT_VARIETY, 2023),),
        key_field=KeyField.AGRICULTURE, co_owner="莲溪作物科学研究所", funding=Funding.PROVINCE,
    ),
    Result(
        "seed", 45, "稻田甲烷减排的间歇灌溉控制器",
        "低功耗土壤电位传感与太阳能闸门联动，甲烷排放下降百分之三十五。",
        TechnologyField.ENVIRONMENT, 20, ("汤禾生",), ((UTILITY, 2023),), fate=Fate.WITHDRAWN,
    ),
    Result(
        "university", 150, "大跨度钢桥面超高性能混凝土铺装体系",
        "薄层铺装与钢面板协同受力，疲劳应力幅降低百分之六十，经两座桥梁五年跟踪。",
        TechnologyField.CITY, 420, ("谭青岚", "汪桥生"), ((INVENTION, 2020), (INVENTION, 2021)),
        key_field=KeyField.MATERIALS, maturity=Maturity.PRODUCTION, funding=Funding.NATIONAL,
        ipc="E01D 19/12", valued=460,
    ),
    Result(
        "university", 84, "Acoustic emission monitoring of boom cracks in concrete pumps",
        "Twelve passive sensors locate a growing crack in a 60 m boom within 0.3 m while pumping. "
        "Field trial of nine months on two machines.",
        TechnologyField.MANUFACTURING, 130, ("Tan Qinglan",), ((INVENTION, 2022),), LICENSE,
        LicenceType.ORDINARY, 10, key_field=KeyField.EQUIPMENT, funding=Funding.MINISTRY,
    ),
    Result(
        "university", 30, "肿瘤放疗呼吸门控算法软件",
        "预测呼吸相位误差小于四十毫秒，可接入多种加速器门控接口。",
        TechnologyField.BIOMEDICINE, 75, ("谭青岚",), ((RightKind.SOFTWARE, 2023),), LICENSE,
        LicenceType.EXCLUSIVE, key_field=KeyField.BIOMEDICINE, fate=Fate.SUBMITTED,
    ),
    Result(
        "university", 14, "高熵合金粉末等离子球化技术",
        "面向增材制造的高熵合金粉末，氧含量小于三百。",
        TechnologyField.MATERIALS, None, ("汪桥生",), ((RightKind.SECRET, 2024),),
        maturity=None, fate=Fate.DRAFT,
    ),
    Result(
        "state", 110, "百吨级纯电动矿用自卸车能量回收系统",
        "下坡工况回收效率百分之七十六，电池循环寿命延长两成，已随三台样车运行八千小时。",
        TechnologyField.MANUFACTURING, 980, ("向建野", "易轲"), ((INVENTION, 2021), (UTILITY,
        2021)),
        key_field=KeyField.EQUIPMENT, maturity=Maturity.PRODUCTION, valued=1050,
    ),
    Result(
        "state", 26, "盾构机刀具磨损在线监测装置",
        "刀座内置无线传感节点，磨损量分辨率零点二毫米，耐受一点五兆帕水土压力。",
        TechnologyField.MANUFACTURING, 210, ("易轲",), ((UTILITY, 2022),), fate=Fate.WITHDRAWN,
    ),
    Result(
        "maker", 64, "一种模块化泵车臂架油缸防漂移阀组",
        "双锁止结构，停机十二小时臂架末端沉降小于三毫米，可直接替换现有阀组。",
        TechnologyField.MANUFACTURING, 36, ("贺知遥",), ((UTILITY, 2022),),
        key_field=KeyField.EQUIPMENT, talks=(Talk("builder", "b20 s33 b28 s30 b=", End.SIGNING),),
    ),
    Result(
        "maker", 11, "折叠式果园采摘平台",
        "履带底盘，平台可折叠进乡村小货车，单人操作，坡度十五度以内。",
        TechnologyField.AGRICULTURE, 12, ("贺知遥",), ((UTILITY, 2024),), fate=Fate.SUBMITTED,
    ),
    Result(
        "embroidery", 78, "湘绣鬅毛针法数字化图样库与绣机转换软件",
        "收录针法图样一千二百幅，可将手绣走线转换为多头绣机路径，保留鬅毛层次。",
        TechnologyField.ELECTRONICS, 16, ("龙小满",), ((RightKind.SOFTWARE, 2022), (DESIGN, 2023)),
        LICENSE, LicenceType.ORDINARY, 20, key_field=KeyField.SERVICES,
        keywords="湘绣；非遗；数字文创",
        maturity=Maturity.PRODUCTION, talks=(Talk("sound", "b10 s14 b12 s=", End.DRAFT),),
    ),
    Result(
        "embroidery", 22, "双面全异绣绷架",
        "可翻转的双面绣绷架，绷紧力可调，绣者不必换位，两面同时可见。",
        TechnologyField.MANUFACTURING, 5, ("龙小满",), ((UTILITY, 2021),),
        encumbrances=(EncumbranceFacts(EncumbranceKind.LICENCE, "绣里工坊",
        "普通许可，2027年到期"),),
        talks=(Talk("sound", "b3 s-"),),
    ),
)  # fmt: skip

WORKS = (
    Work(
        "university", "builder", 288, Kind.DEV_C, "六十米泵车臂架疲劳寿命评估与延寿技术开发",
        "研究开发臂架焊缝疲劳寿命预测模型与延寿方案，交付算法软件一套、试验报告两份。",
        320, End.REGISTERED, TechnologyField.MANUFACTURING, ip=IpKind.SECRET,
        costs=((DeductionKind.INSTRUMENTS, 36),), parts=(40, 40, 20),
    ),
    Work(
        "university", "nordlys", 214, Kind.DEV_J, "Joint development of a quiet brake pad",
        "双方共同研究开发低噪声复合材料闸片，目标噪声较现有产品降低八分贝。",
        460, End.REGISTERED, TechnologyField.TRANSPORT, ip=IpKind.INVENTION,
        plan=Funding.PROVINCE, costs=((DeductionKind.MATERIALS, 60),), parts=(50, 50), years=3,
    ),
    Work(
        "university", "water", 131, Kind.CON, "湘江支流重金属底泥治理方案技术咨询",
        "对支流底泥污染来源、迁移与治理路线进行分析论证，提交咨询报告。",
        48, End.REGISTERED, TechnologyField.ENVIRONMENT, Objective.ENVIRONMENT, years=1,
    ),
    Work(
        "materials", "builder", 176, Kind.SRV_G, "耐磨衬板热处理工艺优化技术服务",
        "优化衬板热处理曲线，冲击韧性提高百分之二十，废品率降至百分之三以下。",
        64, End.REGISTERED, TechnologyField.MATERIALS, costs=((DeductionKind.MATERIALS, 9),),
    ),
    Work(
        "sound", "power", 92, Kind.DEV_C, "便携式直播编码终端研究开发",
        "研究开发重量三百克以内的直播编码终端样机五台及固件。",
        155, End.REGISTERED, TechnologyField.ELECTRONICS, ip=IpKind.SOFTWARE, parts=(30, 70),
    ),
    Work(
        "seed", "farm", 118, Kind.SRV_T, "杂交水稻机械化制种技术培训",
        "对委托方指定的二十名农艺人员进行机械化制种专项技术培训，两期，各十天。",
        18, End.REGISTERED, TechnologyField.AGRICULTURE, Objective.AGRICULTURE, years=1,
    ),
    Work(
        "seed", "farm", 47, Kind.LIC_O, "早籼稻品种普通实施许可",
        "许可在岳阳地区生产、繁殖和销售该品种种子。", 72, End.REGISTERED,
        TechnologyField.AGRICULTURE, Objective.AGRICULTURE, IpKind.PLANT_VARIETY,
        payment=Payment.ENTRY_ROYALTY,
        royalty="入门费之外，按种子销售额的百分之三提成，每年一月结算。",
        licence=LicenceType.ORDINARY, rights="植物新品种权，普通实施许可，岳阳市范围。", years=5,
    ),
    Work(
        "materials", "power", 61, Kind.SRV_G, "电池模组热失控仿真技术服务",
        "建立模组热失控传播模型，给出隔热方案并以试验验证。", 40, End.ACCEPTED,
        TechnologyField.ENERGY,
    ),
    Work(
        "sound", "builder", 19, Kind.DEV_C, "远程驾驶舱低延时视频链路研究开发",
        "研究开发远程驾驶舱视频链路一套，端到端时延小于一百二十毫秒。", 118, End.REGISTERED,
        TechnologyField.ELECTRONICS, ip=IpKind.SOFTWARE, parts=(40, 60),
    ),
    Work(
        "materials", "water", 15, Kind.SRV_G, "陶瓷膜组件抗污染改性技术服务",
        "对陶瓷膜组件进行抗污染改性，清洗周期延长一倍。", 34, End.REGISTERED,
        TechnologyField.ENVIRONMENT, Objective.ENVIRONMENT,
    ),
    Work(
        "university", "nordlys", 13, Kind.DEV_C, "Fatigue life of a welded bogie frame",
        "研究开发焊接构架疲劳寿命评估方法，交付软件一套、评估报告一份。", 88, End.PASSED,
        TechnologyField.TRANSPORT, ip=IpKind.SOFTWARE, parts=(50, 50),
    ),
    Work(
        "seed", "farm", 12, Kind.CON, "稻虾轮作土壤改良技术咨询",
        "对三块轮作田土壤改良方案进行分析论证，提交咨询报告。", 15, End.ACCEPTED,
        TechnologyField.AGRICULTURE, Objective.AGRICULTURE, years=1,
    ),
    Work(
        "university", "builder", 15, Kind.DEV_C, "泵送混凝土堵管预警算法研究开发",
        "研究开发堵管预警算法，预警提前量不少于三十秒。", 96, End.SUBMITTED,
        TechnologyField.MANUFACTURING, plan=Funding.CITY, parts=(60, 40),
    ),
    Work(
        "university", "wind", 38, Kind.DEV_C, "风机叶片除冰涂层产品推广", "推广除冰涂层。", 30,
        End.REFUSED, TechnologyField.MATERIALS,
    ),
    Work(
        "university", "water", 42, Kind.SRV_G, "膜污染在线监测技术服务", "提供膜污染监测服务。", 44,
        End.REPLACED, TechnologyField.ENVIRONMENT, Objective.ENVIRONMENT,
    ),
    Work(
        "sound", "builder", 28, Kind.SRV_G, "展厅音响设备采购与安装", "采购并安装展厅音响设备。",
        26,
        End.TURNED_AWAY, TechnologyField.ELECTRONICS, costs=((DeductionKind.EQUIPMENT, 22),),
    ),
    Work(
        "state", "builder", 12, Kind.SRV_G, "矿卡电池热管理匹配技术服务",
        "为新车型匹配电池热管理方案，夏季工况电芯温差小于五度。", 58, End.SIGNED,
        TechnologyField.TRANSPORT,
    ),
    Work(
        "maker", "water", 6, Kind.SRV_G, "移动式污泥脱水机液压系统改造",
        "改造液压系统，噪声降低六分贝。",
        9, End.DRAFT, TechnologyField.ENVIRONMENT,
    ),
)  # fmt: skip
