#!/usr/bin/env python3
"""A file includes only its own folder and those above it in the list: include_order.py ROOT, with the list in ROOT/folders.

Prints every include that goes the wrong way, every folder that is not in the list, and every one without a README.md.
"""
import pathlib
import re
import sys


def complaints(root: pathlib.Path) -> list[str]:
    folders = [line.split()[0] for line in (root / "folders").read_text().splitlines() if line.strip()]
    rank = {folder: place for place, folder in enumerate(folders)}
    found = [f"{root}/{folder}: has no README.md" for folder in folders if folder != "." and not (root / folder / "README.md").exists()]
    for source in sorted([*root.rglob("*.cpp"), *root.rglob("*.h")]):
        own = str(source.parent.relative_to(root))
        if own not in rank:
            found.append(f"{source}: folder {own} is not in {root}/folders")
            continue
        for number, line in enumerate(source.read_text().splitlines(), 1):
            match = re.match(r'#include "(?:(.+)/)?[^/"]+\.h"', line)
            other = match and (match[1] or ".")
            if match and (root / line.split('"')[1]).exists() and rank.get(other, len(rank)) > rank[own]:
                found.append(f"{source}:{number}: {own} is above {other} in {root}/folders")
    return found


if __name__ == "__main__":
    wrong = [line for root in sys.argv[1:] for line in complaints(pathlib.Path(root))]
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)
