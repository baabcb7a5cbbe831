"""Texts lose what WordPress would not let a shop manager save."""

from __future__ import annotations

import pytest

from bridge.wordpress.html import clean_post, clean_title, plain_text, term_name


@pytest.mark.parametrize(
    "text",
    [
        "<p>Long text.</p>\n<ul><li>one</li><li>two &amp; three</li></ul>",
        'A <b class="x">deluxe</b> widget',
        '<p style="color:red">red</p>',
        '<a href="https://example.com/?a=1&amp;b=2" target="_blank">x</a>',
        "<!-- wp:paragraph --><p>x</p><!-- /wp:paragraph -->",
        "back\\slash \\n 'single' \"double\" 😀 é",
    ],
)
def test_description_keeps_the_markup_of_a_post(text: str) -> None:
    assert clean_post(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src="x" onerror="alert(1)">',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="jav&#x09;ascript:alert(1)">x</a>',
        "<iframe src='https://example.com'></iframe>",
        '<p onclick="alert(1)">x</p>',
        "<svg><script>alert(1)</script></svg>",
        '<form action="https://example.com"><input name="x"></form>',
        '<p style="behavior:url(x);background:url(javascript:alert(1))">x</p>',
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
        "<!-- --!><img src=x onerror=alert(1)> -->",
        "<math><mtext><table><mglyph><style><!--</style><img onerror=alert(1)>",
    ],
)
def test_description_loses_everything_active(text: str) -> None:
    cleaned = clean_post(text).lower()
    for sign in ("alert(", "onerror", "onclick", "javascript", "<iframe", "<form"):
        assert sign not in cleaned.replace("&lt;", "")


def test_cleaning_twice_changes_nothing() -> None:
    once = clean_post("<p>5 < 6 & <b>more<br></p>")
    assert clean_post(once) == once


def test_name_keeps_inline_markup_on_one_line() -> None:
    assert clean_title(" Bold <b>name</b>\n<div>& more</div> ") == (
        "Bold <b>name</b> &amp; more"
    )


def test_plain_text_has_no_markup() -> None:
    assert plain_text("Dark <b>blue</b>\n & grey") == "Dark blue & grey"
    assert plain_text("&lt;script&gt; <i>x</i>") == "&lt;script&gt; x"


def test_term_names_are_stored_escaped_once() -> None:
    assert term_name("Tools & More") == "Tools &amp; More"
    assert term_name("Tools &amp; More") == "Tools &amp; More"
    assert term_name("a > b") == "a &gt; b"
