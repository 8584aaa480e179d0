"""What a virtual MFA device shows (RFC 6238), for the tests. Only the standard library."""

import base64
import hmac
import struct
import time

STEP_SECONDS = 30


def code(seed, steps_later=0, now=None):
    """The code of a device with this seed (base 32) now, or so many steps later."""
    step = int((time.time() if now is None else now) // STEP_SECONDS) + steps_later
    digest = hmac.digest(base64.b32decode(seed), struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 0xF
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"
