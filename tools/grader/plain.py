"""Text that came through a submission, made harmless to terminals, XML and JSON."""

from .faults import switched_off

MOST = 2000


def plain(text, most=MOST):
    """Without control characters, surrogates and other invisible ones, and cut to `most`."""
    text = text.expandtabs(4)
    if "plain" in switched_off:
        return text
    shown = "".join(c if c == "\n" or c.isprintable() else "?" for c in text[:most])
    return shown + (" ..." if len(text) > most else "")
