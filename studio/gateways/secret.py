"""The key that signs sessions and CSRF tokens: made once, readable by its owner only."""

import os
import secrets
from pathlib import Path


def secret_key(root: Path) -> bytes:
    """The key of this `root`, made at the first question; processes that ask at once agree on one."""
    root.mkdir(parents=True, exist_ok=True)
    final = root / "secret.key"
    if not final.exists():
        part = root / f".secret-{secrets.token_hex(8)}"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            final.hardlink_to(part)  # unlike a rename it never replaces the key of a faster process
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return final.read_bytes()
