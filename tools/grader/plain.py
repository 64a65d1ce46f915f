"""Text that came through a submission, made harmless to terminals, XML and JSON."""

MOST = 2000


def plain(text, most=MOST):
    """Without control characters, surrogates and other invisible ones, and cut to `most`."""
    text = text.expandtabs(4)
    shown = "".join(c if c == "\n" or c.isprintable() else "?" for c in text[:most])
    return shown + (" ..." if len(text) > most else "")
