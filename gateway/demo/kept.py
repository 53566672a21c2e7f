"""Keeps what the demo makes up once: passwords and keys, each in a file of its own in `HOME/secrets` (0600)."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from gateway.private_files import write_private


@dataclass(frozen=True, slots=True)
class KeptSecrets:
    """The folder of the secrets."""

    folder: Path

    @classmethod
    def of(cls, home: Path) -> "KeptSecrets":
        """Return the secrets of a home; the folder is made, for the owner only."""
        folder = home / "secrets"
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        return cls(folder)

    def password(self, name: str) -> str:
        """Return the password of a role."""
        return self.key(f"{name}.password", 24).hex()

    def key(self, name: str, size: int) -> bytes:
        """Return `size` random bytes, the same ones at every start."""
        file = self.folder / name
        if not file.exists():
            write_private(file, secrets.token_hex(size))
        return bytes.fromhex(file.read_text())
