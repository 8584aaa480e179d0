#!/usr/bin/env python3
"""Writes the folder of a new service, src/services/<service>: a table of contents, its state, an overlay, a first test.

    tools/new_service.py sns

Nothing outside the folder has to be edited: a folder with a service.cc is a service. What is there already is left
alone.
"""

import argparse
import sys

import compile_models
import fetch_models

SERVICE = """// {full_name}: its table of contents. Each operation is a function of its AWS name, declared in
// api/{namespace}.h.
#include "services/{namespace}/state.h"

namespace {namespace} {{

kernel::Service service() {{
  return kernel::make_service<Model>({{
      // An operation is listed as OPERATION({operation}), once it is written. What the model has and is not listed
      // answers NotImplemented and is counted by the coverage table.
  }});
}}

}}  // namespace {namespace}
"""

STATE = """// What {full_name} remembers: its rows, and the tables that hold them.
#pragma once

#include "api/{namespace}.h"
#include "store/table.h"

namespace {namespace} {{

// struct Thing {{ ...; static void fields(auto& self, auto& field) {{ field("name", self.name); }} }};
// inline constexpr store::Table<Thing> kThings{{"{namespace}.things"}};  // key: the thing's name

}}  // namespace {namespace}
"""

OVERLAY = """{
  "errors": [],
  "operations": {},
  "shapes": {}
}
"""

README = """# {full_name}

{protocols}; {count} operations in the model.

## Works

Nothing yet.

## Limits

What differs from AWS, a line each.
"""

TEST = """# an operation that is not written yet says so
{service} {operation} {members}
!! NotImplemented 501
"""

# What a required member is given in the first test, by the kind of its shape.
EXAMPLES = {
    "string": '"{example}"',
    "list": "[]",
    "map": "{}",
    "structure": "{}",
    "boolean": "true",
    "blob": '"AA=="',
    "integer": "1",
    "long": "1",
    "float": "1",
    "double": "1",
    "timestamp": "@now",
}


def read_members(model, operation):
    """The required members of an operation's input, so that the first test reaches the operation."""
    name = model["operations"][operation].get("input", {}).get("shape")
    shape = model["shapes"].get(name, {})
    parts = []
    for member in shape.get("required", []):
        target = model["shapes"][shape["members"][member]["shape"]]
        example = target["enum"][0] if target.get("enum") else "x" * max(1, target.get("min", 1))
        parts.append(f'"{member}": ' + EXAMPLES[target["type"]].replace("{example}", example))
    return "{" + ", ".join(parts) + "}"


def choose_operation(model):
    """A listing is the simplest thing to try first."""
    names = sorted(model["operations"])
    without_needs = [name for name in names if read_members(model, name) == "{}"]
    for start in ("List", "Describe", "Get", ""):
        for name in without_needs:
            if name.startswith(start):
                return name
    return names[0]


def write_service(service, root):
    locked = fetch_models.read_lock()
    if service not in locked["services"]:
        sys.exit(f"{service} is not in models.lock; its services are the folders of botocore/data")
    source = compile_models.Source(fetch_models.find("botocore"))
    model, _ = compile_models.load_model(source, service, root)
    operation = choose_operation(model)
    namespace = compile_models.namespace_of(service)
    facts = {
        "service": service,
        "namespace": namespace,
        "full_name": model["metadata"]["serviceFullName"],
        "protocols": ", ".join(model["metadata"]["virgaProtocols"]),
        "count": len(model["operations"]),
        "operation": operation,
        "members": read_members(model, operation),
    }
    folder = root / "src" / "services" / namespace
    files = {
        "service.cc": SERVICE.format(**facts),
        "state.h": STATE.format(**facts),
        "overlay.json": OVERLAY,
        "README.md": README.format(**facts),
        f"tests/{namespace}.test": TEST.format(**facts),
    }
    for name, text in files.items():
        path = folder / name
        if path.exists():
            print(f"{path.relative_to(root)}: is there already")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(path.relative_to(root))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("service", help="the model's folder: sns, cognito-idp")
    try:
        write_service(arguments.parse_args().service, fetch_models.ROOT)
    except fetch_models.ModelsNotFound as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
