#!/usr/bin/env python3
"""Checks the house rules that a program can check; CONTRIBUTING.md gives the reasons.

Prints one line per violation, `file:line: what and what to do instead`, and exits with 1 when there is any. Functions
longer than the limit that exist already are listed in tools/tidy_ratchet.txt with their length: they may shrink, and
the list with them (`tidy.py --update` writes it), but neither grow nor get company.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

COLUMNS_MAX = 120
FUNCTION_LINES_MAX = 70
RATCHET = "tools/tidy_ratchet.txt"

CODE = {".h", ".cc"}
TEXT = CODE | {".py", ".sh", ".md", ".txt", ".cmake", ".test", ".js", ".mjs", ".go", ".java", ".json", ""}
GENERATED = ("package-lock.json", "go.sum", "docs/coverage.md", "LICENSE")

# Pattern, suffixes it is looked for in, places that may (parts of paths), and what to do instead.
NOWHERE = ()
TESTS = ("tests/", "_test.cc", "_fuzz.cc", "_sim.cc", "_bench.cc", "_main.cc")
TIME_PLACES = ("src/kernel/clock.cc", "src/http/", "src/server/", "src/base/log", *TESTS)
BANNED = [
    (
        r"\b(TODO|FIXME|XXX|HACK)\b",
        TEXT,
        ("tools/tidy.py", "CONTRIBUTING.md", "tools/tests/"),
        "a gap is a skipped test or a LIMIT: line in a README",
    ),
    (r"\busing namespace std;", CODE, NOWHERE, "name what you use"),
    # Outside of texts, where it is a word like others.
    (r'^(?:[^"]|"(?:\\.|[^"\\])*")*?\bNULL\b', CODE, TESTS, "nullptr"),
    (r"\btypedef\b", CODE, NOWHERE, "using"),
    (r"\bstd::endl\b", CODE, NOWHERE, "'\\n'"),
    (r"^#ifndef \w+_H_?\b", {".h"}, NOWHERE, "#pragma once"),
    (r"\bstd::(cout|cerr)\b|(?<!\w)printf\(", CODE, ("src/server/", *TESTS), "base::Log"),
    (r"\bstd::regex\b", CODE, TESTS, "RE2"),
    (
        r"\b(system_clock|steady_clock|high_resolution_clock)::now\b",
        CODE,
        TIME_PLACES,
        "call.now, or the kernel's Clock",
    ),
    (
        r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.:])sleep\(",
        CODE,
        ("src/server/", "tests/bench/"),
        "a timer, a deadline, or the test's clock",
    ),
    (r"\bgetenv\b", CODE, ("src/server/", *TESTS), "an option, read once by the server"),
    (r"\brandom_device\b|\bstd::rand\b|\bmt19937", CODE, ("src/base/random", *TESTS), "call.dice, or base::Dice"),
    (r"^\s*throw\b|[;{)]\s*throw\b", CODE, ("src/base/",), "base::fail"),
    (
        r"\bcatch \(",
        CODE,
        ("src/base/", "src/store/rocksdb_engine.cc", "src/http/", "src/server/", *TESTS),
        "Result; exceptions of libraries end where they enter",
    ),
    (
        r"^(static|thread_local|inline) (?!const|constexpr|auto\b)[\w:<>, ]+ \w+( = [^(]*|\{[^(]*\})?;$",
        CODE,
        NOWHERE,
        "no mutable globals: pass it",
    ),
    (
        r"(?<![\w/.])/(work/(main|wt-|shared|brief)|root/|home/\w+/)",
        TEXT,
        ("tools/tidy.py",),
        "no paths of one machine",
    ),
    (
        r"pypi\.org|pythonhosted\.org|registry\.npmjs|proxy\.golang|repo1?\.maven|deb\.debian\.org|crates\.io",
        TEXT,
        ("tools/tidy.py",),
        "name the package; its client knows the host",
    ),
]
BANNED = [(re.compile(pattern), suffixes, places, instead) for pattern, suffixes, places, instead in BANNED]

LINK = re.compile(r"\]\(([^)#:]+)(#[^)]*)?\)")
STRING_OR_COMMENT = re.compile(
    r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/', re.DOTALL
)
TRANSPARENT = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b[^;(){}]*$")
NAME = re.compile(r"([\w:~]+|operator\S+)\s*\(")


def tracked_files(root):
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\n") if name and (root / name).is_file() and Path(name).suffix in TEXT]


def check_lines(name, lines):
    suffix = Path(name).suffix
    for number, line in enumerate(lines, 1):
        if line != line.rstrip() and suffix != ".md":
            yield number, "blanks at the end of the line"
        if "\t" in line and suffix not in (".go", ".txt", ""):
            yield number, "a tab; indent with blanks"
        if suffix in (".h", ".cc", ".py") and len(line) > COLUMNS_MAX:
            yield number, f"{len(line)} columns; {COLUMNS_MAX} are the limit (./dev format)"
        for pattern, suffixes, places, instead in BANNED:
            match = pattern.search(line) if suffix in suffixes else None
            if match and not any(place in name for place in places):
                yield number, f"'{match[0].strip()}' does not belong here: {instead}"


def check_shape(name, lines):
    """What a file of its kind must begin or end with."""
    suffix = Path(name).suffix
    if lines and lines[-1] == "":
        yield len(lines), "empty lines at the end"
    if suffix == ".h" and "#pragma once" not in lines:
        yield 1, "#pragma once is missing"
    if suffix == ".cc" and lines and not lines[0].startswith(("#include", "//", "#define", "#pragma")):
        yield 1, "a source begins with its includes, or a comment that says what it is"
    if suffix == ".test" and not (lines and lines[0].startswith("# ")):
        yield 1, "a text test begins with '# ' and the behaviour it proves"


def check_links(root, name, lines):
    folder = (root / name).parent
    for number, line in enumerate(lines, 1):
        for target, _ in LINK.findall(line):
            if not (folder / target).exists():
                yield number, f"the link leads nowhere: {target}"


def blank_out(match):
    """Strings and comments as blanks, lines kept."""
    return re.sub(r"[^\n]", " ", match[0])


def function_lengths(text):
    """(first line, name, lines) of every function body that stands in a namespace or class."""
    text = STRING_OR_COMMENT.sub(blank_out, text)
    text = re.sub(r"^[ \t]*#.*(\\\n.*)*$", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.MULTILINE)
    depth, start, opened_at = 0, 0, None
    name = ""
    for position, character in enumerate(text):
        if opened_at is None and character in ";}":
            start = position + 1
        if character == "{":
            if opened_at is None:
                before = text[start:position]
                if TRANSPARENT.search(before) or "(" not in before:
                    if "=" not in before and TRANSPARENT.search(before):
                        start = position + 1
                        continue
                opened_at, depth = position, 0
                names = NAME.findall(before)
                name = names[0] if names else ""
            depth += 1
        elif character == "}" and opened_at is not None:
            depth -= 1
            if depth == 0:
                head = text[start:opened_at]
                first = text.count("\n", 0, start + len(head) - len(head.lstrip())) + 1
                if name:
                    yield first, name, text.count("\n", 0, position) + 2 - first
                opened_at, start = None, position + 1


def read_ratchet(root):
    file = root / RATCHET
    allowed = {}
    if file.exists():
        for line in file.read_text().splitlines():
            if line and not line.startswith("#"):
                where, lines = line.rsplit(" ", 1)
                allowed[where] = int(lines)
    return allowed


def check_functions(root, names):
    """Violations, and the ratchet as it should be."""
    allowed, found, problems = read_ratchet(root), {}, []
    for name in names:
        if Path(name).suffix not in CODE:
            continue
        for first, function, lines in function_lengths((root / name).read_text(encoding="utf-8")):
            if lines <= FUNCTION_LINES_MAX:
                continue
            where = f"{name} {function}"
            found[where] = lines
            if lines > allowed.get(where, FUNCTION_LINES_MAX):
                limit = allowed.get(where, FUNCTION_LINES_MAX)
                problems.append(f"{name}:{first}: {function} has {lines} lines; {limit} are its limit")
    for where, lines in allowed.items():
        if found.get(where, 0) < lines:
            problems.append(f"{RATCHET}:1: {where} has become shorter; run tools/tidy.py --update")
    return problems, found


def check_services(root):
    for file in sorted(root.glob("src/services/*/service.cc")):
        folder = file.parent
        if not (folder / "README.md").exists():
            yield f"{folder.relative_to(root)}:1: README.md is missing: what works, and its limits"
        if not list(folder.glob("tests/*.test")):
            yield f"{folder.relative_to(root)}:1: there are no text tests"


def check(root):
    names = tracked_files(root)
    problems = []
    for name in names:
        if name.endswith(GENERATED):
            continue
        try:
            text = (root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a fuzzer's seed
        if name.startswith("tests/fuzz/") and Path(name).suffix not in CODE | {".md", ".sh"}:
            continue
        if text and not text.endswith("\n"):
            problems.append(f"{name}:1: no newline at the end")
        lines = text.splitlines()
        found = [*check_lines(name, lines), *check_shape(name, lines)]
        if name.endswith(".md"):
            found += check_links(root, name, lines)
        if name.endswith(".json"):
            try:
                json.loads(text)
            except ValueError as error:
                found.append((1, f"no JSON: {error}"))
        problems += [f"{name}:{number}: {what}" for number, what in found]
    long_functions, ratchet = check_functions(root, names)
    return problems + long_functions + list(check_services(root)), ratchet


def main():
    root = Path(__file__).resolve().parent.parent
    problems, ratchet = check(root)
    if "--update" in sys.argv:
        lines = [f"{where} {count}" for where, count in sorted(ratchet.items())]
        head = f"# Functions of more than {FUNCTION_LINES_MAX} lines; they may only shrink (tools/tidy.py --update)."
        (root / RATCHET).write_text("\n".join([head, *lines]) + "\n")
        return 0
    print("\n".join(problems) or "tidy: clean")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
