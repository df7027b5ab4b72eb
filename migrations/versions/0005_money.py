"""Money: the ledger, what is owed, deposits, payments, money on its way out, royalties."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers only INTEGER keys itself
INSTANT = sa.DateTime(timezone=True)
APPEND_ONLY = (
    "ledger_accounts",
    "ledger_transfers",
    "ledger_legs",
    "obligation_shares",
    "settlements",
    "receipts",
)


def take_new_rows_only(table: str) -> None:
    """Refuse UPDATE and DELETE by trigger, as 0002 does for the journal."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def upgrade() -> None:
    """Make the tables; what is booked takes new rows only."""
    op.create_table(
        "gateway_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_events"),
        sa.UniqueConstraint("channel", "external_id", name="uq_gateway_events_channel_external_id"),
    )
    op.create_table(
        "ledger_transfers",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("phase", sa.String(length=32), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("resolves_id", ID, nullable=True),
        sa.Column("reverses_id", ID, nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(phase IN ('posted', 'voided', 'expired')) = (resolves_id IS NOT NULL)",
            name="ck_ledger_transfers_second_steps_have_a_first",
        ),
        sa.CheckConstraint(
            "expires_at IS NULL OR phase = 'pending'", name="ck_ledger_transfers_only_holds_run_out"
        ),
        sa.CheckConstraint(
            "reverses_id IS NULL OR phase = 'direct'",
            name="ck_ledger_transfers_reversed_in_one_step",
        ),
        sa.ForeignKeyConstraint(
            ["resolves_id"], ["ledger_transfers.id"], name="fk_ledger_transfers_resolves_id"
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["ledger_transfers.id"], name="fk_ledger_transfers_reverses_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_transfers"),
        sa.UniqueConstraint("key", name="uq_ledger_transfers_key"),
        sa.UniqueConstraint("resolves_id", name="uq_ledger_transfers_resolves_id"),
        sa.UniqueConstraint("reverses_id", name="uq_ledger_transfers_reverses_id"),
    )
    op.create_index("ix_ledger_transfers_at", "ledger_transfers", ["at"], unique=False)
    op.create_index(
        "ix_ledger_transfers_subject",
        "ledger_transfers",
        ["subject_kind", "subject_id"],
        unique=False,
    )

    op.create_table(
        "gateway_movements",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("transfer_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["ledger_transfers.id"], name="fk_gateway_movements_transfer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_movements"),
        sa.UniqueConstraint(
            "channel", "external_id", name="uq_gateway_movements_channel_external_id"
        ),
        sa.UniqueConstraint("transfer_id", name="uq_gateway_movements_transfer_id"),
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=True),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint(
            "(purpose IN ('credit', 'deposit', 'proceeds', 'claim')) = (party_id IS NOT NULL)",
            name="ck_ledger_accounts_parties_have_their_own",
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_ledger_accounts_party_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_accounts"),
    )
    op.create_index(
        "uq_ledger_accounts_of_market",
        "ledger_accounts",
        ["purpose", "currency"],
        unique=True,
        sqlite_where=sa.text("party_id IS NULL"),
        postgresql_where=sa.text("party_id IS NULL"),
    )
    op.create_index(
        "uq_ledger_accounts_of_party",
        "ledger_accounts",
        ["party_id", "purpose", "currency"],
        unique=True,
    )

    op.create_table(
        "obligations",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("debtor_id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("of_places", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("settles_at", INSTANT, nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("cancelled_at", INSTANT, nullable=True),
        sa.Column("cancelled_why", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancelled_why = '')", name="ck_obligations_cancelled_why"
        ),
        sa.CheckConstraint(
            "(status = 'cancelled') = (cancelled_at IS NOT NULL)",
            name="ck_obligations_cancelled_at",
        ),
        sa.CheckConstraint(
            "(status = 'settled') = (paid_minor = amount_minor)",
            name="ck_obligations_settled_is_paid",
        ),
        sa.CheckConstraint(
            "(status = 'settled') = (settled_at IS NOT NULL)", name="ck_obligations_settled_at"
        ),
        sa.CheckConstraint("amount_minor > 0", name="ck_obligations_amount_positive"),
        sa.CheckConstraint("debtor_id <> creditor_id", name="ck_obligations_two_parties"),
        sa.CheckConstraint(
            "paid_minor >= 0 AND paid_minor <= amount_minor", name="ck_obligations_paid_in_bounds"
        ),
        sa.CheckConstraint("place BETWEEN 1 AND of_places", name="ck_obligations_place_in_row"),
        sa.ForeignKeyConstraint(["creditor_id"], ["parties.id"], name="fk_obligations_creditor_id"),
        sa.ForeignKeyConstraint(["debtor_id"], ["parties.id"], name="fk_obligations_debtor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_obligations"),
    )
    op.create_index(
        "ix_obligations_creditor", "obligations", ["creditor_id", "status", "due_on"], unique=False
    )
    op.create_index(
        "ix_obligations_debtor", "obligations", ["debtor_id", "status", "due_on"], unique=False
    )
    op.create_index(
        "ix_obligations_subject", "obligations", ["subject_kind", "subject_id"], unique=False
    )

    op.create_table(
        "payout_accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("bank", sa.String(length=120), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("set_by", ID, nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.Column("usable_at", INSTANT, nullable=False),
        sa.Column("replaced_at", INSTANT, nullable=True),
        sa.CheckConstraint("usable_at >= set_at", name="ck_payout_accounts_waits_before_use"),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_payout_accounts_party_id"),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name="fk_payout_accounts_set_by"),
        sa.PrimaryKeyConstraint("id", name="pk_payout_accounts"),
    )
    op.create_index(
        "uq_payout_accounts_one_standing",
        "payout_accounts",
        ["party_id"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )

    op.create_table(
        "deposits",
        sa.Column("id", ID, nullable=False),
        sa.Column("obligation_id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("hold_id", ID, nullable=True),
        sa.Column("received_at", INSTANT, nullable=True),
        sa.Column("held_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_why", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "(status IN ('due', 'lapsed')) = (received_at IS NULL)",
            name="ck_deposits_received_has_its_instant",
        ),
        sa.CheckConstraint(
            "(status IN ('due', 'received', 'held')) = (ended_at IS NULL)",
            name="ck_deposits_ended_has_its_instant",
        ),
        sa.CheckConstraint(
            "status <> 'held' OR hold_id IS NOT NULL", name="ck_deposits_held_by_a_transfer"
        ),
        sa.CheckConstraint(
            "status NOT IN ('applied', 'forfeited') OR hold_id IS NOT NULL",
            name="ck_deposits_taken_when_held",
        ),
        sa.ForeignKeyConstraint(["hold_id"], ["ledger_transfers.id"], name="fk_deposits_hold_id"),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligations.id"], name="fk_deposits_obligation_id"
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_deposits_party_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deposits"),
        sa.UniqueConstraint("hold_id", name="uq_deposits_hold_id"),
        sa.UniqueConstraint("obligation_id", name="uq_deposits_obligation_id"),
    )
    op.create_index(
        "uq_deposits_one_live",
        "deposits",
        ["party_id", "subject_kind", "subject_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('due', 'received', 'held')"),
        postgresql_where=sa.text("status IN ('due', 'received', 'held')"),
    )

    op.create_table(
        "ledger_legs",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("transfer_id", ID, nullable=False),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("posted_minor", sa.BigInteger(), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name="ck_ledger_legs_amount_moves"),
        sa.CheckConstraint("held_minor >= 0", name="ck_ledger_legs_holds_are_not_negative"),
        sa.CheckConstraint(
            "outside OR posted_minor >= held_minor", name="ck_ledger_legs_nothing_below_zero"
        ),
        sa.CheckConstraint("seq > 0", name="ck_ledger_legs_seq_counts"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_accounts.id"], name="fk_ledger_legs_account_id"
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["ledger_transfers.id"], name="fk_ledger_legs_transfer_id"
        ),
        sa.PrimaryKeyConstraint("account_id", "seq", name="pk_ledger_legs"),
        sa.UniqueConstraint(
            "transfer_id", "account_id", name="uq_ledger_legs_transfer_id_account_id"
        ),
    )
    op.create_table(
        "obligation_shares",
        sa.Column("obligation_id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("party_id", ID, nullable=True),
        sa.Column("weight_bp", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "weight_bp > 0 AND weight_bp <= 10000", name="ck_obligation_shares_weight"
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligations.id"], name="fk_obligation_shares_obligation_id"
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_obligation_shares_party_id"),
        sa.PrimaryKeyConstraint("obligation_id", "place", name="pk_obligation_shares"),
    )
    op.create_index(
        "ix_obligation_shares_party_id", "obligation_shares", ["party_id"], unique=False
    )

    op.create_table(
        "payments",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("obligation_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("capture", sa.String(length=32), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.Column("capture_before", INSTANT, nullable=True),
        sa.Column("hold_id", ID, nullable=True),
        sa.Column("wanted", sa.String(length=32), nullable=True),
        sa.Column("disputed_minor", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "stage <> 'authorised' OR hold_id IS NOT NULL", name="ck_payments_authorised_is_held"
        ),
        sa.CheckConstraint("amount_minor > 0", name="ck_payments_amount_positive"),
        sa.CheckConstraint("disputed_minor >= 0", name="ck_payments_disputed_not_negative"),
        sa.ForeignKeyConstraint(["hold_id"], ["ledger_transfers.id"], name="fk_payments_hold_id"),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligations.id"], name="fk_payments_obligation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.UniqueConstraint("channel", "external_id", name="uq_payments_channel_external_id"),
        sa.UniqueConstraint("hold_id", name="uq_payments_hold_id"),
        sa.UniqueConstraint("key", name="uq_payments_key"),
    )
    op.create_index("ix_payments_obligation_id", "payments", ["obligation_id"], unique=False)
    op.create_index(
        "uq_payments_one_waiting",
        "payments",
        ["obligation_id"],
        unique=True,
        sqlite_where=sa.text("stage IN ('requested', 'action', 'authorised')"),
        postgresql_where=sa.text("stage IN ('requested', 'action', 'authorised')"),
    )

    op.create_table(
        "settlements",
        sa.Column("id", ID, nullable=False),
        sa.Column("obligation_id", ID, nullable=False),
        sa.Column("transfer_id", ID, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", INSTANT, nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name="ck_settlements_amount_moves"),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligations.id"], name="fk_settlements_obligation_id"
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["ledger_transfers.id"], name="fk_settlements_transfer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_settlements"),
        sa.UniqueConstraint("transfer_id", name="uq_settlements_transfer_id"),
    )
    op.create_index("ix_settlements_obligation_id", "settlements", ["obligation_id"], unique=False)

    op.create_table(
        "receipts",
        sa.Column("id", ID, nullable=False),
        sa.Column("obligation_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("payment_id", ID, nullable=True),
        sa.Column("transfer_id", ID, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("bank", sa.String(length=120), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="ck_receipts_amount_positive"),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligations.id"], name="fk_receipts_obligation_id"
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_receipts_payment_id"),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["ledger_transfers.id"], name="fk_receipts_transfer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_receipts"),
        sa.UniqueConstraint("payment_id", name="uq_receipts_payment_id"),
        sa.UniqueConstraint("transfer_id", name="uq_receipts_transfer_id"),
    )
    op.create_index("ix_receipts_obligation_id", "receipts", ["obligation_id"], unique=False)

    op.create_table(
        "payouts",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("receipt_id", ID, nullable=True),
        sa.Column("deposit_id", ID, nullable=True),
        sa.Column("obligation_id", ID, nullable=True),
        sa.Column("replaces_id", ID, nullable=True),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("bank", sa.String(length=120), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("hold_id", ID, nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("ordered_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("proof", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "(receipt_id IS NOT NULL) = (kind = 'refund')", name="ck_payouts_refunds_go_back"
        ),
        sa.CheckConstraint("(status = 'done') = (proof <> '')", name="ck_payouts_done_with_proof"),
        sa.CheckConstraint(
            "(status IN ('done', 'failed')) = (ended_at IS NOT NULL)",
            name="ck_payouts_ended_has_its_instant",
        ),
        sa.CheckConstraint("amount_minor > 0", name="ck_payouts_amount_positive"),
        sa.ForeignKeyConstraint(["deposit_id"], ["deposits.id"], name="fk_payouts_deposit_id"),
        sa.ForeignKeyConstraint(["hold_id"], ["ledger_transfers.id"], name="fk_payouts_hold_id"),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligations.id"], name="fk_payouts_obligation_id"
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_payouts_party_id"),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipts.id"], name="fk_payouts_receipt_id"),
        sa.ForeignKeyConstraint(["replaces_id"], ["payouts.id"], name="fk_payouts_replaces_id"),
        sa.UniqueConstraint("replaces_id", name="uq_payouts_replaces_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payouts"),
        sa.UniqueConstraint("hold_id", name="uq_payouts_hold_id"),
        sa.UniqueConstraint("key", name="uq_payouts_key"),
    )
    op.create_index("ix_payouts_deposit_id", "payouts", ["deposit_id"], unique=False)
    op.create_index("ix_payouts_obligation_id", "payouts", ["obligation_id"], unique=False)
    op.create_index("ix_payouts_party_id", "payouts", ["party_id"], unique=False)
    op.create_index("ix_payouts_receipt_id", "payouts", ["receipt_id"], unique=False)
    op.create_index("ix_payouts_status", "payouts", ["status", "due_at"], unique=False)

    op.create_table(
        "royalty_agreements",
        sa.Column("id", ID, nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("licensor_id", ID, nullable=False),
        sa.Column("licensee_id", ID, nullable=False),
        sa.Column("base", sa.String(length=32), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("every_months", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("days_to_declare", sa.Integer(), nullable=False),
        sa.Column("agreed_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "days_to_declare BETWEEN 1 AND 365", name="ck_royalty_agreements_declared_within_a_year"
        ),
        sa.CheckConstraint(
            "every_months BETWEEN 1 AND 120", name="ck_royalty_agreements_periods_within_ten_years"
        ),
        sa.CheckConstraint(
            "last_on >= first_on", name="ck_royalty_agreements_ends_after_it_begins"
        ),
        sa.CheckConstraint("licensor_id <> licensee_id", name="ck_royalty_agreements_two_parties"),
        sa.CheckConstraint(
            "rate_bp BETWEEN 1 AND 10000", name="ck_royalty_agreements_rate_within_the_whole"
        ),
        sa.ForeignKeyConstraint(
            ["licensee_id"], ["parties.id"], name="fk_royalty_agreements_licensee_id"
        ),
        sa.ForeignKeyConstraint(
            ["licensor_id"], ["parties.id"], name="fk_royalty_agreements_licensor_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_royalty_agreements"),
    )
    op.create_index(
        "ix_royalty_agreements_licensee_id", "royalty_agreements", ["licensee_id"], unique=False
    )
    op.create_index(
        "ix_royalty_agreements_licensor_id", "royalty_agreements", ["licensor_id"], unique=False
    )
    op.create_index(
        "uq_royalty_agreements_one_running",
        "royalty_agreements",
        ["subject_kind", "subject_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "royalty_shares",
        sa.Column("agreement_id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("party_id", ID, nullable=True),
        sa.Column("weight_bp", sa.Integer(), nullable=False),
        sa.CheckConstraint("weight_bp > 0 AND weight_bp <= 10000", name="ck_royalty_shares_weight"),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["royalty_agreements.id"], name="fk_royalty_shares_agreement_id"
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_royalty_shares_party_id"),
        sa.PrimaryKeyConstraint("agreement_id", "place", name="pk_royalty_shares"),
    )
    op.create_table(
        "royalty_statements",
        sa.Column("id", ID, nullable=False),
        sa.Column("agreement_id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("declared_by", ID, nullable=False),
        sa.Column("declared_at", INSTANT, nullable=False),
        sa.Column("corrects_id", ID, nullable=True),
        sa.Column("superseded_at", INSTANT, nullable=True),
        sa.Column("obligation_id", ID, nullable=True),
        sa.CheckConstraint("evidence <> ''", name="ck_royalty_statements_with_evidence"),
        sa.CheckConstraint(
            "amount_minor <= base_minor", name="ck_royalty_statements_part_of_its_base"
        ),
        sa.CheckConstraint(
            "base_minor >= 0 AND amount_minor >= 0", name="ck_royalty_statements_nothing_below_zero"
        ),
        sa.CheckConstraint(
            "last_on >= first_on", name="ck_royalty_statements_ends_after_it_begins"
        ),
        sa.CheckConstraint("place > 0", name="ck_royalty_statements_place_counts"),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["royalty_agreements.id"], name="fk_royalty_statements_agreement_id"
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["royalty_statements.id"], name="fk_royalty_statements_corrects_id"
        ),
        sa.ForeignKeyConstraint(
            ["declared_by"], ["users.id"], name="fk_royalty_statements_declared_by"
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligations.id"], name="fk_royalty_statements_obligation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_royalty_statements"),
        sa.UniqueConstraint("corrects_id", name="uq_royalty_statements_corrects_id"),
        sa.UniqueConstraint("obligation_id", name="uq_royalty_statements_obligation_id"),
    )
    op.create_index(
        "uq_royalty_statements_one_stands",
        "royalty_statements",
        ["agreement_id", "place"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "royalty_inspections",
        sa.Column("id", ID, nullable=False),
        sa.Column("statement_id", ID, nullable=False),
        sa.Column("asked_by", ID, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("why", sa.String(length=1000), nullable=False),
        sa.Column("answered_by", ID, nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer = '')", name="ck_royalty_inspections_answered_in_words"
        ),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by IS NULL)",
            name="ck_royalty_inspections_answered_by_whom",
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["users.id"], name="fk_royalty_inspections_answered_by"
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name="fk_royalty_inspections_asked_by"),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["royalty_statements.id"], name="fk_royalty_inspections_statement_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_royalty_inspections"),
    )
    op.create_index(
        "uq_royalty_inspections_one_waits",
        "royalty_inspections",
        ["statement_id"],
        unique=True,
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    with op.batch_alter_table("contracts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("royalty_base", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("royalty_bp", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("royalty_months", sa.Integer(), nullable=True))
    with op.batch_alter_table("rulebook_amendments", schema=None) as batch_op:
        share = batch_op.f("ck_rulebook_amendments_share_within_the_whole")
        batch_op.drop_constraint(share, type_="check")
        batch_op.create_check_constraint(
            share, "unit <> 'basis-points' OR value BETWEEN 0 AND 10000"
        )

    op.create_table(
        "bank_accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.String(length=34), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bank_accounts"),
        sa.UniqueConstraint("number", "currency", name="uq_bank_accounts_number_currency"),
    )
    op.create_table(
        "bank_statements",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("opening_minor", sa.BigInteger(), nullable=True),
        sa.Column("closing_minor", sa.BigInteger(), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=True),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Text(), nullable=False),
        sa.Column("imported_by", ID, nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "(opening_minor IS NULL) = (closing_minor IS NULL)",
            name="ck_bank_statements_both_balances_or_none",
        ),
        sa.CheckConstraint("until >= since", name="ck_bank_statements_days_in_order"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["bank_accounts.id"], name="fk_bank_statements_account_id"
        ),
        sa.ForeignKeyConstraint(
            ["imported_by"], ["users.id"], name="fk_bank_statements_imported_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bank_statements"),
        sa.UniqueConstraint("account_id", "sha256", name="uq_bank_statements_account_id_sha256"),
    )
    op.create_table(
        "bank_lines",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("statement_id", ID, nullable=False),
        sa.Column("print", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("counterparty", sa.String(length=120), nullable=False),
        sa.Column("counterparty_account", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("bank_ref", sa.String(length=80), nullable=False),
        sa.Column("reversal", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("found", sa.String(length=32), nullable=False),
        sa.Column("use", sa.String(length=32), nullable=True),
        sa.Column("obligation_id", ID, nullable=True),
        sa.Column("payout_id", ID, nullable=True),
        sa.Column("party_id", ID, nullable=True),
        sa.Column("returns_id", ID, nullable=True),
        sa.Column("transfer_id", ID, nullable=True),
        sa.Column("hold_id", ID, nullable=True),
        sa.Column("explained_at", INSTANT, nullable=True),
        sa.CheckConstraint("amount_minor <> 0", name="ck_bank_lines_amount_moves"),
        sa.CheckConstraint(
            "status <> 'returning' OR hold_id IS NOT NULL", name="ck_bank_lines_returning_is_held"
        ),
        sa.CheckConstraint(
            "status <> 'waits' OR (explained_at IS NULL AND use IS NULL)",
            name="ck_bank_lines_waiting_is_open",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["bank_accounts.id"], name="fk_bank_lines_account_id"
        ),
        sa.ForeignKeyConstraint(["hold_id"], ["ledger_transfers.id"], name="fk_bank_lines_hold_id"),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligations.id"], name="fk_bank_lines_obligation_id"
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name="fk_bank_lines_party_id"),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name="fk_bank_lines_payout_id"),
        sa.ForeignKeyConstraint(["returns_id"], ["bank_lines.id"], name="fk_bank_lines_returns_id"),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["bank_statements.id"], name="fk_bank_lines_statement_id"
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["ledger_transfers.id"], name="fk_bank_lines_transfer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bank_lines"),
        sa.UniqueConstraint("account_id", "print", name="uq_bank_lines_account_id_print"),
        sa.UniqueConstraint("hold_id", name="uq_bank_lines_hold_id"),
        sa.UniqueConstraint("returns_id", name="uq_bank_lines_returns_id"),
        sa.UniqueConstraint("transfer_id", name="uq_bank_lines_transfer_id"),
    )
    op.create_index("ix_bank_lines_obligation_id", "bank_lines", ["obligation_id"], unique=False)
    op.create_index("ix_bank_lines_payout_id", "bank_lines", ["payout_id"], unique=False)
    op.create_index(
        "ix_bank_lines_statement", "bank_lines", ["statement_id", "place"], unique=False
    )
    op.create_index(
        "ix_bank_lines_waiting",
        "bank_lines",
        ["booked_on", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'waits'"),
        postgresql_where=sa.text("status = 'waits'"),
    )
    for table in APPEND_ONLY:
        take_new_rows_only(table)
