"""The columns of the tables of each kind, and what is written in them (CON-15). Pure."""

from collections.abc import Mapping

from scrm.library.model import Kind

ROLE_NAMES = {
    "staff": "员工",
    "team_lead": "主管",
    "operations_admin": "运营管理员",
    "pool_admin": "公海管理员",
    "service": "客服",
    "marketing": "市场",
    "finance": "财务",
    "hr": "人事",
    "auditor": "审计",
}
KIND_NAMES = {
    "text": "文字",
    "image": "图片",
    "video": "视频",
    "file": "文件",
    "h5": "H5",
    "miniprogram": "小程序",
    "material": "素材",
    "product": "商品",
}
STATUS_NAMES = {"published": "已发布", "draft": "草稿", "archived": "已归档"}
MOST_PARTS = 9

ID, TITLE, GROUP, STATUS = "编号", "标题", "分组", "状态"
ROLES, DEPARTMENTS, PEOPLE = "可见角色", "可见部门", "可见成员"
KEYWORDS, STAGES = "关键词", "阶段"
PARTS = [(f"类型{n}", f"内容{n}") for n in ("", *range(2, MOST_PARTS + 1))]
_PLACE = (STATUS, ROLES, DEPARTMENTS, PEOPLE)
CARD = {
    "卡片标题": "title",
    "副标题": "subtitle",
    "网址": "url",
    "封面": "cover_file_id",
    "小程序AppID": "appid",
    "小程序页面": "page",
}
COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    "script": (ID, TITLE, GROUP, *(each for pair in PARTS for each in pair), KEYWORDS, STAGES, *_PLACE),
    "material": (ID, TITLE, GROUP, "类型", "内容", "文件", *CARD, *_PLACE),
    "article": (ID, TITLE, GROUP, "内容", KEYWORDS, *_PLACE),
}
REQUIRED = (TITLE,)
ALIASES = {"名称": TITLE, "话术": "内容", "正文": "内容", "分类": GROUP, "标签": KEYWORDS}
EXAMPLES: Mapping[str, Mapping[str, str]] = {
    "script": {
        TITLE: "首次报价",
        GROUP: "售前/价格",
        "类型": "文字",
        "内容": "{customer}您好，这是春季班的价格表",
        "类型2": "素材",
        "内容2": "春季价格表",
        KEYWORDS: "价格、报价",
        STAGES: "意向",
        STATUS: "草稿",
    },
    "material": {
        TITLE: "开场白",
        GROUP: "售前",
        "类型": "文字",
        "内容": "您好，我是您的课程顾问",
        ROLES: "市场、主管",
    },
    "article": {TITLE: "退款规则", GROUP: "售后", "内容": "开课前全额退款", KEYWORDS: "退款、退费"},
}
