"""The head of an answer, read at once where it is plain.

`http.client` takes a head for an e-mail's, which is a third of all that it does for a small picture. What is not plain
goes its way: another status than 200, a body in chunks or of unknown length, a line that goes on in the next.
"""

import re
from http.client import HTTPMessage, HTTPResponse

#: A name as RFC 9110 has it (5.6.2), and a value of printable ASCII.
LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([ -~\t]*)\r\n")
HEAD = re.compile(rb"HTTP/1\.1 200 ([ -~]*)\r\n((?:" + LINE.pattern + rb"){1,99})\r\n")


class LeanResponse(HTTPResponse):
    """What `http.client` gives, sooner."""

    def begin(self) -> None:
        if not self._begin_plain():
            super().begin()

    def _begin_plain(self) -> bool:
        head = HEAD.match(self.fp.peek())
        if head is None:
            return False
        lines = [(name.decode(), value.decode().strip()) for name, value in LINE.findall(head[2])]
        names = [name.lower() for name, _ in lines]
        values = dict(zip(names, (value for _, value in lines), strict=True))
        length = values.get("content-length", "")
        if names.count("content-length") != 1 or not length.isdigit():
            return False
        if "transfer-encoding" in values or values.get("connection", "keep-alive").lower() != "keep-alive":
            return False
        self.fp.read(head.end())
        self._accept(head[1].decode(), lines, int(length))
        return True

    def _accept(self, reason: str, lines: list[tuple[str, str]], length: int) -> None:
        message = HTTPMessage()
        for name, value in lines:
            message[name] = value
        self.headers = self.msg = message
        self.code = self.status = 200
        self.reason, self.version = reason, 11
        self.chunked, self.will_close, self.length = False, False, length
