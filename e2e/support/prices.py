"""What a batch costs by the rate card of a fresh installation, worked out on its own."""

from decimal import Decimal

BASE = Decimal("0.05")


def per_report(count: int) -> Decimal:
    discount = 20 if count > 500 else 10 if count > 100 else 0
    return BASE * (100 - discount) / 100


def total(count: int) -> Decimal:
    return per_report(count) * count


def dollars(amount: Decimal) -> str:
    return f"${amount:,.4f}"
