"""The migrations lead exactly to the models, on both engines."""

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.util import CommandError

from tests.engines import Kit, revisions


def test_the_newest_revision_agrees_with_the_models(engine_url: str) -> None:
    command.check(revisions(engine_url))


def test_a_table_that_no_model_knows_is_a_disagreement(engine_url: str) -> None:
    engine = sa.create_engine(engine_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE stray (id INTEGER PRIMARY KEY)")
    engine.dispose()
    with pytest.raises(CommandError, match="stray"):
        command.check(revisions(engine_url))


def test_there_is_one_newest_revision(kit: Kit) -> None:
    url = kit.fresh()
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        applied = connection.exec_driver_sql("SELECT version_num FROM alembic_version").all()
    engine.dispose()
    kit.drop(url)
    assert len(applied) == 1
