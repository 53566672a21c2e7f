"""Surnames by place and given names by the years of birth."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from tongban_adapters.sandbox.population.chance import Draw, Wheel, below

# Per mille over the province.
_SURNAMES: Mapping[str, float] = MappingProxyType(
    {
        "陈": 75, "王": 62, "张": 52, "徐": 40, "吴": 36, "李": 35, "周": 32, "林": 30, "朱": 28, "叶": 26, "金": 24,
        "黄": 24, "沈": 23, "郑": 23, "胡": 22, "杨": 21, "潘": 18, "赵": 17, "蒋": 16, "俞": 15, "方": 14, "何": 14,
        "刘": 14, "章": 13, "陆": 12, "余": 12, "孙": 12, "许": 11, "项": 10, "汪": 10, "楼": 10, "施": 9, "邵": 9,
        "傅": 9, "应": 9, "严": 8, "董": 8, "洪": 8, "钱": 8, "姚": 8, "戴": 8, "虞": 7, "倪": 7, "毛": 7, "夏": 7,
        "郭": 6, "高": 6, "程": 6, "丁": 6, "罗": 6, "谢": 6, "骆": 5, "包": 5, "盛": 5, "雷": 4, "蓝": 4, "钟": 4,
        "欧阳": 1, "诸葛": 1,
    }
)  # fmt: skip
# The rest of the thousand, evenly.
_OTHERS = (
    "马冯曹袁邓韩唐于萧曾彭吕苏卢蔡贾魏薛杜阎梁宋崔任范石廖熊田姜尹谭邹白孟秦龙史陶黎贺顾龚郝武侯葛鲁翁温柯庄滕阮裘"
    "管单祝竺屠费宣柳鲍凌寿麻梅詹饶封周仇凤桑桂祁尤季汤殷厉卓褚卞"
)
_COMPOUND = ("上官", "司徒", "夏侯", "皇甫", "尉迟", "端木")

_BIG_WANG = {"王": 1.6, "陈": 0.9}
_BIG_CHEN = {"陈": 1.5}
_CITY_FACTORS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "hangzhou": _BIG_WANG,
        "ningbo": _BIG_WANG,
        "shaoxing": _BIG_WANG,
        "zhoushan": _BIG_WANG,
        "taizhou": _BIG_CHEN | {"应": 2, "林": 2, "李": 2},
        "wenzhou": _BIG_CHEN | {"叶": 2.5, "林": 2.5, "潘": 2.5, "项": 2.5},
        "lishui": _BIG_CHEN,
        "jinhua": _BIG_CHEN,
        "huzhou": {"沈": 4, "陈": 0.8},
        "jiaxing": {"沈": 4},
        "quzhou": {"徐": 3},
    }
)
_COUNTY_FACTORS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "330782": {"楼": 3, "虞": 3, "傅": 3, "骆": 3, "朱": 3},
        "331127": {"雷": 10, "蓝": 10, "钟": 10},
    }
)
SHE_SURNAMES: Wheel[str] = Wheel({"雷": 36, "蓝": 36, "钟": 22, "吴": 3, "李": 3})


class Cohort:
    """What people born in some years are called: characters by sex, and how many of them."""

    __slots__ = ("double_surname", "female", "male", "one")

    def __init__(self, male: str, female: str, one: float, double_surname: float) -> None:
        self.male = male
        self.female = female
        self.one = one
        self.double_surname = double_surname


# Characters repeated in a pool are the fashion of their time.
_BEFORE_1960 = Cohort(
    "国国根根法水水金林生荣福海山明华德宝土火木兴忠永阿祥康庆顺昌仁义财贵炳樟松",
    "英英兰兰珍珍宝凤凤菊香美仙玉秀秀翠娥银妹爱娟素彩莲梅花桂月小云琴阿珠",
    0.11,
    0.002,
)
_FROM_1960 = Cohort(
    "建建军军伟伟平平国明华林荣海峰强勇斌忠志永新文东良刚毅飞春晓晖敏利权立宏",
    "丽丽芳芳红红萍萍英娟霞燕敏华玲琴美爱秀素珍慧飞晓春雅青云莉群亚雪君月仙",
    0.15,
    0.004,
)
_FROM_1980 = Cohort(
    "杰杰超超磊磊佳晓伟斌峰鹏浩凯涛俊益挺栋辉波敏建军宁晨旭翔剑锋亮琦彬焕立凌",
    "婷婷静静燕燕佳佳晓晓丽莉倩娜雯洁颖丹露露蓓琳瑶艳芳玲敏萍璐蕾霞慧琼双微微",
    0.21,
    0.007,
)
_FROM_2000 = Cohort(
    "宇宇轩轩浩浩梓梓涵一奕辰辰俊博皓睿泽铭嘉昊阳航天子文逸晨瑞诚凯哲霖启翰乐恒",
    "涵涵欣欣怡怡梓梓一诺诺依可馨雨萱佳语彤琪悦思妍晨若诗瑶雅静婷嘉紫熙心艺璐菲",
    0.08,
    0.025,
)


def cohort(year: int) -> Cohort:
    """Return the cohort of a year of birth."""
    if year < 1980:
        return _BEFORE_1960 if year < 1960 else _FROM_1960
    return _FROM_1980 if year < 2000 else _FROM_2000


@cache
def surnames(city: str, county: str) -> Wheel[str]:
    """Return the surnames of a county by weight."""
    factors = [_CITY_FACTORS[city], _COUNTY_FACTORS.get(county, {})]
    rest = (1000 - sum(_SURNAMES.values())) / len(_OTHERS)
    weights: dict[str, float] = dict.fromkeys(_OTHERS, rest) | dict.fromkeys(_COMPOUND, 0.5)
    for name, weight in _SURNAMES.items():
        for factor in factors:
            weight *= factor.get(name, 1)
        weights[name] = weight
    return Wheel(weights)


def given_name(draw: Draw, year: int, *, male: bool) -> str:
    """Return a given name of one or two characters."""
    names = cohort(year)
    pool = names.male if male else names.female
    first = pool[below(draw, len(pool))]
    if draw() < names.one:
        return first
    return first + pool[below(draw, len(pool))]


def childs_surname(draw: Draw, year: int, father: str | None, mother: str | None) -> str:
    """Return the surname of a child: the father's, for one in twelve the mother's, now and then both."""
    if father is None or mother is None:
        return father or mother or "王"
    chance = draw()
    if chance < cohort(year).double_surname and len(father) == len(mother) == 1 and father != mother:
        return father + mother
    return mother if chance > 1 - 1 / 12 else father


def family_name(name: str) -> str:
    """Return the surname at the head of a full name."""
    return name[:2] if name[:2] in _SURNAMES or name[:2] in _COMPOUND else name[0]
