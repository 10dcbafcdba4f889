"""The table that a run prints, and the small sums behind it."""

import os


def percentile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def median(values: list[float]) -> float:
    return percentile(values, 0.5)


class Table:
    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str, str, str]] = []
        self.has_missed = False

    def add(self, what: str, figure: str, yardstick: str = "", goal: str = "", met: bool | None = None) -> None:
        """Adds a row; `met` says whether a goal was reached, and is None for a figure without one."""
        self.has_missed |= met is False
        self.rows.append((what, figure, yardstick, goal, {True: "yes", False: "NO", None: ""}[met]))

    def markdown(self) -> str:
        head = ("what", "figure", "yardstick in the same run", "goal", "met")
        rows = [head, *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
        lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows]
        lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        load = f"Load average during the run: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
        return "\n".join([*lines, "", load])
