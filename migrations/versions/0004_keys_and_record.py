"""Keys and record: sessions, seats, letters, proposals, answers, signatures."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers only INTEGER keys itself
INSTANT = sa.DateTime(timezone=True)
UNANSWERED = sa.text("accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL")


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
    """Make the tables and columns."""
    op.create_table(
        "answers",
        sa.Column("id", ID, nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("flashes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("who", "key", name=op.f("uq_answers_who_key")),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answers_at"), ["at"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("door", sa.String(length=80), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("door", name=op.f("pk_attempts")),
    )
    op.create_table(
        "followers",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("upto", ID, nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_followers")),
    )
    op.create_table(
        "letters",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("to_address", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("plain", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("failed_why", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("key", name=op.f("uq_letters_key")),
    )
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letters_to_address"), ["to_address"], unique=False)
        batch_op.create_index("ix_letters_unsent", ["sent_at", "due_at"], unique=False)

    op.create_table(
        "proposals",
        sa.Column("id", ID, nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("stood", sa.Text(), nullable=False),
        sa.Column("proposed_by", ID, nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "confirmed",
                "rejected",
                "withdrawn",
                "lapsed",
                name="outcome",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.create_index(
            "uq_proposals_one_open",
            ["act", "subject_kind", "subject_id"],
            unique=True,
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )

    op.create_table(
        "salts",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject_id", name=op.f("pk_salts")),
    )
    op.create_table(
        "journal_signatures",
        sa.Column("checkpoint_id", ID, nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("signed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"],
            ["journal_checkpoints.id"],
            name=op.f("fk_journal_signatures_checkpoint_id"),
        ),
        sa.PrimaryKeyConstraint("checkpoint_id", "key_id", name=op.f("pk_journal_signatures")),
    )
    take_new_rows_only("journal_signatures")
    op.create_table(
        "identities",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_identities_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer_subject")),
    )
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identities_user_id"), ["user_id"], unique=False)

    op.create_table(
        "inbox_messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("news", sa.String(length=32), nullable=False),
        sa.Column("entry_id", ID, nullable=True),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column(
            "urgency",
            sa.Enum("waits", "binds", "told", name="urgency", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("lettered_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["journal_entries.id"], name=op.f("fk_inbox_messages_entry_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_inbox_messages_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_messages")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_inbox_messages_user_id_key")),
    )
    with op.batch_alter_table("inbox_messages", schema=None) as batch_op:
        batch_op.create_index("ix_inbox_messages_user_read", ["user_id", "read_at"], unique=False)

    op.create_table(
        "recovery_codes",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    with op.batch_alter_table("recovery_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_codes_user_id"), ["user_id"], unique=False)

    op.create_table(
        "sign_ins",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("factor", sa.Boolean(), nullable=False),
        sa.Column("party_id", ID, nullable=True),
        sa.Column("case_no", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_ins_token_hash")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_ins_user_id"), ["user_id"], unique=False)

    op.create_table(
        "tickets",
        sa.Column("id", ID, nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "sign-up",
                "password",
                "address",
                "invitation",
                name="purpose",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tickets_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_tickets_token_hash")),
    )
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tickets_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_tickets_user_id"), ["user_id"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column(
            "seat",
            sa.Enum(
                "editor", "signatory", "transfer-office", name="seat", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("invited_by", ID, nullable=False),
        sa.Column("invited_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("declined_at", INSTANT, nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["users.id"], name=op.f("fk_invitations_invited_by")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_invitations_party_id")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_invitations_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_invitations_ticket_id")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_party_id"), ["party_id"], unique=False)
        batch_op.create_index(
            "uq_invitations_one_open",
            ["party_id", "email"],
            unique=True,
            sqlite_where=UNANSWERED,
            postgresql_where=UNANSWERED,
        )

    op.create_table(
        "legal_holds",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("laid_at", INSTANT, nullable=False),
        sa.Column("lifted_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_legal_holds_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    with op.batch_alter_table("legal_holds", schema=None) as batch_op:
        batch_op.create_index(
            "uq_legal_holds_one_live",
            ["user_id"],
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )

    op.create_table(
        "party_papers",
        sa.Column("id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "licence",
                "representative",
                "authority",
                "person",
                name="paperkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("issued_by", sa.String(length=120), nullable=False),
        sa.Column("shown_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("seen_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["party_id"], ["parties.id"], name=op.f("fk_party_papers_party_id")
        ),
        sa.ForeignKeyConstraint(["seen_by"], ["users.id"], name=op.f("fk_party_papers_seen_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_papers")),
    )
    with op.batch_alter_table("party_papers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_party_papers_party_id"), ["party_id"], unique=False)

    op.create_table(
        "party_ties",
        sa.Column("id", ID, nullable=False),
        sa.Column("holder_id", ID, nullable=False),
        sa.Column("held_id", ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("control", "equity", name="tiekind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("share_bp", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("noted_by", ID, nullable=False),
        sa.Column("noted_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "(kind = 'equity') = (share_bp IS NOT NULL)",
            name=op.f("ck_party_ties_equity_has_a_share"),
        ),
        sa.CheckConstraint(
            "ended_on IS NULL OR ended_on >= since_on",
            name=op.f("ck_party_ties_ends_after_it_began"),
        ),
        sa.CheckConstraint(
            "holder_id <> held_id", name=op.f("ck_party_ties_nobody_holds_themselves")
        ),
        sa.CheckConstraint(
            "share_bp IS NULL OR (share_bp > 0 AND share_bp <= 10000)",
            name=op.f("ck_party_ties_share_is_a_part"),
        ),
        sa.ForeignKeyConstraint(["held_id"], ["parties.id"], name=op.f("fk_party_ties_held_id")),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["parties.id"], name=op.f("fk_party_ties_holder_id")
        ),
        sa.ForeignKeyConstraint(["noted_by"], ["users.id"], name=op.f("fk_party_ties_noted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_ties")),
    )
    with op.batch_alter_table("party_ties", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_party_ties_held_id"), ["held_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_party_ties_holder_id"), ["holder_id"], unique=False)
        batch_op.create_index(
            "uq_party_ties_one_open",
            ["holder_id", "held_id", "kind"],
            unique=True,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )

    with op.batch_alter_table("journal_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("changes", sa.Text(), server_default="", nullable=False))

    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.add_column(sa.Column("suspended_at", INSTANT, nullable=True))
        batch_op.add_column(
            sa.Column("authority_ref", sa.String(length=120), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("authority_until", sa.Date(), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f("ck_memberships_authority_has_a_paper"),
            "(authority_ref = '') = (authority_until IS NULL)",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_memberships_offices_hold_authority"),
            "authority_ref = '' OR seat = 'transfer-office'",
        )

    with op.batch_alter_table("parties", schema=None) as batch_op:
        batch_op.add_column(sa.Column("verified_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("verified_by", ID, nullable=True))
        batch_op.add_column(
            sa.Column("returned_why", sa.String(length=500), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("suspended_at", INSTANT, nullable=True))
        batch_op.add_column(
            sa.Column("suspended_why", sa.String(length=500), server_default="", nullable=False)
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_parties_verified_by"), "users", ["verified_by"], ["id"]
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_parties_verified_by_somebody"),
            "(verified_at IS NULL) = (verified_by IS NULL)",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_parties_suspended_for_a_reason"),
            "(suspended_at IS NULL) = (suspended_why = '')",
        )

    with op.batch_alter_table("rulebook_amendments", schema=None) as batch_op:
        batch_op.create_check_constraint(
            batch_op.f("ck_rulebook_amendments_share_within_the_whole"),
            "unit <> 'basis-points' OR value BETWEEN 1 AND 10000",
        )

    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("password_changed_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("suspended_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("erased_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("totp_secret", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("totp_since", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("totp_step", ID, nullable=True))
        batch_op.create_check_constraint(
            batch_op.f("ck_users_factor_is_whole"),
            "(totp_secret IS NULL) = (totp_since IS NULL) "
            "AND (totp_since IS NULL) = (totp_step IS NULL)",
        )
        batch_op.add_column(
            sa.Column(
                "mail_choice",
                sa.Enum(
                    "at-once", "daily", "never", name="mailchoice", native_enum=False, length=32
                ),
                server_default="at-once",
                nullable=False,
            )
        )
