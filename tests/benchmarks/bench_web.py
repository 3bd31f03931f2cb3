# ruff: noqa: T201 a benchmark prints
import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import requests
from playwright.sync_api import sync_playwright

from tests.benchmarks.conftest import Filled
from tests.servers.chromium import launch_options
from tests.servers.pages import HOME, pages

MAX_PAINT_MS, MAX_IMPORT_S, MAX_RSS = 1000, 0.8, 120e6
MAX_SHIPPED = {"js": 60_000, "css": 15_000}
TIMES, ASKED = 5, 200
IMPORT = """
import time
clock, processor = time.perf_counter(), time.process_time()
import studio.app
print(time.perf_counter() - clock, time.process_time() - processor)
"""
PAINTED = ".line[data-row='0'] .cell:last-child img"


def test_the_first_row_is_painted_within_a_second(filled: Filled) -> None:
    with pages(filled.root) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        for size, desk in filled.desks.items():
            found = []
            for _ in range(TIMES):
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.goto(f"{address}{desk}", wait_until="commit")
                last = page.locator(PAINTED)
                last.evaluate("image => image.decode()")
                found.append(page.evaluate("performance.now()"))
                page.close()
            print(f"\nfirst row at {size}: median {np.median(found):.0f} ms, most {max(found):.0f} ms")
            assert np.median(found) <= MAX_PAINT_MS
        browser.close()


def test_a_web_process_stays_small(filled: Filled) -> None:
    with pages(filled.root) as address, requests.Session() as asking:
        for turn in range(ASKED):
            desk = list(filled.desks.values())[turn % 2]
            path = (desk, f"{desk}/rows/{turn // 8 * 24}", filled.group, "/", "/samples")[turn // 2 % 5]
            assert asking.get(f"{address}{path}").ok
        port = int(address.rpartition(":")[2])
        serving = {each.pid for each in psutil.net_connections("tcp") if each.pid and each.laddr.port == port}
        memory = [psutil.Process(pid).memory_full_info() for pid in serving]
    worker = max(memory, key=lambda each: each.rss)
    print(
        f"\nweb process after {ASKED} requests: {worker.rss / 1e6:.0f} MB, {worker.uss / 1e6:.0f} of its own"
    )
    assert worker.rss <= MAX_RSS


def test_the_application_is_imported_fast() -> None:
    found = np.array([
        [float(each) for each in subprocess.check_output([sys.executable, "-c", IMPORT], cwd=HOME).split()]
        for _ in range(TIMES + 1)
    ])[1:]  # fmt: skip
    clock, processor = np.median(found, axis=0)
    print(f"\nimport of studio.app: median {clock:.2f} s, of processor {processor:.2f} s")
    assert processor <= MAX_IMPORT_S


def test_little_is_shipped_to_a_browser() -> None:
    for kind, most in MAX_SHIPPED.items():
        files = [file.read_bytes() for file in sorted(Path(HOME, "studio/static").rglob(f"*.{kind}"))]
        size, alone = len(gzip.compress(b"".join(files), 9)), [len(gzip.compress(each, 9)) for each in files]
        print(
            f"\n{kind}: {len(files)} files, {size / 1000:.1f} kB compressed together, {sum(alone) / 1000:.1f} alone"
        )
        assert size <= most
