"""A pytest plugin for the suites of others, loaded by run_suite.py.

With VIRGA_RESET_BEFORE_EACH, every test starts with an empty cloud. moto's tests reuse names and count on that; moto's
own way is a control path of its server. moto would also replace the credentials by some of its own, which stand for
the default account here; its tests expect the account whose number is in AWS_ACCESS_KEY_ID.

Tests that wait for ever for something that does not come fail after TEST_SECONDS_MAX.
"""
import os
import signal
import urllib.request

import pytest

TEST_SECONDS_MAX = 30


def give_up(*_):
    # Not an Exception: clients would take that for a passing fault, and try again.
    pytest.fail(f"the test took longer than {TEST_SECONDS_MAX} s")


def pytest_configure(config):
    del config
    try:
        from moto.core.config import default_user_config
    except ImportError:
        return
    default_user_config["core"]["mock_credentials"] = False


def pytest_runtest_setup(item):
    del item
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(TEST_SECONDS_MAX)
    if os.environ.get("VIRGA_RESET_BEFORE_EACH"):
        request = urllib.request.Request(os.environ["VIRGA_ENDPOINT"] + "/_virga/reset", method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()


def pytest_runtest_teardown(item):
    del item
    signal.alarm(0)
