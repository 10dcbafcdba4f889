"""A Huey application over SQLite with one task that does nothing; HUEY_FILE says where the file lies."""

import os

from huey import SqliteHuey

huey = SqliteHuey(filename=os.environ.get("HUEY_FILE", "huey.sqlite"), fsync=True)


@huey.task()
def noop(number: int) -> int:
    return number
