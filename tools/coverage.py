"""Prints line and region coverage per file and folder of Sources, and exits 1 when a folder is under its floor."""

import json
import pathlib
import sys

LINES_FLOOR, REGIONS_FLOOR = 80.0, 75.0
root = pathlib.Path(__file__).resolve().parent.parent
data = json.loads(pathlib.Path(sys.argv[1]).read_text())["data"][0]["files"]


def percent(covered: int, count: int) -> float:
    return 100.0 if count == 0 else 100.0 * covered / count


folders: dict[str, list[int]] = {}
for entry in sorted(data, key=lambda e: e["filename"]):
    path = pathlib.Path(entry["filename"])
    if not path.is_relative_to(root / "Sources"):
        continue
    lines, regions = entry["summary"]["lines"], entry["summary"]["regions"]
    name = path.relative_to(root)
    print(f"{percent(lines['covered'], lines['count']):6.1f} % lines {percent(regions['covered'], regions['count']):6.1f} % regions  {name}")
    sums = folders.setdefault(name.parts[1], [0, 0, 0, 0])
    for index, value in enumerate((lines["covered"], lines["count"], regions["covered"], regions["count"])):
        sums[index] += value

print("\nby folder")
low = []
for folder, (lc, ln, rc, rn) in sorted(folders.items()):
    line, region = percent(lc, ln), percent(rc, rn)
    print(f"{line:6.1f} % lines {region:6.1f} % regions  Sources/{folder}")
    if line < LINES_FLOOR or region < REGIONS_FLOOR:
        low.append(folder)
if low:
    sys.exit(f"under the floor of {LINES_FLOOR:.0f} % lines or {REGIONS_FLOOR:.0f} % regions: {', '.join(low)}")
