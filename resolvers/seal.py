"""Opaque texts the gateway makes and recognises again: node ids, page cursors, words it keeps sealed."""

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from resolvers.problems import AskOperator, FixInput

MIN_KEY_BYTES = 32
# Longer than any text sealed here; what is longer is refused before it is decoded.
MAX_TEXT = 8192


@dataclass(frozen=True, slots=True)
class SealedId:
    """What a node id stands for. `city` is empty for what belongs to no city (a case)."""

    kind: str
    city: str
    ref: str


class Seal:
    """AES-SIV under one key: the same id is always the same text, any change to the text is noticed."""

    def __init__(self, key: bytes) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ValueError(f"the seal key has {len(key)} bytes, at least {MIN_KEY_BYTES} are needed")
        self._cipher = AESSIV(hashlib.sha512(b"tongban seal" + key).digest())

    def id(self, kind: str, city: str, ref: str) -> str:
        """Return the opaque, URL-safe id of a record."""
        return self._close(msgspec.msgpack.encode((kind, city, ref)), "id")

    def open_id(self, text: str) -> SealedId:
        """Return what `text` stands for; raises FixInput(BAD_ID) for anything this seal did not make."""
        payload = self._open(text, "id")
        if payload is None:
            raise FixInput("this is not an id of this gateway", code="BAD_ID", place="id")
        return SealedId(*msgspec.msgpack.decode(payload, type=tuple[str, str, str]))

    def cursor(self, payload: bytes, purpose: str) -> str:
        """Return an opaque cursor that opens again only under the same `purpose` (list name, filter digest)."""
        return self._close(payload, f"cursor {purpose}")

    def open_cursor(self, text: str, purpose: str) -> bytes:
        """Return the payload; raises FixInput(BAD_CURSOR) for another seal's, another list's or a changed cursor."""
        payload = self._open(text, f"cursor {purpose}")
        if payload is None:
            raise FixInput("this cursor does not belong to this list and filter", code="BAD_CURSOR", place="after")
        return payload

    def text(self, payload: str, purpose: str) -> str:
        """Return `payload` sealed for the gateway's own keeping; it opens again only under the same `purpose`."""
        return self._close(payload.encode(), f"text {purpose}")

    def open_text(self, text: str, purpose: str) -> str:
        """Return the payload; raises AskOperator(SEAL_BROKEN) where it was sealed by another key or was changed."""
        payload = self._open(text, f"text {purpose}")
        if payload is None:
            raise AskOperator("what was kept sealed does not open with this gateway's key", code="SEAL_BROKEN")
        return payload.decode()

    def _close(self, payload: bytes, purpose: str) -> str:
        # The leading byte is the format's version, and keeps the plain text from being empty.
        sealed = self._cipher.encrypt(b"\x01" + payload, [purpose.encode()])
        return urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def _open(self, text: str, purpose: str) -> bytes | None:
        if len(text) > MAX_TEXT or not text.isascii():
            return None
        try:
            sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            # Base64 decoders are lenient; only the one spelling this seal writes is accepted.
            if urlsafe_b64encode(sealed).rstrip(b"=").decode() != text:
                return None
            plain = self._cipher.decrypt(sealed, [purpose.encode()])
        except (binascii.Error, ValueError, InvalidTag):
            return None
        return plain[1:] if plain[:1] == b"\x01" else None
