"""The plugin's own settings are read, its token decrypted with the site's salts."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.common import phpdata
from bridge.common.config import BridgeConfig
from bridge.common.errors import ConfigError
from bridge.shop import Shop
from bridge.wordpress.options import read_options
from bridge.wordpress.plugin import TOKEN_OPTIONS, Plugin, portal_token, read_plugin
from bridge.wordpress.salts import Salts, find_salts, parse_constants
from tests.common import vectors

KEY, SALT, PLAIN, STORED = vectors.read("secrets")[2]
NONE = Salts()
WP_CONFIG = """<?php
/**
 * define( 'AUTH_KEY', 'of a comment' );
 */
// define('AUTH_KEY', 'of a comment');
# define('AUTH_KEY', 'of a comment');
define( 'DB_PASSWORD', 'p\\'a"s\\\\s // not a comment' );
define( 'AUTH_KEY',         '%s' );
define( 'SECURE_AUTH_KEY',  'secure' );
define( 'LOGGED_IN_KEY',    'in' );
define( 'NONCE_KEY',        'n' );
define( 'AUTH_SALT',        '%s' );
define( 'AUTH_KEY', 'too late' );
$table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) {
    define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
"""


def options(own: object = None, general: object = None) -> dict[str, str]:
    stored = {"bizuno_api_options": own, "bizuno_general_options": general}
    return {k: phpdata.dumps(v) for k, v in stored.items() if v is not None}


def quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def test_the_sample_shops_settings_are_read(shop: Shop) -> None:
    with shop.database.read() as conn:
        plugin = read_plugin(read_options(conn, shop.tables, TOKEN_OPTIONS))
    assert (plugin.order_prefix, plugin.customer_prefix) == ("WC", "WC")
    assert plugin.stock_management and plugin.backorders == "no"
    assert plugin.url == "https://books.ridgeline.example"
    assert portal_token(shop.config, plugin) == ""


def test_a_saved_page_lacks_what_is_not_ticked() -> None:
    plugin = read_plugin(options({"url": " https://books.test ", "prefix_order": "A"}))
    assert plugin == Plugin(url="https://books.test", order_prefix="A")


def test_newer_pages_say_off() -> None:
    saved = {"inv_stock_mgt": "off", "autodownload": "on", "journal_id": 12}
    plugin = read_plugin(options(saved))
    assert not plugin.stock_management and plugin.autodownload
    assert plugin.journal == "12"


def test_what_the_page_has_not_is_looked_for_in_the_shared_settings() -> None:
    plugin = read_plugin(options({"prefix_order": "A"}, {"url": "https://x.test"}))
    assert (plugin.url, plugin.order_prefix) == ("https://x.test", "A")


@pytest.mark.parametrize("broken", ["", "a:1:{", "b:0;", 'O:8:"stdClass":0:{}'])
def test_broken_settings_are_none(broken: str) -> None:
    stored = {"bizuno_api_options": broken, "bizuno_general_options": broken}
    assert read_plugin(stored) == Plugin()


def test_no_secret_shows() -> None:
    plugin = read_plugin(
        options({"api_token": "hunter2"}) | {"auth_key": "hunter2", "auth_salt": "x"}
    )
    assert "hunter2" not in repr(plugin)


def test_the_configured_token_wins() -> None:
    plugin = Plugin(api_token="theirs")
    assert portal_token(BridgeConfig(portal_token="ours"), plugin) == "ours"
    assert portal_token(BridgeConfig(), plugin) == "theirs"
    assert portal_token(BridgeConfig(), Plugin()) == ""


def test_an_encrypted_token_is_read_with_configured_salts() -> None:
    plugin = Plugin(api_token=STORED)
    config = BridgeConfig(auth_key=KEY, auth_salt=SALT)
    assert portal_token(config, plugin) == PLAIN


def test_an_encrypted_token_is_read_with_the_salts_of_wp_config(tmp_path: Path) -> None:
    file = tmp_path / "wp-config.php"
    file.write_text(WP_CONFIG % (quoted(KEY), quoted(SALT)), "utf-8")
    config = BridgeConfig(wp_config=file)
    assert portal_token(config, Plugin(api_token=STORED)) == PLAIN


def test_salts_in_the_database_count_where_there_are_no_others() -> None:
    plugin = Plugin(api_token=STORED, stored_salts=Salts(KEY, SALT))
    assert portal_token(BridgeConfig(), plugin) == PLAIN


def test_other_salts_are_told_by_their_keys() -> None:
    with pytest.raises(ConfigError, match="AUTH_KEY and AUTH_SALT") as caught:
        portal_token(BridgeConfig(auth_key="x" * 40), Plugin(api_token=STORED))
    assert caught.value.problems[0][0] == "[bridge] portal_token"
    assert PLAIN not in str(caught.value) and STORED not in str(caught.value)


def test_a_token_in_plain_text_needs_no_salts(tmp_path: Path) -> None:
    config = BridgeConfig(wp_config=tmp_path / "missing.php")
    assert portal_token(config, Plugin(api_token="plain")) == "plain"


def test_a_file_that_cannot_be_read_is_told_without_its_path(tmp_path: Path) -> None:
    config = BridgeConfig(wp_config=tmp_path / "missing.php")
    with pytest.raises(ConfigError, match="No such file") as caught:
        find_salts(config, NONE)
    assert str(tmp_path) not in str(caught.value)


def test_a_computed_salt_is_told(tmp_path: Path) -> None:
    file = tmp_path / "wp-config.php"
    file.write_text("<?php define('AUTH_KEY', getenv('K')); define('AUTH_SALT','s');")
    with pytest.raises(ConfigError, match="computes AUTH_KEY; set auth_key instead"):
        find_salts(BridgeConfig(wp_config=file), NONE)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("define('AUTH_KEY','put your unique phrase here');", ("db-k", "db-s")),
        ("define('AUTH_KEY','a');define('AUTH_SALT','a');", ("db-k", "db-s")),
        ("define('AUTH_KEY','a');", ("a", "db-s")),
        ("define('SECRET_KEY','z');define('AUTH_SALT','b');", ("z", "b")),
        ("const AUTH_KEY = 'c'; const AUTH_SALT = \"d\\x21\";", ("c", "d!")),
        ("", ("db-k", "db-s")),
    ],
)
def test_salts_are_chosen_as_wordpress_chooses(
    tmp_path: Path, program: str, expected: tuple[str, str]
) -> None:
    file = tmp_path / "wp-config.php"
    file.write_text(f"<?php {program}", "utf-8")
    config = BridgeConfig(wp_config=file)
    assert find_salts(config, Salts("db-k", "db-s")) == Salts(*expected)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("define('A', 'it\\'s \\\\ \\n');", "it's \\ \\n"),
        ('define("A", "a\\n\\t\\$\\"\\101\\x41\\u{e9}\\q");', 'a\n\t$"AAé\\q'),
        ("DEFINE ( 'A' , 'x' , false ) ;", "x"),
        ("\\define('A', 'x');", "x"),
        ("/* ' */ define('A' /* , 'y' */, // z\n 'x');", "x"),
        ("#[Attribute] class B {}\ndefine('A', 'x');", "x"),
        ("define('A', \"x $y\");", None),
        ("define('A', \"x {$y}\");", None),
        ("define('A', 'x' . 'y');", None),
        ("define('A', $x);", None),
        ("define('A'", None),
    ],
)
def test_php_texts_are_read_as_php_reads_them(
    program: str, expected: str | None
) -> None:
    assert parse_constants(f"<html><?php {program}").get("A") == expected


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")))
@example("a'b\\c\"d$e/*f//g#h?>")
def test_any_salt_survives_quoting(text: str) -> None:
    program = WP_CONFIG % (quoted(text).replace("%", "%"), "s")
    found = parse_constants(program)
    assert found["AUTH_KEY"] == text and found["AUTH_SALT"] == "s"


@given(st.text())
def test_any_file_is_survived(program: str) -> None:
    parse_constants(f"<?php {program}")


PHP = """
foreach (json_decode(file_get_contents('php://stdin'), true) as $one) {
    list($token, $key, $salt) = $one;
    $iv = openssl_random_pseudo_bytes(16);
    $made = openssl_encrypt($token, 'aes-256-cbc', substr($key . $salt, 0, 32), 0, $iv);
    echo base64_encode($made . '::' . base64_encode($iv)), "\\n";
}
"""


@pytest.mark.skipif(not shutil.which("php"), reason="php is not installed here")
def test_what_php_encrypts_is_decrypted() -> None:
    rows = [
        ["token-1", "k" * 64, "s" * 64],
        ["tökën \N{BICYCLE}", "ü" * 40, "s"],
        ["x" * 200, "short", "salt"],
        [" blanks ", "", ""],
    ]
    done = subprocess.run(
        ["php", "-r", PHP], input=json.dumps(rows), capture_output=True, text=True
    )
    if "undefined function" in done.stdout + done.stderr:
        pytest.skip("this php has no openssl")
    for (token, key, salt), stored in zip(rows, done.stdout.split(), strict=True):
        plugin = Plugin(api_token=stored, stored_salts=Salts(key, salt))
        assert portal_token(replace(BridgeConfig()), plugin) == token
