"""``python -m market``: migrate, load the demo world into an empty demo market, serve."""

import threading
import time
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from sqlalchemy.exc import IntegrityError

from config import BIND, Settings, address
from market.accounts import doors
from market.app import create_app
from market.demo.world import SIGN_INS, load_if_empty
from market.inbox.delivery import deliver
from market.kernel import once
from market.kernel.clock import now
from market.kernel.db import Database
from market.kernel.journal import checkpoint
from market.kernel.schema import upgrade
from market.kernel.signing import append_outside, read_key, sign
from market.listings.following import keep_up
from market.listings.search import TextIndex
from market.payments.asking import Counter
from market.payments.reconciling import reconcile

EVERY_SECONDS = 60


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn with one process and some threads: what an embedded market needs."""

    def __init__(self, settings: Settings, bind: str) -> None:
        self.settings, self.bind = settings, bind
        super().__init__()

    def load_config(self) -> None:
        """One worker (SQLite has one writer), threads, a tick that checkpoints the journal."""
        self.cfg.set("bind", self.bind)
        self.cfg.set("worker_class", "gthread")
        self.cfg.set("threads", 8)
        self.cfg.set("graceful_timeout", 20)
        self.cfg.set("accesslog", None)
        self.cfg.set("loglevel", "warning")
        self.cfg.set("post_worker_init", _tick)

    def load(self) -> Any:
        """The application, made after the fork so that no connection is shared."""
        return create_app(self.settings)


def _tick(worker: Any) -> None:
    app = worker.app.wsgi()
    database: Database = app.extensions["market.database"]
    text_index: TextIndex = app.extensions["market.search"]
    settings: Settings = app.extensions["market.settings"]

    def ticking() -> None:
        while True:
            try:
                with database.reading() as session:
                    keep_up(session, text_index)
                time.sleep(EVERY_SECONDS)
                with database.transaction() as session:
                    checkpoint(session, at=now())
                    once.forget(session, at=now())
                    doors.forget(session, now())
                _sign(database, settings)
            except IntegrityError:
                continue  # another process made this checkpoint
            except Exception:
                app.logger.exception("tick")  # the next one tries again
                time.sleep(EVERY_SECONDS)

    threading.Thread(target=ticking, name="tick", daemon=True).start()
    threading.Thread(target=_deliver, args=(app,), name="post", daemon=True).start()
    threading.Thread(target=_reconcile, args=(app,), name="gateways", daemon=True).start()


def _deliver(app: Flask) -> None:
    """Tell and send whenever the bell rings, and once a minute: time brings news too."""
    database: Database = app.extensions["market.database"]
    bell: threading.Event = app.extensions["market.bell"]
    while True:
        bell.clear()
        try:
            with app.app_context():
                deliver(database, app.extensions["market.post"], now)
        except Exception:
            app.logger.exception("post")  # the next one tries again
        bell.wait(EVERY_SECONDS)


def _reconcile(app: Flask) -> None:
    """Ask the gateways once a minute about what waits: orphans are found, holds are let go."""
    counter: Counter = app.extensions["market.counter"]
    while counter.gateways:
        try:
            reconcile(counter)
        except Exception:
            app.logger.exception("gateways")  # the next one tries again
        time.sleep(EVERY_SECONDS)


def _sign(database: Database, settings: Settings) -> None:
    """On a small market the server signs by itself; elsewhere `journal sign` does, by a cron."""
    if settings.signing_key is None:
        return
    key = read_key(settings.signing_key)
    with database.transaction() as session:
        sign(session, key, at=now())
    if settings.checkpoint_file is not None:
        with database.reading() as session:
            append_outside(session, key.public_key(), settings.checkpoint_file)


@click.command()
@click.option("--bind", default=BIND, show_default=True)
def main(bind: str) -> None:
    """Serve the market."""
    settings = Settings.from_env(bind=bind)
    settings.instance.mkdir(parents=True, exist_ok=True)
    upgrade(settings.database_url)
    if settings.demo:
        app = create_app(settings)
        with app.app_context():
            load_if_empty(now())
        app.extensions["market.database"].dispose()
        click.echo(SIGN_INS)
    click.echo(f"The market is at {address(bind)}  (stop with Ctrl-C)")
    Server(settings, bind).run()


if __name__ == "__main__":
    main()
