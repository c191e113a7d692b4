"""Reads a PDF back as far as Qt writes one: what stands on each page, where, in which font."""

import re
import zlib
from typing import NamedTuple

OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
STREAM = re.compile(rb"(.*?)stream\n(.*)\nendstream", re.DOTALL)
RANGE = re.compile(rb"<([0-9A-F]{4})> <[0-9A-F]{4}> \[(.*?)\]", re.DOTALL)
PART = re.compile(
    rb"/(?P<font>F\d+) [\d.]+ Tf 1 0 0 -1 (?P<left>\S+) (?P<top>\S+) Tm"
    rb"|(?P<x>-?[\d.]+) (?P<y>-?[\d.]+) Td <(?P<glyph>[0-9A-F]+)> Tj"
    rb"|(?P<end>ET)"
)
SCALE = re.compile(rb"([\d.]+) 0 0 -[\d.]+ ([\d.]+) ([\d.]+) cm")


class Line(NamedTuple):
    """A run of glyphs: from where to where, its base, in points from the lower left corner of the page."""

    text: str
    left: float
    right: float
    base: float
    font: str


class Pdf:
    """The pages of a file, each a list of lines in the order in which they were drawn."""

    def __init__(self, content):
        assert content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
        self.objects = {int(number): body for number, body in OBJECT.findall(content)}
        kinds = self.objects.values()
        self.embedded = [body for body in kinds if b"/FontFile2" in body or b"/FontFile3" in body]
        self.fonts = [body for body in kinds if b"/Subtype /Type0" in body]
        tree = next(body for body in kinds if b"/Type /Pages" in body)
        kids = re.search(rb"/Kids\s*\[(.*?)\]", tree, re.DOTALL)[1]
        self._contents = []
        self.pages = [self._page(self.objects[int(number)]) for number in re.findall(rb"(\d+) 0 R", kids)]
        box = re.search(rb"/MediaBox \[0 0 (\S+) (\S+)\]", content)
        self.size = float(box[1]), float(box[2])

    @property
    def colors(self):
        """All colours in which letters are drawn, as `#rrggbb`."""
        found = b"".join(self._stream(number) for number in self._contents)
        colors = re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) scn", found)
        return {"#" + "".join(f"{round(255 * float(part)):02x}" for part in color) for color in colors}

    @property
    def text(self):
        """All that it says, in one line."""
        return " ".join(line.text for page in self.pages for line in page)

    def _page(self, body):
        fonts = {
            name: self._font(int(number)) for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", self._resources(body))
        }
        self._contents.append(self._number(body, b"Contents"))
        content = self._stream(self._contents[-1])
        scale, across, up = map(float, SCALE.search(content).groups())
        lines = []
        for part in PART.finditer(content):
            if part["font"]:
                name, letters = fonts[part["font"]]
                x, y = float(part["left"]), float(part["top"])
                text, left = "", None
            elif part["glyph"]:
                x, y = x + float(part["x"]), y - float(part["y"])
                left = x if left is None else left
                text += letters[int(part["glyph"], 16)]
            elif text:
                lines.append(Line(text, left * scale + across, x * scale + across, up - y * scale, name))
        return lines

    def _font(self, number):
        """Its name, and the letter of each glyph."""
        body, letters = self.objects[number], {}
        for first, listed in RANGE.findall(self._stream(self._number(body, b"ToUnicode"))):
            codes = re.findall(rb"<([0-9A-F]+)>", listed)
            letters |= {
                int(first, 16) + place: bytes.fromhex(code.decode()).decode("utf-16-be")
                for place, code in enumerate(codes)
            }
        return re.search(rb"/BaseFont /(\S+)", body)[1].decode(), letters

    def _resources(self, body):
        return self.objects[self._number(body, b"Resources")]

    def _number(self, body, key):
        return int(re.search(rb"/" + key + rb" (\d+) 0 R", body)[1])

    def _stream(self, number):
        head, content = STREAM.match(self.objects[number]).groups()
        return zlib.decompress(content) if b"FlateDecode" in head else content
