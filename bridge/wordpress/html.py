"""Texts cleaned as WordPress cleans what a user without ``unfiltered_html`` saves.

Three strengths: ``clean_post`` for descriptions, ``clean_title`` for names,
``plain_text`` for everything that is shown as text (attributes, terms, metas). The
sanitiser is nh3 (ammonia); the lists are WordPress's own (6.8).
"""

from __future__ import annotations

import re

import nh3

_GLOBAL = {
    "aria-controls", "aria-current", "aria-describedby", "aria-details",
    "aria-expanded", "aria-hidden", "aria-label", "aria-labelledby", "aria-live",
    "class", "dir", "hidden", "id", "lang", "role", "style", "title", "xml:lang",
}  # fmt: skip
_CELL = {
    "abbr", "align", "axis", "bgcolor", "char", "charoff", "colspan", "headers",
    "height", "nowrap", "rowspan", "scope", "valign", "width",
}  # fmt: skip
_ROW = {"align", "bgcolor", "char", "charoff", "valign"}
_GROUP = {"align", "char", "charoff", "valign"}
_COLUMN = {"align", "char", "charoff", "span", "valign", "width"}
_BLOCK = {"align"}
_NOTHING: set[str] = set()
# elements of a post and the attributes they may have beside the global ones
_POST = {
    "a": {"href", "rel", "rev", "name", "target", "download"},
    "area": {"alt", "coords", "href", "nohref", "shape", "target"},
    "article": _BLOCK,
    "aside": _BLOCK,
    "audio": {"autoplay", "controls", "loop", "muted", "preload", "src"},
    "blockquote": {"cite"},
    "br": _NOTHING,
    "button": {"disabled", "name", "type", "value"},
    "caption": _BLOCK,
    "col": _COLUMN,
    "colgroup": _COLUMN,
    "del": {"datetime", "cite"},
    "details": {"align", "open"},
    "div": _BLOCK,
    "figcaption": _BLOCK,
    "figure": _BLOCK,
    "font": {"color", "face", "size"},
    "footer": _BLOCK,
    "h1": _BLOCK,
    "h2": _BLOCK,
    "h3": _BLOCK,
    "h4": _BLOCK,
    "h5": _BLOCK,
    "h6": _BLOCK,
    "header": _BLOCK,
    "hgroup": _BLOCK,
    "hr": {"align", "noshade", "size", "width"},
    "img": {
        "alt", "align", "border", "height", "hspace", "loading", "longdesc", "vspace",
        "src", "usemap", "width",
    },
    "ins": {"datetime", "cite"},
    "label": {"for"},
    "legend": _BLOCK,
    "li": {"align", "value"},
    "main": _BLOCK,
    "map": {"name"},
    "menu": {"type"},
    "nav": _BLOCK,
    "ol": {"reversed", "start", "type"},
    "p": _BLOCK,
    "pre": {"width"},
    "q": {"cite"},
    "section": _BLOCK,
    "span": _BLOCK,
    "summary": _BLOCK,
    "table": {
        "align", "bgcolor", "border", "cellpadding", "cellspacing", "rules", "summary",
        "width",
    },
    "tbody": _GROUP,
    "td": _CELL,
    "textarea": {"cols", "rows", "disabled", "name", "readonly"},
    "tfoot": _GROUP,
    "th": _CELL,
    "thead": _GROUP,
    "tr": _ROW,
    "track": {"default", "kind", "label", "src", "srclang"},
    "ul": {"type"},
    "video": {
        "autoplay", "controls", "height", "loop", "muted", "playsinline", "poster",
        "preload", "src", "width",
    },
}  # fmt: skip
_BARE = {
    "abbr", "acronym", "address", "b", "bdo", "big", "cite", "code", "data", "dd",
    "dfn", "dl", "dt", "em", "fieldset", "i", "kbd", "mark", "rb", "rp", "rt", "rtc",
    "ruby", "s", "samp", "search", "small", "strike", "strong", "sub", "sup", "tt",
    "u", "var",
}  # fmt: skip
_TITLE = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "acronym": {"title"},
    "b": _NOTHING,
    "blockquote": {"cite"},
    "cite": _NOTHING,
    "code": _NOTHING,
    "del": {"datetime"},
    "em": _NOTHING,
    "i": _NOTHING,
    "q": {"cite"},
    "s": _NOTHING,
    "strike": _NOTHING,
    "strong": _NOTHING,
}
_SCHEMES = {
    "http", "https", "ftp", "ftps", "mailto", "news", "irc", "irc6", "ircs", "gopher",
    "nntp", "feed", "telnet", "mms", "rtsp", "sms", "svn", "tel", "fax", "xmpp",
    "webcal", "urn",
}  # fmt: skip
_STYLES = {
    "background", "background-color", "background-image", "background-position",
    "background-repeat", "background-size", "background-attachment",
    "background-blend-mode", "border", "border-radius", "border-width",
    "border-color", "border-style", "border-right", "border-right-color",
    "border-right-style", "border-right-width", "border-bottom",
    "border-bottom-color", "border-bottom-left-radius",
    "border-bottom-right-radius", "border-bottom-style", "border-bottom-width",
    "border-left", "border-left-color", "border-left-style", "border-left-width",
    "border-top", "border-top-color", "border-top-left-radius",
    "border-top-right-radius", "border-top-style", "border-top-width",
    "border-spacing", "border-collapse", "caption-side", "columns", "column-count",
    "column-fill", "column-gap", "column-rule", "column-span", "column-width",
    "display", "color", "filter", "font", "font-family", "font-size", "font-style",
    "font-variant", "font-weight", "letter-spacing", "line-height", "text-align",
    "text-decoration", "text-indent", "text-transform", "white-space", "height",
    "min-height", "max-height", "width", "min-width", "max-width", "margin",
    "margin-right", "margin-bottom", "margin-left", "margin-top", "padding",
    "padding-right", "padding-bottom", "padding-left", "padding-top", "flex",
    "flex-basis", "flex-direction", "flex-flow", "flex-grow", "flex-shrink",
    "flex-wrap", "gap", "row-gap", "grid-template-columns", "grid-auto-columns",
    "grid-template-rows", "grid-auto-rows", "grid-gap", "justify-content",
    "justify-items", "justify-self", "align-content", "align-items", "align-self",
    "clear", "cursor", "direction", "float", "list-style-type", "object-fit",
    "object-position", "opacity", "overflow", "vertical-align", "writing-mode",
    "position", "top", "right", "bottom", "left", "z-index", "box-shadow",
    "aspect-ratio",
}  # fmt: skip


_DROPPED = {"script", "style"}  # with all they hold: it was never meant to be read
_PARTS = {"*": _GLOBAL, **_POST}

_post = nh3.Cleaner(
    tags=set(_POST) | _BARE,
    attributes=_PARTS,
    clean_content_tags=_DROPPED,
    strip_comments=False,  # the block editor keeps its marks in comments
    link_rel=None,
    generic_attribute_prefixes={"data-"},
    url_schemes=_SCHEMES,
    filter_style_properties=_STYLES,
)
_title = nh3.Cleaner(
    tags=set(_TITLE),
    attributes=_TITLE,
    clean_content_tags=_DROPPED,
    link_rel=None,
    url_schemes=_SCHEMES,
)
_text = nh3.Cleaner(tags=set(), attributes={}, clean_content_tags=_DROPPED)

_MARKUP = re.compile("[<>&\x00\r\xa0]")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")
_BARE_AMPERSAND = re.compile(r"&(?![a-zA-Z][a-zA-Z0-9]*;|#\d+;|#[xX][0-9a-fA-F]+;)")


def clean_post(text: str) -> str:
    """A description, long or short: WordPress's post markup, nothing active."""
    return _post.clean(text) if _MARKUP.search(text) else text


def clean_title(text: str) -> str:
    """A name: inline markup only, on one line."""
    text = _BLANKS.sub(" ", text).strip()
    return _title.clean(text) if _MARKUP.search(text) else text


def plain_text(text: str) -> str:
    """Text without markup, on one line; a lone ``<`` ends as ``&lt;``."""
    if "<" in text:
        # & is left as it came: whoever shows the text escapes it
        text = _text.clean(text).replace("&amp;", "&")
    return _BLANKS.sub(" ", text).strip()


def term_name(text: str) -> str:
    """The name of a category or tag as it is stored: plain text, HTML-escaped."""
    escaped = _BARE_AMPERSAND.sub("&amp;", plain_text(text))
    return escaped.replace("<", "&lt;").replace(">", "&gt;")
