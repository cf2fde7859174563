"""Result pages of each generation, as the notes on them say: sizes are height, then width."""

import json

# Two records: the second address needs an escape for "=" and "&".
CAT = {
    "docid": "aBc1-_xYz",
    "thumbnail": ["https://encrypted-tbn0.gstatic.com/images?q=tbn:ANd9GcA&s", 168, 300],
    "full": ["https://photos.example.org/cat.jpg", 720, 1280],
    "page": "https://www.example.org/cats?id=7&lang=en",
    "title": 'A cat called "Tom" \u2013 Caf\u00e9 \U0001f63a',
}
DOG = {
    "docid": "dOg2",
    "thumbnail": ["https://encrypted-tbn0.gstatic.com/images?q=tbn:ANd9GcB&s", 225, 225],
    "full": ["https://img.example.net/dog.png?w=900&h=600", 600, 900],
    "page": "https://blog.example.net/dogs",
    "title": "Dogs",
}
BOTH = [CAT, DOG]


def record(picture: dict) -> list:
    """Write one picture the way Google's scripts do."""
    facts = {
        "2000": [None, "example.org", "120KB"],
        "2003": [None, "rEf" + picture["docid"], picture["page"], picture["title"], None, None],
        "2008": [None, "short title"],
    }
    full, thumbnail = picture["full"], picture["thumbnail"]
    return [1, [0, picture["docid"], thumbnail, full, None, 0, "rgb(128,96,64)", None, 0, facts]]


def google_json(value: object) -> str:
    """Write JSON with the escapes that Google uses."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("=", r"\u003d").replace("&", r"\u0026")


def card(picture: dict, inside: str = "") -> str:
    title = picture["title"].replace('"', "&quot;")
    return (
        f'<div jsname="dTDiAc" class="eA0Zlc WghbWd FnEtTd mkpRId m3LIae RLdvSe qyKxnc ivg-i PZPZlf GMCzAd" '
        f'data-attrid="images universal" data-docid="{picture["docid"]}" data-ivep="true" '
        f'data-lpage="{picture["page"].replace("&", "&amp;")}" data-ref-docid="rEf{picture["docid"]}">'
        f'<h3><a>{inside}<div class="H8Rx8c"><g-img class="mNsIhb"><img id="dimg_1" class="YQ4gaf" alt="{title}" '
        f'src="data:image/gif;base64,R0lGODlhAQABAIAAAP///////yH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="></g-img></div></a></h3>'
        f'<a class="EZAeBe" href="{picture["page"]}"><div class="OSrXXb">{title}</div></a></div>'
    )


def page(cards: str, script: str) -> str:
    return (
        "<!DOCTYPE html><html><head><title>cats - Google Search</title></head><body>"
        '<noscript><meta content="0;url=/httpservice/retry/enablejs?sei=x" http-equiv="refresh"></noscript>'
        '<div role="list"><a aria-label="Add Pink" href="/search?q=pink+cats&amp;udm=2">'
        '<img width="46" alt=""></a></div>'
        f'<div id="rso"><div class="jFk0f">{cards}</div></div><script nonce="n">{script}</script></body></html>'
    )


def page_2026(pictures: list) -> str:
    """One escape level more than before, in a string in single quotes, and every record twice, side by side."""
    records = {f"kX_{i}": record(picture) for i, picture in enumerate(p for p in pictures for _ in (0, 1))}
    inner = google_json(records).replace("\\", "\\\\").replace("'", r"\x27")
    script = f"(function(){{window.WIZ_global_data={{}};var d='{inner}';google.pmc=d;}})();"
    return page("".join(card(picture) for picture in pictures), script)


def page_2024(pictures: list) -> str:
    records = {f"kX_{i}": record(picture) for i, picture in enumerate(pictures)}
    script = f"window.WIZ_global_data={{}};(function(){{var m={google_json(records)};var a=m;}})();"
    return page("".join(card(picture) for picture in pictures), script)


def page_cards(pictures: list) -> str:
    """Cards that were hovered over: only the links tell."""
    cards = ""
    for picture in pictures:
        full, height, width = picture["full"]
        address = full.replace("?", "%3F").replace("=", "%3D").replace("&", "%26")
        source = picture["page"].replace("?", "%3F").replace("=", "%3D").replace("&", "%26")
        link = (
            f"/imgres?q=cats&amp;imgurl={address}&amp;imgrefurl={source}&amp;docid=x&amp;tbnid=y"
            f"&amp;w={width}&amp;h={height}&amp;hcb=2"
        )
        cards += card(picture).replace("<a>", f'<a href="{link}">')
    return page(cards, "")


def page_grid(pictures: list) -> str:
    """The grid of 2020 to spring 2024, with a block of related searches between the results."""
    boxes = [
        f'<div class="isv-r PNCib MSM1fd BUooTd" data-ri="{i}" data-id="{picture["docid"]}">'
        '<a class="wXeWr islib"><div class="bRMDJf islir"><img class="rg_i Q4LuWd" data-iid="0"></div></a>'
        f'<a class="VFACy" href="{picture["page"]}"></a></div>'
        for i, picture in enumerate(pictures)
    ]
    boxes.insert(1, '<div class="isv-r MSM1fd b0vFpe">Related searches</div>')
    data = [None] * 31 + [[[None] * 12 + [[None, None, [record(picture) for picture in pictures]]]]]
    script = (
        "AF_initDataCallback({key: 'ds:0', hash: '1', data:[], sideChannel: {}});</script><script>"
        f"AF_initDataCallback({{key: 'ds:1', hash: '2', data:{google_json(data)}, sideChannel: {{}}}});"
    )
    return (
        f'<html><body><div id="islmp"><div id="islrg"><div>{"".join(boxes)}</div></div></div><script>{script}</script>'
    )


CONSENT = """<html><body>Before you continue to Google
<form action="https://consent.google.com/save" method="POST" style="display:inline;"><div class="lssxud">
<button jsname="tWT92d" aria-label="Reject all"><span jsname="V67aGc" aria-hidden='true'>Reject all</span></button>
</div><input type="hidden" name="gl" value="DE"><input type="hidden" name="pc" value="srp">
<input type="hidden" name="set_eom" value="true" required></form>
<form action="https://consent.google.com/save" method="POST" style="display:inline;"><div class="lssxud">
<button jsname="b3VHJd" aria-label="Accept all"><span jsname="V67aGc" aria-hidden='true'>Accept all</span></button>
</div><input type="hidden" name="gl" value="DE"><input type="hidden" name="set_sc" value="true" required>
<input type="hidden" name="set_aps" value="true" required><input type="hidden" name="set_eom" value="false" required>
</form></body></html>"""

CHALLENGE = """<!DOCTYPE html><html lang="pt-BR"><head><title>Google Search</title></head><body>
<noscript><style>table,div,span,p{display:none}</style><meta content="0;url=/httpservice/retry/enablejs?sei=hTt6aqzX"
http-equiv="refresh"><div style="display:block">Clique <a href="/httpservice/retry/enablejs?sei=hTt6aqzX">aqui</a>
se o redirecionamento n\u00e3o iniciar em alguns segundos.</div></noscript>
<script>(function(){var sctm=false;})();</script>
<div id="yvlrue" style="display:none">Se voc\u00ea estiver com problemas para acessar a Pesquisa Google,&nbsp;
<a href="/search?q=cats&amp;udm=2&amp;emsg=SG_REL&amp;sei=hTt6aqzX">clique aqui</a></div></body></html>"""

SORRY = """<html><head><title>https://www.google.com/search?q=cats&amp;udm=2</title></head><body>
<form id="captcha-form" action="index" method="post"><div id="recaptcha" class="g-recaptcha"
data-sitekey="6LfwuyUT" data-callback="submitCallback" data-s="x"></div><input type='hidden' name='q' value='x'></form>
Our systems have detected unusual traffic from your computer network. This page checks to see if it's
really you sending the requests, and not a robot.</body></html>"""

SORRY_2016 = """<html><body style="font-family: arial"><form action="CaptchaRedirect" method="get"><input type="text"
name="captcha" value="" id="captcha"></form>
Our systems have detected unusual traffic from your computer network.</body>"""

NO_RESULTS = """<html><head><title>qwzxv - Google Search</title></head><body><noscript>
<meta content="0;url=/httpservice/retry/enablejs?sei=x" http-equiv="refresh"></noscript>
<div id="center_col"><div class="card-section"><p>No results found for <b>qwzxv</b>.</p></div></div></body></html>"""
