"""Writes the pictures of a set into a folder: python -m samples --set compare --out folder."""

import argparse
from pathlib import Path

from samples.pictures import SETS, names, read


def main() -> None:
    """Write `<name>.png` for each picture of the set."""
    parser = argparse.ArgumentParser(prog="python -m samples", description=__doc__)
    parser.add_argument("--set", choices=SETS, required=True, help="which pictures")
    parser.add_argument("--out", type=Path, required=True, help="folder, made when missing")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for name in names(args.set):
        picture = read(name)
        (args.out / f"{name.removesuffix('.png').replace(':', '-')}.png").write_bytes(picture.png)


if __name__ == "__main__":
    main()
