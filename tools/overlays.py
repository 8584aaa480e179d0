"""Applies an overlay, src/services/<service>/overlay.json, to a botocore model.

Format: docs/design/2026-11-21-overlays.md
"""

SECTIONS = {"errors", "metadata", "protocols", "validation", "operations", "shapes", "authorization", "internal"}
METADATA = {"xmlNamespace", "errorNamespace", "signingName", "global", "apiVersion", "refusal"}
FAULTS = {"client": True, "server": False}


class OverlayError(Exception):
    """An overlay that says something wrong; the message says where."""


def merge(target, patch, where):
    """Deep merge: maps into maps; null removes; anything else replaces. `reason` is for people."""
    for key, value in patch.items():
        if key == "reason":
            continue
        if value is None:
            if key not in target:
                raise OverlayError(f"{where}.{key}: nothing to remove")
            del target[key]
        elif isinstance(value, dict) and isinstance(target.get(key), dict):
            merge(target[key], value, f"{where}.{key}")
        elif key == "enum+":
            target["enum"] = target.get("enum", []) + [text for text in value if text not in target.get("enum", [])]
        else:
            target[key] = value


def require_reason(entry, where):
    if not isinstance(entry, dict) or not entry.get("reason"):
        raise OverlayError(f"{where}: wants a reason")


def apply(model, overlay, file):
    """Changes `model` in place. Raises OverlayError."""
    unknown = set(overlay) - SECTIONS
    if unknown:
        raise OverlayError(f"{file}: unknown sections {sorted(unknown)}")
    metadata = model["metadata"]
    if "metadata" in overlay:
        require_reason(overlay["metadata"], f"{file}: metadata")
        unknown = set(overlay["metadata"]) - METADATA - {"reason"}
        if unknown:
            raise OverlayError(f"{file}: metadata: unknown {sorted(unknown)}")
        merge(metadata, overlay["metadata"], f"{file}: metadata")
    for entry in overlay.get("protocols", []):
        require_reason(entry, f"{file}: protocols")
        if entry["name"] not in metadata["virgaProtocols"]:
            metadata["virgaProtocols"].append(entry["name"])
    if "validation" in overlay:
        require_reason(overlay["validation"], f"{file}: validation")
        metadata["validation"] = overlay["validation"]["family"]
        metadata["validationError"] = overlay["validation"].get("error", "")
    metadata["authorization"] = overlay.get("authorization", [])
    for section in ("shapes", "operations"):
        for name, patch in overlay.get(section, {}).items():
            where = f"{file}: {section}.{name}"
            require_reason(patch, where)
            if name not in model[section] and not ("type" in patch or "http" in patch):
                raise OverlayError(f"{where}: not in the model; a new one wants a type (or http)")
            check_parts(model[section].get(name, {}), patch, where)
            merge(model[section].setdefault(name, {}), patch, where)
    for name, entry in overlay.get("internal", {}).items():
        add_internal(model, name, entry, f"{file}: internal.{name}")
    for entry in overlay.get("errors", []):
        add_error(model, entry, f"{file}: errors.{entry.get('name')}")


def add_internal(model, name, entry, where):
    """Adds an operation that no request of the API reaches, because it has neither method nor path: the server makes
    its calls itself. It is authorised and recorded like the others, and is no part of the API's coverage."""
    require_reason(entry, where)
    if name in model["operations"] or set(entry) != {"reason", "input", "output"}:
        raise OverlayError(f"{where}: is in the model, or wants an input and an output and nothing else")
    http = {"method": "", "requestUri": ""}
    shapes = {"input": {"shape": entry["input"]}, "output": {"shape": entry["output"]}}
    model["operations"][name] = {"name": name, "http": http, **shapes}


def check_parts(target, patch, where):
    """A patch of a member that does not exist is a misspelling, unless it brings a shape."""
    for name, part in patch.get("members", {}).items():
        if part is not None and name not in target.get("members", {}) and "shape" not in part:
            raise OverlayError(f"{where}.members.{name}: not in the model")


def add_error(model, entry, where):
    """Adds an exception shape, or gives an existing one its code, status and fault."""
    require_reason(entry, where)
    unknown = set(entry) - {"name", "code", "status", "fault", "reason"}
    if unknown or entry.get("fault", "client") not in FAULTS:
        raise OverlayError(f"{where}: unknown {sorted(unknown)} or fault")
    if "ErrorMessageText" not in model["shapes"] and entry["name"] not in model["shapes"]:
        model["shapes"]["ErrorMessageText"] = {"type": "string"}
    shape = model["shapes"].setdefault(
        entry["name"], {"type": "structure", "members": {"message": {"shape": "ErrorMessageText"}}, "exception": True}
    )
    if not shape.get("exception"):
        raise OverlayError(f"{where}: the model's shape of this name is no exception")
    trait = shape.setdefault("error", {})
    for key, name in (("code", "code"), ("status", "httpStatusCode")):
        if key in entry:
            trait[name] = entry[key]
    if "fault" in entry:
        trait["senderFault"] = FAULTS[entry["fault"]]
