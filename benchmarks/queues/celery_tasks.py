"""A Celery application over Redis with one task that does nothing; REDIS_PORT says where Redis listens."""

import os

from celery import Celery

BROKER = f"redis://127.0.0.1:{os.environ.get('REDIS_PORT', '6379')}/0"
app = Celery("noop", broker=BROKER, backend=BROKER)
app.conf.update(worker_prefetch_multiplier=50, task_acks_late=True, result_expires=600)


@app.task
def noop(number: int) -> int:
    return number
