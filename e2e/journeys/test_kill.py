"""The process is killed in the middle of a batch, twice: afterwards every lead is accounted for exactly once."""

import json
import random
from typing import Any

from support import prices
from support.people import LIVE, Person, sign_in
from support.waiting import eventually

SEED = 20260
CONCURRENCY = 20
RETRIES = 3
CRASHES_ALLOWED = 3


def processed(server, batch_id: str) -> int:
    batch = server.rows("SELECT completed + failed + skipped AS processed FROM batch WHERE id = ?", batch_id)[0]
    return batch["processed"]


def test_two_kills_lose_no_lead_and_charge_none_twice(own_server, contexts):
    # The site that never answers ends sooner, so that the test does too.
    server = own_server(BATCH_REQUEST_TIMEOUT="4")
    operator = sign_in(contexts(), server)
    names = list(operator.leads)
    assert len(names) == 200
    batch_id = operator.start(names, max_concurrent=CONCURRENCY)
    for least, most in [(15, 60), (90, 140)]:
        moment = random.Random(SEED + least).randint(least, most)
        eventually(lambda moment=moment: processed(server, batch_id) >= moment, f"{moment} leads", 120)
        server.kill()
        assert processed(server, batch_id) < len(names)
        server.start()
    batch = eventually(lambda: ended(operator, batch_id), "the end of the batch", 150)
    assert batch["status"] == "completed_with_errors"
    check_ledger(server, batch_id, len(names))


def ended(operator: Person, batch_id: str) -> Any:
    """On a busy machine the many bad sites at the end pause the batch, as they should: a person takes it up again."""
    batch = operator.batch(batch_id)
    if batch["auto_paused"]:
        operator.post(f"/batch/{batch_id}/resume", {}, 200, 409)
    return None if batch["status"] in LIVE else batch


def check_ledger(server, batch_id: str, total: int) -> None:
    (batch,) = server.rows("SELECT * FROM batch WHERE id = ?", batch_id)
    key = batch["key"]
    leads = server.rows("SELECT * FROM batch_lead WHERE batch_key = ?", key)
    states = {state: [lead for lead in leads if lead["state"] == state] for state in ["completed", "failed", "skipped", "cancelled"]}
    assert len(leads) == len({lead["lead_key"] for lead in leads}) == total
    assert sum(len(some) for some in states.values()) == total, "every lead is in an end state"
    assert {state: batch[state] for state in states} == {state: len(some) for state, some in states.items()}
    assert batch["pending"] == batch["processing"] == batch["retrying"] == 0
    assert len(states["completed"]) > 150 and len(states["failed"]) > 10

    completed = {lead["position"] for lead in states["completed"]}
    reports = server.rows("SELECT position, place, bytes, lead.id FROM report JOIN lead ON lead.key = lead_key WHERE batch_key = ?", key)
    assert sorted(report["position"] for report in reports) == sorted(completed)
    text = (server.folder / "reports" / f"{batch_id}.jsonl").read_bytes()
    for report in reports:
        kept = json.loads(text[report["place"] : report["place"] + report["bytes"]])
        assert kept["leadID"].lower() == report["id"], "each report lies where its row says"

    charges = server.rows("SELECT * FROM charge WHERE batch_key = ?", key)
    base = [charge for charge in charges if charge["kind"] == "base"]
    assert sorted(charge["position"] for charge in base) == sorted(completed), "one base charge for each report"
    assert sum(charge["amount"] for charge in charges) == batch["actual"] == sum(lead["cost"] for lead in leads)
    assert batch["actual"] == int(prices.per_report(total) * len(completed) * 1_000_000)

    attempts = server.rows("SELECT position, outcome, count(*) AS n FROM attempt WHERE batch_key = ? GROUP BY position, outcome", key)
    for lead in leads:
        own = {row["outcome"]: row["n"] for row in attempts if row["position"] == lead["position"]}
        assert sum(own.values()) - own.get("crashed", 0) <= 1 + RETRIES, dict(lead)
        assert lead["crashes"] <= CRASHES_ALLOWED and own.get("completed", 0) == (lead["state"] == "completed"), dict(lead)

    (day,) = server.rows("SELECT sum(reserved) AS reserved, sum(spent) AS spent FROM budget_day")
    assert (day["reserved"], day["spent"]) == (0, batch["actual"])
    ends = server.rows("SELECT action FROM audit WHERE subject_id = ? AND action LIKE 'batch.completed%'", batch_id)
    assert len(ends) == 1, "the batch ended once"
