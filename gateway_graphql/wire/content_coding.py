"""Content codings: gzip, deflate, br and zstd (RFC 9110, section 8.4.1).

What comes from outside is decoded with a bound: a few bytes can stand for gigabytes, so
whoever decodes says how many bytes they want at most, and a decoder makes no more of
them, nor a window of more than 8 MiB (RFC 9659). A body may be several members one after
the other; so many of them are refused that reading their beginnings is the only effect.
"""

from __future__ import annotations

import sys
import zlib
from typing import Final, Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

READABLE: Final = ("gzip", "deflate", "br", "zstd")
"""The codings that `decoder` knows."""

_MAX_MEMBERS: Final = 1000
_MAX_WINDOW_LOG: Final = 23


class CodingUnknown(Exception):
    """There is no such coding, or there are several, one upon the other."""


class CodingBroken(Exception):
    """A body is not in its coding, or not whole."""


class Decoder(Protocol):
    """Takes the parts of a body as they come."""

    def decode(self, part: bytes, max_bytes: int) -> bytes:
        """Decode the next part.

        Args:
            part: What came.
            max_bytes: As many bytes as are of use, 1 at least. A result that is not
                shorter says that there may be more, which is lost.

        Raises:
            CodingBroken: It is not in the coding.
        """
        ...

    @property
    def is_whole(self) -> bool:
        """Whether the body may end here."""
        ...


def decoder(content_encoding: str) -> Decoder | None:
    """The decoder for a `Content-Encoding`; `None` for a body that is as it is.

    Raises:
        CodingUnknown: It is not one of those that are read.
    """
    match content_encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip" | "deflate":
            return _Inflater()
        case "br":
            return _BrotliDecoder()
        case "zstd":
            return _ZstdDecoder()
        case _:
            raise CodingUnknown


class _Inflater:
    """gzip and deflate, which is zlib's format or, of some senders, has no format."""

    def __init__(self) -> None:
        self._member: zlib._Decompress | None = None
        self._members = 0

    def decode(self, part: bytes, max_bytes: int) -> bytes:
        plain: list[bytes] = []
        while part and max_bytes > 0:
            member = self._member
            if member is None or member.eof:
                self._members = _counted(self._members)
                member = self._member = zlib.decompressobj(_window_bits(part))
            try:
                plain.append(member.decompress(part, max_bytes))
            except zlib.error as error:
                raise CodingBroken from error
            max_bytes -= len(plain[-1])
            part = member.unused_data
        return b"".join(plain)

    @property
    def is_whole(self) -> bool:
        return self._member is None or self._member.eof


def _window_bits(part: bytes) -> int:
    """How zlib is told the format: gzip and zlib by their headers, raw deflate else."""
    is_zlib = part[0] & 0x0F == zlib.DEFLATED
    is_gzip = part[0] == 0x1F  # noqa: PLR2004  the first magic byte of gzip
    return 32 + zlib.MAX_WBITS if is_zlib or is_gzip else -zlib.MAX_WBITS


class _ZstdDecoder:
    def __init__(self) -> None:
        self._frame: zstd.ZstdDecompressor | None = None
        self._frames = 0

    def decode(self, part: bytes, max_bytes: int) -> bytes:
        plain: list[bytes] = []
        while part and max_bytes > 0:
            frame = self._frame
            if frame is None or frame.eof:
                self._frames = _counted(self._frames)
                frame = self._frame = zstd.ZstdDecompressor(
                    options={
                        zstd.DecompressionParameter.window_log_max: _MAX_WINDOW_LOG
                    }
                )
            try:
                plain.append(frame.decompress(part, max_bytes))
            except zstd.ZstdError as error:
                raise CodingBroken from error
            max_bytes -= len(plain[-1])
            part = frame.unused_data
        return b"".join(plain)

    @property
    def is_whole(self) -> bool:
        return self._frame is None or self._frame.eof


class _BrotliDecoder:
    def __init__(self) -> None:
        self._decompressor = brotli.Decompressor()
        self._has_begun = False

    def decode(self, part: bytes, max_bytes: int) -> bytes:
        if not part:
            return b""
        self._has_begun = True
        try:
            # May be longer by less than the last block of brotli's own buffer.
            plain: bytes = self._decompressor.process(
                part, output_buffer_limit=max_bytes
            )
        except brotli.error as error:
            raise CodingBroken from error
        return plain

    @property
    def is_whole(self) -> bool:
        return not self._has_begun or bool(self._decompressor.is_finished())


def _counted(members: int) -> int:
    if members == _MAX_MEMBERS:
        raise CodingBroken
    return members + 1
