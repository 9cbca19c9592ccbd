"""The leaderboard in headless Chromium, from file://, as people use it."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from brainscore_mouse.leaderboard.page_name import page_name
from brainscore_mouse.leaderboard.site import write_leaderboard
from brainscore_mouse.results.neuroid_numbers.stored_numbers import store_numbers
from brainscore_mouse.results.store import store_failure
from stored_scores import AREAS, store_made_up, store_table

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="no chromium and chromedriver (apt-get install chromium chromium-driver)"
    ),
]
HOSTILE = "</script><img src=x onerror=document.title='harm'>"
MODELS = ["resnet18", "resnet18-random", "resnet18-neurn", "vit-b-16", "alexnet", HOSTILE]
NUMBERED = "toy-mouse-VISp-rsa"
CHROMIUM_OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1280,900"),
)


@pytest.fixture(scope="module")
def browser():
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for option in (*CHROMIUM_OPTIONS, f"--user-data-dir={profile}"):
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
        yield driver
        driver.quit()


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """One leaderboard, and the scores on it, by model and benchmark."""
    folder = tmp_path_factory.mktemp("board")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINSCORE_MOUSE_HOME", str(folder / "home"))
        scores = store_table(MODELS)
        store_made_up("alexnet", "toy-mouse-VISp.Sst-rsa", 0.321, ceiling=0.5, ceiling_error=0.1)
        store_numbers(NUMBERED, [row for model in MODELS for row in numbers_of(model, scores[model, NUMBERED])])
        write_leaderboard(folder / "board")
    return folder / "board", scores


def numbers_of(model, score):
    """The scores of a model at four numbers of neuroids, as `neuroid-numbers` stores them."""
    for number, share in ((10, None), (20, 0.5), (30, 0.8), (40, 1.0)):
        value = None if share is None else share * score
        shown = {"score": value, "error": 0.01, "low": None, "high": None, "problem": "" if share else "too noisy"}
        yield {"model": model, "n_neuroids_compared": number, "n_neuroids": 40, "n_draws": 2, **shown}


def wait_until_loaded(browser, address):
    """Chromedriver 150 now and then hands back a page of file:// that is still loading (2 of 150 times)."""
    from selenium.webdriver.support.ui import WebDriverWait

    state = "return [location.href.split('#')[0], document.readyState]"
    loaded = [address.split("#")[0], "complete"]
    WebDriverWait(browser, 20).until(lambda browser: browser.execute_script(state) == loaded)


def open_page(browser, address):
    browser.get(address)
    wait_until_loaded(browser, address)


@pytest.fixture
def page(board, browser):
    """The first page, opened anew; afterwards nothing must have been complained about."""
    open_page(browser, "about:blank")
    open_page(browser, (board[0] / "index.html").as_uri())
    yield browser
    assert browser.get_log("browser") == []


def texts(browser, selector):
    return [found.text for found in browser.find_elements("css selector", selector)]


def shown_models(browser):
    return texts(browser, "#scores tbody th a")


def sort_button(browser, label):
    return next(
        found for found in browser.find_elements("css selector", "#scores thead button") if found.text.startswith(label)
    )


def choose(browser, select, text):
    from selenium.webdriver.support.ui import Select

    Select(browser.find_element("id", select)).select_by_visible_text(text)


def by_score(scores, benchmark):
    return sorted(MODELS, key=lambda model: -scores[model, benchmark])


def test_sorting(page, board):
    scores = board[1]
    means = {model: sum(scores[model, f"toy-mouse-{area}-rsa"] for area in AREAS) for model in MODELS}
    assert shown_models(page) == sorted(MODELS, key=lambda model: -means[model])
    sort_button(page, "VISl").click()
    assert shown_models(page) == by_score(scores, "toy-mouse-VISl-rsa")
    header = sort_button(page, "VISl").find_element("xpath", "..")
    assert header.get_attribute("aria-sort") == "descending"
    assert "toy-mouse-VISl-rsa, descending" in page.find_element("id", "status").text
    sort_button(page, "VISl").click()
    assert shown_models(page) == by_score(scores, "toy-mouse-VISl-rsa")[::-1]
    sort_button(page, "Model").click()
    assert shown_models(page) == sorted(MODELS)


def test_cells_tell_score_and_error(page, board):
    best = by_score(board[1], "toy-mouse-VISp-rsa")[0]
    sort_button(page, "VISp").click()
    value = board[1][best, "toy-mouse-VISp-rsa"]
    cells = texts(page, "#scores tbody tr:first-child td.cell")
    expected = f"{value:.2f}±.02".removeprefix("0")
    assert expected in [cell.replace(" ", "").replace("\n", "") for cell in cells]
    assert page.execute_script("return [fixed(-0.004, 2), fixed(-0.006, 2), fixed(0, 3)]") == ["0.00", "-0.01", "0.000"]
    assert ".90±.01" in page.find_element("css selector", ".ceilings").text.replace("\n", "").replace(" ", "")


def test_models_that_cannot_be_distinguished_share_a_rank(browser, tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(tmp_path / "home"))
    for model, value in {"a": 0.50, "b": 0.48, "c": 0.30, "d": 0.29}.items():
        store_made_up(model, "toy-mouse-VISp-rsa", value)
        store_made_up(model, "toy-mouse-VISl-rsa", value)
    store_made_up("part", "toy-mouse-VISl-rsa", 0.4)
    store_failure("part", "toy-mouse-VISp-rsa", {"error": "DataError", "message": "no <b>", "created": "2026-01-01"})
    write_leaderboard(tmp_path / "board")
    open_page(browser, (tmp_path / "board" / "index.html").as_uri())
    assert texts(browser, "#scores tbody .rank") == ["1", "1", "\u2013", "3", "3"]
    assert shown_models(browser) == ["a", "b", "part", "c", "d"]
    assert "1 of 2 areas" in texts(browser, "#scores tbody tr:nth-child(3) .cell.mean")[0]
    failed = browser.find_element("css selector", "#scores td.failed a")
    assert failed.get_attribute("textContent") == "failed: DataError: no <b>"
    assert "ranks by errors taken for independent" in browser.find_element("id", "status").text
    assert len(browser.find_elements("css selector", "#scores tbody .best")) == 6  # a and b, twice and their means
    failed.click()
    assert "DataError: no <b>" in browser.find_element("css selector", "main").text


def test_each_column_is_described_where_it_is_focused_and_to_screen_readers(page, board):
    for button in page.find_elements("css selector", "#scores thead button"):
        page.execute_script("arguments[0].focus()", button)
        shown = page.find_element("id", "about-column").text
        described = page.find_element("id", button.get_attribute("aria-describedby")).get_attribute("textContent")
        assert shown == described and len(shown) > 20


def test_two_models_are_compared_in_both_directions(page, board):
    address = (board[0] / "compare.html").as_uri()
    open_page(page, f"{address}#first=vit-b-16&second=alexnet")
    shown = difference_of(page, "toy-mouse-VISl-rsa")
    expected = board[1]["vit-b-16", "toy-mouse-VISl-rsa"] - board[1]["alexnet", "toy-mouse-VISl-rsa"]
    assert shown == pytest.approx(expected, abs=1e-3)
    page.find_element("id", "swap").click()
    assert difference_of(page, "toy-mouse-VISl-rsa") == pytest.approx(-expected, abs=1e-3)
    assert "first=alexnet&second=vit-b-16" in page.current_url
    assert "alexnet is ahead on" in page.find_element("id", "summary").text
    choose(page, "second", "alexnet")
    assert "two different models" in page.find_element("id", "summary").text
    choose(page, "second", HOSTILE)
    assert HOSTILE in page.find_element("id", "summary").text
    assert page.find_elements("css selector", "main img") == []


def difference_of(page, benchmark):
    from selenium.webdriver.support.ui import WebDriverWait

    def found(page):
        rows = page.find_elements("css selector", "#differences tbody tr")
        return [row for row in rows if row.find_element("tag name", "th").text == benchmark]

    (row,) = WebDriverWait(page, 20).until(found)
    return float(row.find_elements("css selector", "td")[2].text.replace("\u2212", "-"))


def test_filters(page, board):
    page.find_element("id", "search").send_keys("RESNET")
    assert set(shown_models(page)) == {"resnet18", "resnet18-random", "resnet18-neurn"}
    page.find_element("css selector", "input[value=random]").click()
    assert set(shown_models(page)) == {"resnet18", "resnet18-neurn"}
    page.find_element("css selector", "button[type=reset]").click()
    choose(page, "family", "vit")
    assert shown_models(page) == ["vit-b-16"]
    choose(page, "family", "all families")
    choose(page, "metric", "ridge")
    sort_button(page, "VISal").click()
    assert shown_models(page) == by_score(board[1], "toy-mouse-VISal-ridge")
    choose(page, "area", "VISp")
    assert [text for text in texts(page, "#scores thead button") if "VIS" in text] == ["VISp▼"]
    page.find_element("css selector", "button[type=reset]").click()
    choose(page, "part", "Sst")
    assert shown_models(page) == ["alexnet"]
    choose(page, "dataset", "dg-toy")
    assert shown_models(page) == by_score(board[1], "dg-toy-readout")


def test_address_keeps_the_view(page, board):
    choose(page, "metric", "ridge")
    sort_button(page, "VISl").click()
    page.find_element("id", "search").send_keys("net")
    address, models = page.current_url, shown_models(page)
    open_page(page, "about:blank")
    open_page(page, address)
    assert shown_models(page) == models
    assert "toy-mouse-VISl-ridge" in page.find_element("id", "status").text


def test_links_lead_to_the_pages_of_models(page, board):
    for model in MODELS:
        link = next(link for link in page.find_elements("css selector", "#scores tbody a") if link.text == model)
        address = link.get_attribute("href")
        link.click()
        wait_until_loaded(page, address)
        assert page.find_element("tag name", "h1").text == model
        page.back()
        wait_until_loaded(page, (board[0] / "index.html").as_uri())
    assert page.title == "Mouse visual cortex scores"


def test_hostile_names_are_text(page, board):
    assert HOSTILE in shown_models(page)
    assert page.find_elements("css selector", "#scores img") == []
    open_page(page, (board[0] / "robustness.html").as_uri())
    assert HOSTILE in texts(page, "#points th a") or HOSTILE in page.find_element("id", "points").get_attribute(
        "textContent"
    )
    assert page.find_elements("css selector", "main img") == [] and page.title == "Mouse score and robustness"


def test_keyboard_alone(page, board):
    from selenium.webdriver.common.keys import Keys

    visited = []
    for _ in range(30):
        page.switch_to.active_element.send_keys(Keys.TAB)
        active = page.switch_to.active_element
        visited.append(active.get_attribute("id") or active.text)
        if active.text.startswith("VISp"):
            break
    assert visited[0] == "Skip to the content" and {"search", "metric", "theme"} <= set(visited)
    page.switch_to.active_element.send_keys(Keys.ENTER)
    assert shown_models(page) == by_score(board[1], "toy-mouse-VISp-rsa")
    assert page.switch_to.active_element.text.startswith("VISp")  # the focus stays
    page.switch_to.active_element.send_keys(Keys.SPACE)
    assert shown_models(page) == by_score(board[1], "toy-mouse-VISp-rsa")[::-1]


def pages_of_each_kind(folder):
    """One page of each template, and one with curves over the number of neuroids."""
    of_one = [next((folder / kind).iterdir()).relative_to(folder) for kind in ("models", "benchmarks")]
    with_curves = Path("benchmarks") / page_name(NUMBERED)
    return [*(path.relative_to(folder) for path in sorted(folder.glob("*.html"))), *of_one, with_curves]


def test_axe_finds_nothing_on_any_page(page, board):
    """axe-core is not shipped: $AXE_CORE is the path of its axe.min.js, from npm."""
    path = os.environ.get("AXE_CORE")
    if not path:
        pytest.skip("no axe-core: npm pack axe-core, and set AXE_CORE to the path of axe.min.js")
    for address in pages_of_each_kind(board[0]):
        open_page(page, (board[0] / address).as_uri())
        page.execute_script(Path(path).read_text(encoding="utf-8"))
        # It would ask for the style sheet as file:// does not allow.
        found = page.execute_async_script("axe.run({ preload: false }).then(arguments[arguments.length - 1])")
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == [], address


def test_everything_to_press_has_a_name(page, board):
    """As Chromium tells a screen reader."""
    for address in pages_of_each_kind(board[0]):
        open_page(page, (board[0] / address).as_uri())
        nodes = page.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        pressed = ("button", "link", "combobox", "checkbox", "searchbox", "image", "region", "table")
        found = [node for node in nodes if node.get("role", {}).get("value") in pressed and not node["ignored"]]
        assert len(found) > 5
        unnamed = [node for node in found if not node.get("name", {}).get("value") and node["role"]["value"] != "table"]
        assert unnamed == []


def test_robustness_page(page, board):
    open_page(page, (board[0] / "robustness.html").as_uri())
    assert f"over {len(MODELS)} models" in page.find_element("id", "correlation").text
    assert len(page.find_elements("css selector", "#scatter a")) == len(MODELS)
    choose(page, "mouse", "toy-mouse-VISl-ridge")
    assert "toy-mouse-VISl-ridge" in page.find_element("id", "scatter").get_attribute("textContent")
    assert len(page.find_elements("css selector", "#points tbody tr")) == len(MODELS)


def test_names_are_readable_on_a_phone_and_missing_scores_do_not_widen_the_page(browser, tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(tmp_path / "home"))
    for area in ("VISp", "VISl", "VISal", "VISpm", "VISam", "VISrl"):
        store_made_up("efficientnet-lite0", f"toy-mouse-{area}-rsa", 0.3, ceiling=0.9, ceiling_error=0.01)
    store_made_up("pixels", "toy-mouse-VISp-rsa", 0.1, ceiling=0.9, ceiling_error=0.01)
    write_leaderboard(tmp_path / "board")
    metrics = {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    open_page(browser, (tmp_path / "board" / "index.html").as_uri())
    assert browser.find_element("css selector", "#scores tbody th.name").size["width"] >= 100
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 400
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_fits_the_screen_in_both_themes(page, board, scheme, width):
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    for path in pages_of_each_kind(board[0]):
        open_page(page, (board[0] / path).as_uri())
        assert page.execute_script("return document.documentElement.scrollWidth") <= width
        shade = page.execute_script("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        assert (sum(shade) > 600) == (scheme == "light")
    page.find_element("id", "theme").click()  # to light, whatever the system says
    shade = page.execute_script("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert sum(shade) > 600
    page.execute_script("localStorage.clear()")
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_picture_of_few_areas_has_letters_of_the_usual_size(browser, tmp_path):
    store_made_up("alexnet", "toy-mouse-VISp-rsa", 0.3)
    write_leaderboard(tmp_path / "board")
    browser.set_window_size(1400, 900)
    browser.get((tmp_path / "board" / "index.html").as_uri())
    label = browser.find_element("css selector", ".overview .tick")
    assert 5 < label.size["height"] < 25
