"""Names that somebody may give to a run, a data set, a class, a drawing or a file, to do harm with them."""

CODE = "__import__('os').system('touch harmed')"

# what ends a line, for a terminal, for Python or for `str.splitlines`
ENDS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]

OF_PYTHON = [
    *(f"a{end}{CODE}" for end in ENDS),
    *(f"a {end}{CODE} #" for end in ENDS),
    f'"""; {CODE}; """',
    f"'''; {CODE}; '''",
    f'""" + {CODE} + """',
    f'\\"""; {CODE}; """',
    f'a" + {CODE} + "',
    f"a' + {CODE} + '",
    f"{{{CODE}}}",
    f"${{{CODE}}}",
    "$classes $head $remarks $$",
    "{0} {name} %s %(name)s",
    "\\",
    "\\u0022\\u0022\\u0022",
    "\\N{QUOTATION MARK}",
    '"' * 9,
    "a\x00b",
    "\ud800 a lone surrogate",
    "\ufeff# coding: utf-7",
    "\u202e\u2066 a name that is read from the right",
]

OF_HTML = [
    "<b>bold</b>",
    "<img src='file:///etc/passwd'>",
    "<a href='http://127.0.0.1:1'>click</a>",
    "<script>alert(1)</script>",
    "<!-- a --> <h1>large</h1>",
    "</text><script>alert(1)</script>",
    "]]><svg onload='alert(1)'/>",
    "&lt;b&gt; &amp; &#60;i&#62;",
    "<table><tr><td>cell</td></tr></table>",
    "<qt>rich</qt>",
    "<p style='font-size: 90px'>high</p>",
    '" onload="alert(1)',
]

OF_TERMINALS = [
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x1b[31mred",
    "\x9b31m",
    "\b\b\b\b",
    "\a",
    "\x7f\x00\x01",
    "\u200b\u200e\u200f",
]

OF_WINDOWS = ["&File", "a && b", "a\tCtrl+Q", "a" * 5_000, "", " ", "../../etc/passwd", "C:\\a:b*?", "%n %s", "🙂" * 40]

NAMES = [*OF_PYTHON, *OF_HTML, *OF_TERMINALS, *OF_WINDOWS]
