"""Runs the migrations; models are read only to compare (``alembic check``), never to migrate."""

from importlib import import_module

from alembic import context
from sqlalchemy import create_engine

from market.kernel.db import Base

KERNEL = ("journal", "once", "mail", "proposals", "personal")
SLICES = (
    *(
        "places",
        "accounts",
        "parties",
        "rulebook",
        "ledger",
        "payments",
        "bank",
        "listings",
        "deals",
        "negotiation",
    ),
    *("contracts", "registry", "record", "inbox"),
)
for name in KERNEL:
    import_module(f"market.kernel.{name}")
for name in SLICES:
    import_module(f"market.{name}.models")
for part in ("gateway", "payout", "royalty"):
    import_module(f"market.payments.{part}_models")

engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
