"""The checks find what they are for, and nothing else."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import check_layers  # noqa: E402
import tidy  # noqa: E402


def lines_of(name, text):
    return [what for _, what in tidy.check_lines(name, text.split("\n"))]


def test_names_what_is_banned_and_what_to_do():
    found = lines_of("src/services/sqs/queues.cc", "auto now = std::chrono::system_clock::now();")
    assert found == ["'system_clock::now' does not belong here: call.now, or the kernel's Clock"]


def test_leaves_the_clock_to_the_clock():
    assert lines_of("src/kernel/clock.cc", "return std::chrono::system_clock::now();") == []


def test_counts_columns_in_characters():
    assert lines_of("src/base/a.cc", "// " + "ä" * 117) == []
    assert lines_of("src/base/a.cc", "// " + "ä" * 118) != []


def test_finds_mutable_globals():
    assert lines_of("src/base/a.cc", "static int count = 0;") != []
    assert lines_of("src/base/a.cc", "static constexpr int kCount = 0;") == []
    assert lines_of("src/base/a.cc", "static int count(int start);") == []


def test_measures_functions():
    body = "  f();\n" * 10
    text = f"namespace a {{\n\nclass B {{\n  int c() const {{ return 1; }}\n}};\n\nint d(int e) {{\n{body}}}\n\n}}\n"
    assert list(tidy.function_lengths(text)) == [(4, "c", 1), (7, "d", 12)]


def test_is_not_misled_by_braces_in_texts():
    text = 'void f() {\n  auto a = "{";  // {\n  auto b = R"({{)";\n}\n\nvoid g() {\n}\n'
    assert list(tidy.function_lengths(text)) == [(1, "f", 4), (6, "g", 2)]


def test_lists_are_no_functions():
    text = "constexpr int kTable[] = {\n  1,\n};\n\nvoid f() {\n}\n"
    assert list(tidy.function_lengths(text)) == [(5, "f", 2)]


def test_services_do_not_know_each_other(tmp_path):
    folder = tmp_path / "services" / "s3"
    folder.mkdir(parents=True)
    (folder / "service.cc").write_text('#include "services/sqs/state.h"\n#include <thread>\n#include "http/server.h"\n')
    problems = [problem.split(": ", 1)[1] for problem in check_layers.check(tmp_path)]
    assert problems == [
        "s3 includes sqs; services call each other through a Client",
        f"services does without <thread>: {check_layers.BANNED['services']['<thread>']}",
        "services may not include http",
    ]


def test_layers_below_do_not_look_up(tmp_path):
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "a.h").write_text('#include "model/shape.h"\n#include <string>\n')
    assert len(check_layers.check(tmp_path)) == 1
