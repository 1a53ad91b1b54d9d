"""Whether a media token releases a stream.

In production the backend that serves the stream checks it with Adobe's Media Token Verifier. This is
what that does, for tokens that are signed with the key of `hello`: RSA with SHA-256 over all that
follows the signature, the time, and the resource.
"""

import base64
import binascii
import datetime
import hashlib
import html
import re

# What a SHA-256 hash begins with in a signature: its name in DER.
SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


def is_valid(token, resource, key, now):
    """`token` is the serialized token, `key` the PEM of a public key, `now` in seconds."""
    try:
        text = base64.b64decode(token, validate=True).decode()
    except (TypeError, ValueError, binascii.Error):
        return False
    signed = re.fullmatch(r"<signatureInfo>(.*?)</signatureInfo>(.*)", text, re.DOTALL)
    if not signed or not is_signed(signed[2].encode(), signed[1], key):
        return False
    fields = {name: html.unescape(value)
              for name, value in re.findall(r"<(\w+)>([^<]*)</\1>", signed[2])}
    try:
        issued = datetime.datetime.fromisoformat(fields["issueTime"].replace("Z", "+00:00"))
        end = issued.timestamp() + int(fields["ttl"]) / 1000
    except (KeyError, ValueError):
        return False
    return now < end and fields.get("resourceID") == resource


def is_signed(message, signature, key):
    modulus, exponent = numbers(key)
    size = (modulus.bit_length() + 7) // 8
    try:
        signature = base64.b64decode(signature)
    except (ValueError, binascii.Error):
        return False
    tail = b"\x00" + SHA256 + hashlib.sha256(message).digest()
    expected = b"\x00\x01" + b"\xff" * (size - 2 - len(tail)) + tail
    plain = pow(int.from_bytes(signature, "big"), exponent, modulus)
    return len(signature) == size and plain.to_bytes(size, "big") == expected


def numbers(key):
    """Modulus and exponent of an RSA public key in PEM."""
    der = base64.b64decode("".join(key.strip().splitlines()[1:-1]))
    outer, _ = value(der)
    _, rest = value(outer)  # the algorithm
    bits, _ = value(rest)
    pair, _ = value(bits[1:])  # a bit string begins with the number of bits that are not used
    modulus, rest = value(pair)
    exponent, _ = value(rest)
    return int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big")


def value(der):
    """The first value in DER, and what follows it."""
    length, start = der[1], 2
    if length >= 0x80:
        start += length - 0x80
        length = int.from_bytes(der[2:start], "big")
    return der[start:start + length], der[start + length:]
