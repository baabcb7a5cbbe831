"""The demo tells its story, and says so when something in it is wrong."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.demo import __main__ as demo
from tests.demo import story
from tests.demo.stage import Broken, Stage, build, serving
from tests.support import mariadb
from tests.support.servers import ROOT

README = ROOT / "README.rst"


def run(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.demo", *words],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_demo_tells_the_whole_story() -> None:
    demo = run()
    told, failed = demo.communicate(timeout=120)
    assert demo.returncode == 0, told + failed
    lines = told.splitlines()
    # the shop is made, the servers start, every step is one line, and the end
    assert len(lines) == 2 + len(story.STEPS) + 1
    for number, line in enumerate(lines[:-1], 1):
        assert re.match(rf" ?{number}\. \S", line), line
    assert "Order 3044 of the shop is INV" in told
    assert "Both databases agree" in lines[-2]
    assert failed == ""


def test_a_step_that_goes_wrong_ends_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrong(stage: Stage) -> str:
        raise Broken("the books have 2 entries")

    monkeypatch.setattr(story, "create", wrong)
    assert demo._tell(build(tmp_path)) == 1
    said = capsys.readouterr()
    assert "failed: step 1 (wrong): the books have 2 entries" in said.err
    assert "All done" not in said.out


def test_a_story_that_is_not_true_is_noticed(tmp_path: Path) -> None:
    stage = build(tmp_path)
    story.create(stage)
    with pytest.raises(Broken, match="in the shop: expected"):
        story.agree(stage)  # nothing was refreshed yet


def test_the_story_is_true_on_mariadb_for_accounts_with_few_rights(
    server: mariadb.Server, tmp_path: Path
) -> None:
    """The rights are those that README.rst tells to grant."""
    rights = "SELECT, INSERT, UPDATE, DELETE, CREATE, INDEX, CREATE TEMPORARY TABLES"
    urls = []
    for user, collation in (
        ("bridge", "utf8mb4_unicode_520_ci"),
        ("portal", "utf8mb4_unicode_ci"),
    ):
        name = server.create_database(collation)
        server.execute(
            f"CREATE OR REPLACE USER {user}@localhost IDENTIFIED BY 'few'",
            f"GRANT {rights} ON {name}.* TO {user}@localhost",
        )
        urls.append(server.url(name).replace("root@", f"{user}:few@"))
    assert (
        re.sub(r"\s+", " ", README.read_text("utf-8")).count(f"GRANT {rights} ON") == 2
    )
    stage = build(tmp_path, *urls)
    story.create(stage)
    with serving(stage):
        for step in story.STEPS:
            assert step(stage)


def test_serving_prints_addresses_and_credentials_and_ends_cleanly(
    tmp_path: Path,
) -> None:
    with run("--serve", "--folder", str(tmp_path / "serve")) as served:
        assert served.stdout is not None and served.stderr is not None
        said = ""
        for line in served.stdout:
            said += line
            if line.startswith("Ctrl-C ends"):
                break
        else:
            pytest.fail(f"nothing is served: {served.stderr.read()}")
        shop, books = re.findall(r"http://127\.0\.0\.1:\d+/\S*", said)[:2]
        token = re.findall(r"X-Bizuno-Token: (\S+)", said)[0]
        index = requests.get(shop, timeout=10)
        rates = requests.get(
            f"{books}shipGetRates&country=US&postcode=78701",
            headers={"X-Bizuno-Token": token},
            timeout=10,
        )
        served.send_signal(signal.SIGTERM)
        served.communicate(timeout=60)
    assert index.headers["X-Bizuno-Bridge"] == "1"
    assert rates.status_code == 200 and rates.json()["rates"]
    assert "email: manager@ridgeline.example" in said
    assert served.returncode == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(shop, timeout=5)
