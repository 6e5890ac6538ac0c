"""Names for the demo county. Place, companies and persons are invented: managers are called after solar terms."""

from __future__ import annotations


def _words(text: str, ending: str = "") -> tuple[str, ...]:
    return tuple(f"{word}{ending}" for word in text.split())


COUNTY = "青禾湾县"
TOWNS = ("石桥镇", "柳溪镇", "云台镇", "沙湾镇", "南塘镇")
STREETS = ("河东街道", "河西街道")

_BRANDS = _words("""
    安居 乐邻 康和 恒暖 翠庭 广厦 嘉园 和润 瑞安 金诺 美邻 众诚 盛邦 永信 百佳 福临 晨光 锦程 华庭 汇泽
    同德 绿洲 海岳 明德 三禾
""")
COMPANIES = tuple(f"青禾湾{brand}物业服务有限公司" for brand in _BRANDS)


_TERMS = _words("""
    立春 雨水 惊蛰 春分 清明 谷雨 立夏 小满 芒种 夏至 小暑 大暑 立秋 处暑 白露 秋分 寒露 霜降 立冬 小雪
    大雪 冬至 小寒 大寒
""")
MANAGERS = tuple(f"{first}{term}" for first in "禾云岚" for term in _TERMS)

_PLACES = _words("""
    翠湖 金桂 阳光 御景 东湖 锦绣 和谐 丽水 香樟 丹桂 银杏 玉兰 紫荆 梧桐 滨河 观澜 书香 学府 盛世 万和
    天泽 祥瑞 福满 春江 秋月 枫林 竹苑 荷塘 云水 山语 城南 城北 新城 古渡 长虹 望江 凤鸣 龙腾 鼎盛 康宁
    悦景 静湖 暖阳 星辰 麒麟 海棠
""")
_KINDS = (("花园", "新村"), ("苑", "家园"), ("华庭", "小区"), ("名邸", "雅居"))
ESTATES = tuple(
    f"{place}{_KINDS[(number + half) % 4][half]}" for half in (0, 1) for number, place in enumerate(_PLACES)
)

COMMUNITIES = _words(
    """
    翠屏 文峰 迎春 建新 朝阳 光明 胜利 民乐 和平 幸福 新华 育才 解放 团结 前进 东风 青年 长征
    桥头 渔港 盐河 临湖 中街 南门 北苑 西园 花桥 石门 清泉 兴业 富民 康乐 永兴 三元 五里 七星 双塘 大桥 小河 古槐
    """,
    "社区",
)
"""The first eighteen lie in the streets, the others in the towns."""

VILLAGES = _words(
    """
    上河 下河 前湾 后湾 东庄 西庄 柳堤 杏林 桃园 枣林 芦荡 稻香 麦坡 荷花 菱角 石磨 陶窑 牌坊 渡口 月塘
    """,
    "村",
)
INSTITUTIONS = _words("""
    县粮油加工厂 县自来水公司 石桥卫生院 县汽车客运站 柳溪纺织厂 柳溪卫生院 县水产养殖场 云台陶瓷厂 云台卫生院
    县第二中学 沙湾船厂 沙湾卫生院 县良种场 南塘食品厂 南塘卫生院
""")
SCHOOLS = _words("""
    翠屏小学 文峰小学 朝阳小学 育才小学 河东中学 河东实验学校
    胜利小学 新华小学 解放路小学 河西中学 青年路小学 河西职业学校
""")
