"""Make the market's tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers only INTEGER keys itself
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the market's tables"""
    op.create_table(
        "journal_checkpoints",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("upto", ID, nullable=False),
        sa.Column("heads", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_checkpoints")),
        sa.UniqueConstraint("previous", name=op.f("uq_journal_checkpoints_previous")),
    )
    op.create_table(
        "journal_entries",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("thread_kind", sa.String(length=32), nullable=False),
        sa.Column("thread_id", ID, nullable=False),
        sa.Column("seq", ID, nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("party_id", ID, nullable=True),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entries")),
        sa.UniqueConstraint(
            "thread_kind",
            "thread_id",
            "seq",
            name=op.f("uq_journal_entries_thread_kind_thread_id_seq"),
        ),
    )
    op.create_index(
        "ix_journal_entries_subject",
        "journal_entries",
        ["subject_kind", "subject_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_journal_entries_user_id"), "journal_entries", ["user_id"], unique=False
    )

    op.create_table(
        "regions",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("city_code", sa.String(length=6), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor", sa.String(length=6), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_regions")),
    )
    op.create_index(op.f("ix_regions_city_code"), "regions", ["city_code"], unique=False)

    op.create_table(
        "registries",
        sa.Column("id", ID, nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("authority", sa.String(length=120), nullable=False),
        sa.CheckConstraint("length(code) = 6", name=op.f("ck_registries_code_has_six_digits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registries")),
        sa.UniqueConstraint("code", name=op.f("uq_registries_code")),
    )
    op.create_table(
        "rights",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights")),
        sa.UniqueConstraint("number", name=op.f("uq_rights_number")),
    )

    op.create_table(
        "parks",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("city_code", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(["city_code"], ["regions.code"], name=op.f("fk_parks_city_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_parks")),
    )
    op.create_table(
        "registry_counters",
        sa.Column("registry_id", ID, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registry_id"], ["registries.id"], name=op.f("fk_registry_counters_registry_id")
        ),
        sa.PrimaryKeyConstraint("registry_id", "year", name=op.f("pk_registry_counters")),
    )
    op.create_table(
        "registry_territories",
        sa.Column("region_code", sa.String(length=6), nullable=False),
        sa.Column("registry_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["region_code"], ["regions.code"], name=op.f("fk_registry_territories_region_code")
        ),
        sa.ForeignKeyConstraint(
            ["registry_id"], ["registries.id"], name=op.f("fk_registry_territories_registry_id")
        ),
        sa.PrimaryKeyConstraint("region_code", name=op.f("pk_registry_territories")),
    )
    op.create_index(
        op.f("ix_registry_territories_registry_id"),
        "registry_territories",
        ["registry_id"],
        unique=False,
    )

    op.create_table(
        "users",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("registry_id", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["registry_id"], ["registries.id"], name=op.f("fk_users_registry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "venues",
        sa.Column("id", ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "market",
                "sub-market",
                "workstation",
                name="venuekind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("parent_id", ID, nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("region_code", sa.String(length=6), nullable=False),
        sa.CheckConstraint(
            "(kind = 'market') = (parent_id IS NULL)",
            name=op.f("ck_venues_only_the_market_is_root"),
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["venues.id"], name=op.f("fk_venues_parent_id")),
        sa.ForeignKeyConstraint(
            ["region_code"], ["regions.code"], name=op.f("fk_venues_region_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venues")),
    )
    op.create_table(
        "parties",
        sa.Column("id", ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("organisation", "person", name="partykind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("uscc_check_ok", sa.Boolean(), nullable=False),
        sa.Column("uscc_confirmed_by", ID, nullable=True),
        sa.Column(
            "seller_class",
            sa.Enum(
                "state-institute",
                "state-enterprise",
                "private-firm",
                "person",
                name="sellerclass",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "nature",
            sa.Enum(
                "010",
                "021",
                "022",
                "023",
                "024",
                "030",
                "110",
                "150",
                "160",
                "170",
                "180",
                "200",
                "300",
                "400",
                "900",
                "990",
                name="partynature",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("region_code", sa.String(length=6), nullable=False),
        sa.Column("park_code", sa.String(length=12), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("representative", sa.String(length=80), nullable=False),
        sa.Column("contact", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "(kind = 'organisation') = (uscc IS NOT NULL)",
            name=op.f("ck_parties_organisations_have_a_code"),
        ),
        sa.CheckConstraint(
            "(kind = 'person') = (seller_class = 'person')",
            name=op.f("ck_parties_persons_sell_as_persons"),
        ),
        sa.CheckConstraint(
            "nature NOT IN ('021', '022') OR seller_class = 'state-institute'",
            name=op.f("ck_parties_state_institutes_sell_as_such"),
        ),
        sa.CheckConstraint(
            "nature <> '110' OR seller_class = 'state-enterprise'",
            name=op.f("ck_parties_state_enterprises_sell_as_such"),
        ),
        sa.ForeignKeyConstraint(["park_code"], ["parks.code"], name=op.f("fk_parties_park_code")),
        sa.ForeignKeyConstraint(
            ["region_code"], ["regions.code"], name=op.f("fk_parties_region_code")
        ),
        sa.ForeignKeyConstraint(
            ["uscc_confirmed_by"], ["users.id"], name=op.f("fk_parties_uscc_confirmed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
        sa.UniqueConstraint("uscc", name=op.f("uq_parties_uscc")),
    )
    op.create_table(
        "rulebook_amendments",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", ID, nullable=False),
        sa.Column(
            "unit",
            sa.Enum(
                "calendar-days",
                "working-days",
                "fen",
                "flag",
                name="unit",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("article", sa.String(length=120), nullable=False),
        sa.Column("amended_by", ID, nullable=False),
        sa.Column("amended_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "value BETWEEN 0 AND 1000000000000000",
            name=op.f("ck_rulebook_amendments_value_within_bounds"),
        ),
        sa.CheckConstraint(
            "unit NOT IN ('calendar-days', 'working-days') OR value BETWEEN 1 AND 3650",
            name=op.f("ck_rulebook_amendments_days_within_ten_years"),
        ),
        sa.CheckConstraint(
            "unit <> 'flag' OR value IN (0, 1)", name=op.f("ck_rulebook_amendments_flag_on_or_off")
        ),
        sa.ForeignKeyConstraint(
            ["amended_by"], ["users.id"], name=op.f("fk_rulebook_amendments_amended_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulebook_amendments")),
        sa.UniqueConstraint(
            "key", "valid_from", name=op.f("uq_rulebook_amendments_key_valid_from")
        ),
    )
    op.create_table(
        "user_roles",
        sa.Column("user_id", ID, nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "researcher",
                "company",
                "broker",
                "registrar",
                "operator",
                "director",
                "auditor",
                "administrator",
                name="role",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_roles_user_id")),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_user_roles")),
    )
    op.create_index(
        "uq_user_roles_one_of_two_powers",
        "user_roles",
        ["user_id"],
        unique=True,
        sqlite_where=sa.text("role IN ('administrator', 'auditor')"),
        postgresql_where=sa.text("role IN ('administrator', 'auditor')"),
    )
    op.create_table(
        "listings",
        sa.Column("id", ID, nullable=False),
        sa.Column("seller_id", ID, nullable=False),
        sa.Column("venue_id", ID, nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "submitted",
                "published",
                "transferred",
                "withdrawn",
                name="status",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum("negotiation", name="mode", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "way",
            sa.Enum(
                "assign", "license", "cooperate", "invest", name="way", native_enum=False, length=32
            ),
            nullable=True,
        ),
        sa.Column(
            "licence_type",
            sa.Enum(
                "exclusive", "sole", "ordinary", name="licencetype", native_enum=False, length=32
            ),
            nullable=True,
        ),
        sa.Column("licences_offered", sa.Integer(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("price_currency", sa.String(length=3), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=False),
        sa.Column(
            "technology_field",
            sa.Enum(
                "1",
                "2",
                "3",
                "4",
                "5",
                "6",
                "7",
                "8",
                "9",
                "10",
                "11",
                name="technologyfield",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "key_field",
            sa.Enum(
                "information",
                "equipment",
                "transport",
                "energy",
                "materials",
                "agriculture",
                "environment",
                "biomedicine",
                "aerospace",
                "services",
                name="keyfield",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "maturity",
            sa.Enum(
                "research",
                "sample",
                "lab",
                "pilot",
                "production",
                name="maturity",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "funding",
            sa.Enum(
                "national",
                "ministry",
                "province",
                "city",
                "none",
                name="funding",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("ipc", sa.String(length=200), nullable=False),
        sa.Column("keywords", sa.String(length=300), nullable=False),
        sa.Column("valuation_minor", sa.BigInteger(), nullable=True),
        sa.Column("valuation_currency", sa.String(length=3), nullable=True),
        sa.Column("valuation_note", sa.String(length=300), nullable=False),
        sa.Column("import_key", sa.String(length=120), nullable=True),
        sa.Column("returned_reason", sa.String(length=500), nullable=True),
        sa.Column("taken_by_id", ID, nullable=True),
        sa.Column("drafted_at", INSTANT, nullable=False),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("dealt_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "dealt_at IS NULL OR status <> 'draft'", name=op.f("ck_listings_dealt_is_no_draft")
        ),
        sa.CheckConstraint(
            "(status NOT IN ('published', 'transferred')) OR published_at IS NOT NULL",
            name=op.f("ck_listings_published_has_its_instant"),
        ),
        sa.CheckConstraint(
            "licence_type IS NULL OR way = 'license'",
            name=op.f("ck_listings_only_licences_have_a_type"),
        ),
        sa.CheckConstraint(
            "licences_offered IS NULL OR licences_offered > 0",
            name=op.f("ck_listings_licences_positive"),
        ),
        sa.CheckConstraint(
            "price_minor IS NULL OR price_minor > 0", name=op.f("ck_listings_price_positive")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["parties.id"], name=op.f("fk_listings_seller_id")),
        sa.ForeignKeyConstraint(
            ["taken_by_id"], ["parties.id"], name=op.f("fk_listings_taken_by_id")
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name=op.f("fk_listings_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listings")),
        sa.UniqueConstraint(
            "seller_id", "import_key", name=op.f("uq_listings_seller_id_import_key")
        ),
    )
    op.create_index(op.f("ix_listings_seller_id"), "listings", ["seller_id"], unique=False)
    op.create_index(
        "ix_listings_status_published", "listings", ["status", "published_at"], unique=False
    )

    op.create_table(
        "memberships",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column(
            "seat",
            sa.Enum(
                "editor", "signatory", "transfer-office", name="seat", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_memberships_party_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("user_id", "party_id", name=op.f("uq_memberships_user_id_party_id")),
    )
    op.create_index(op.f("ix_memberships_party_id"), "memberships", ["party_id"], unique=False)

    op.create_table(
        "deals",
        sa.Column("id", ID, nullable=False),
        sa.Column("listing_id", ID, nullable=False),
        sa.Column("seller_id", ID, nullable=False),
        sa.Column("buyer_id", ID, nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("price_currency", sa.String(length=3), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("negotiation", name="mode", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "way",
            sa.Enum(
                "assign", "license", "cooperate", "invest", name="way", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "licence_type",
            sa.Enum(
                "exclusive", "sole", "ordinary", name="licencetype", native_enum=False, length=32
            ),
            nullable=True,
        ),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("struck_at", INSTANT, nullable=False),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_deals_price_positive")),
        sa.CheckConstraint("seller_id <> buyer_id", name=op.f("ck_deals_two_parties")),
        sa.ForeignKeyConstraint(["buyer_id"], ["parties.id"], name=op.f("fk_deals_buyer_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_deals_listing_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["parties.id"], name=op.f("fk_deals_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deals")),
    )
    op.create_index(op.f("ix_deals_buyer_id"), "deals", ["buyer_id"], unique=False)
    op.create_index(op.f("ix_deals_listing_id"), "deals", ["listing_id"], unique=False)
    op.create_index(op.f("ix_deals_seller_id"), "deals", ["seller_id"], unique=False)

    op.create_table(
        "listing_associates",
        sa.Column("listing_id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("client", "co-developer", name="associaterole", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_listing_associates_listing_id")
        ),
        sa.PrimaryKeyConstraint("listing_id", "place", name=op.f("pk_listing_associates")),
    )
    op.create_table(
        "listing_encumbrances",
        sa.Column("listing_id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "pledge", "licence", "freeze", name="encumbrancekind", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("consents", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_listing_encumbrances_listing_id")
        ),
        sa.PrimaryKeyConstraint("listing_id", "place", name=op.f("pk_listing_encumbrances")),
    )
    op.create_table(
        "listing_makers",
        sa.Column("listing_id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_listing_makers_listing_id")
        ),
        sa.PrimaryKeyConstraint("listing_id", "place", name=op.f("pk_listing_makers")),
    )
    op.create_table(
        "listing_owners",
        sa.Column("listing_id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=False),
        sa.Column("consents", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "share_bp > 0 AND share_bp <= 10000", name=op.f("ck_listing_owners_share_within_whole")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_listing_owners_listing_id")
        ),
        sa.PrimaryKeyConstraint("listing_id", "place", name=op.f("pk_listing_owners")),
    )
    op.create_table(
        "listing_rights",
        sa.Column("id", ID, nullable=False),
        sa.Column("listing_id", ID, nullable=False),
        sa.Column("right_id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "invention",
                "utility-model",
                "design",
                "application",
                "foreign-patent",
                "secret",
                "software",
                "ic-layout",
                "plant-variety",
                name="rightkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("publication_number", sa.String(length=40), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_listing_rights_listing_id")
        ),
        sa.ForeignKeyConstraint(
            ["right_id"], ["rights.id"], name=op.f("fk_listing_rights_right_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_rights")),
        sa.UniqueConstraint(
            "listing_id", "right_id", name=op.f("uq_listing_rights_listing_id_right_id")
        ),
    )
    op.create_index(
        op.f("ix_listing_rights_listing_id"), "listing_rights", ["listing_id"], unique=False
    )
    op.create_index(
        op.f("ix_listing_rights_right_id"), "listing_rights", ["right_id"], unique=False
    )
    op.create_index(
        "uq_listing_rights_one_exclusive_offer",
        "listing_rights",
        ["right_id"],
        unique=True,
        sqlite_where=sa.text("holds"),
        postgresql_where=sa.text("holds"),
    )

    op.create_table(
        "contracts",
        sa.Column("id", ID, nullable=False),
        sa.Column("deal_id", ID, nullable=True),
        sa.Column("replaces_id", ID, nullable=True),
        sa.Column("seller_id", ID, nullable=False),
        sa.Column("buyer_id", ID, nullable=False),
        sa.Column("venue_id", ID, nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "signing",
                "signed",
                "dropped",
                "replaced",
                name="status",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "DEV-C",
                "DEV-J",
                "DEV-V",
                "TRF-P",
                "TRF-A",
                "TRF-S",
                "TRF-O",
                "LIC-P",
                "LIC-S",
                "LIC-O",
                "CON",
                "SRV-G",
                "SRV-T",
                "SRV-I",
                name="kind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("turnover_minor", sa.BigInteger(), nullable=False),
        sa.Column("turnover_currency", sa.String(length=3), nullable=False),
        sa.Column(
            "payment",
            sa.Enum(
                "once",
                "instalments",
                "royalty",
                "entry-royalty",
                name="payment",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("royalty", sa.String(length=1000), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column(
            "licence_type",
            sa.Enum(
                "exclusive", "sole", "ordinary", name="licencetype", native_enum=False, length=32
            ),
            nullable=True,
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("rights", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("acceptance", sa.Text(), nullable=False),
        sa.Column("secrecy", sa.Text(), nullable=False),
        sa.Column("improvements", sa.Text(), nullable=False),
        sa.Column("liability", sa.Text(), nullable=False),
        sa.Column("special", sa.Text(), nullable=False),
        sa.Column(
            "technology_field",
            sa.Enum(
                "1",
                "2",
                "3",
                "4",
                "5",
                "6",
                "7",
                "8",
                "9",
                "10",
                "11",
                name="technologyfield",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "ip_kind",
            sa.Enum(
                "secret",
                "invention",
                "utility-model",
                "design",
                "software",
                "ic-layout",
                "plant-variety",
                "bio-variety",
                "none",
                name="ipkind",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "plan_source",
            sa.Enum(
                "national",
                "ministry",
                "province",
                "city",
                "none",
                name="funding",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "objective",
            sa.Enum(
                "01",
                "02",
                "03",
                "04",
                "05",
                "06",
                "07",
                "08",
                "09",
                "10",
                "11",
                "12",
                name="objective",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("industry", sa.String(length=10), nullable=False),
        sa.Column("related", sa.Boolean(), nullable=False),
        sa.Column("monopoly", sa.String(length=120), nullable=False),
        sa.Column("no_monopoly", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("text_hash", sa.String(length=64), nullable=True),
        sa.Column("drafted_at", INSTANT, nullable=False),
        sa.Column("signed_at", INSTANT, nullable=True),
        sa.Column("recordal_number", sa.String(length=60), nullable=True),
        sa.Column("recorded_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(status IN ('signed', 'replaced')) = (signed_at IS NOT NULL)",
            name=op.f("ck_contracts_signed_has_its_instant"),
        ),
        sa.CheckConstraint(
            "(status IN ('signing', 'signed', 'replaced')) = (text_hash IS NOT NULL)",
            name=op.f("ck_contracts_fixed_text_has_its_hash"),
        ),
        sa.CheckConstraint(
            "(recordal_number IS NULL) = (recorded_on IS NULL)",
            name=op.f("ck_contracts_recordal_is_whole"),
        ),
        sa.CheckConstraint("seller_id <> buyer_id", name=op.f("ck_contracts_two_parties")),
        sa.CheckConstraint("turnover_minor > 0", name=op.f("ck_contracts_turnover_positive")),
        sa.ForeignKeyConstraint(["buyer_id"], ["parties.id"], name=op.f("fk_contracts_buyer_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_contracts_deal_id")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["contracts.id"], name=op.f("fk_contracts_replaces_id")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["parties.id"], name=op.f("fk_contracts_seller_id")),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name=op.f("fk_contracts_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_contracts_replaces_id")),
    )
    op.create_index(op.f("ix_contracts_buyer_id"), "contracts", ["buyer_id"], unique=False)
    op.create_index(op.f("ix_contracts_seller_id"), "contracts", ["seller_id"], unique=False)
    op.create_index(
        "uq_contracts_one_per_deal",
        "contracts",
        ["deal_id"],
        unique=True,
        sqlite_where=sa.text("status NOT IN ('dropped', 'replaced')"),
        postgresql_where=sa.text("status NOT IN ('dropped', 'replaced')"),
    )

    op.create_table(
        "deal_rights",
        sa.Column("deal_id", ID, nullable=False),
        sa.Column("right_id", ID, nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_deal_rights_deal_id")),
        sa.ForeignKeyConstraint(["right_id"], ["rights.id"], name=op.f("fk_deal_rights_right_id")),
        sa.PrimaryKeyConstraint("deal_id", "right_id", name=op.f("pk_deal_rights")),
    )
    op.create_index(
        "uq_deal_rights_one_exclusive_grant",
        "deal_rights",
        ["right_id"],
        unique=True,
        sqlite_where=sa.text("holds"),
        postgresql_where=sa.text("holds"),
    )

    op.create_table(
        "negotiations",
        sa.Column("id", ID, nullable=False),
        sa.Column("listing_id", ID, nullable=False),
        sa.Column("buyer_id", ID, nullable=False),
        sa.Column(
            "status",
            sa.Enum("open", "agreed", "ended", name="talksstatus", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("deal_id", ID, nullable=True),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "(status = 'agreed') = (deal_id IS NOT NULL)",
            name=op.f("ck_negotiations_agreed_has_its_deal"),
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["parties.id"], name=op.f("fk_negotiations_buyer_id")
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_negotiations_deal_id")),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_negotiations_listing_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_negotiations")),
    )
    op.create_index(op.f("ix_negotiations_buyer_id"), "negotiations", ["buyer_id"], unique=False)
    op.create_index(
        op.f("ix_negotiations_listing_id"), "negotiations", ["listing_id"], unique=False
    )
    op.create_index(
        "uq_negotiations_one_open_per_buyer",
        "negotiations",
        ["listing_id", "buyer_id"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )

    op.create_table(
        "contract_deductions",
        sa.Column("contract_id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "equipment",
                "instruments",
                "parts",
                "materials",
                "other",
                name="deductionkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_contract_deductions_amount_positive")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_contract_deductions_contract_id")
        ),
        sa.PrimaryKeyConstraint("contract_id", "place", name=op.f("pk_contract_deductions")),
    )
    op.create_table(
        "contract_instalments",
        sa.Column("contract_id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "amount_minor > 0", name=op.f("ck_contract_instalments_amount_positive")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_contract_instalments_contract_id")
        ),
        sa.PrimaryKeyConstraint("contract_id", "place", name=op.f("pk_contract_instalments")),
    )
    op.create_table(
        "contract_signatures",
        sa.Column("contract_id", ID, nullable=False),
        sa.Column(
            "side",
            sa.Enum("seller", "buyer", name="side", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("signed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_contract_signatures_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["parties.id"], name=op.f("fk_contract_signatures_party_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_contract_signatures_user_id")
        ),
        sa.PrimaryKeyConstraint("contract_id", "side", name=op.f("pk_contract_signatures")),
        sa.UniqueConstraint(
            "contract_id", "user_id", name=op.f("uq_contract_signatures_contract_id_user_id")
        ),
    )
    op.create_table(
        "offers",
        sa.Column("id", ID, nullable=False),
        sa.Column("negotiation_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("buyer", "seller", name="side", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("price_currency", sa.String(length=3), nullable=False),
        sa.Column("message", sa.String(length=2000), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "standing",
                "countered",
                "accepted",
                "refused",
                "withdrawn",
                "expired",
                "lapsed",
                name="offerstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("made_by", ID, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_offers_price_positive")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_offers_made_by")),
        sa.ForeignKeyConstraint(
            ["negotiation_id"], ["negotiations.id"], name=op.f("fk_offers_negotiation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sa.UniqueConstraint("negotiation_id", "seq", name=op.f("uq_offers_negotiation_id_seq")),
    )
    op.create_index(
        "uq_offers_one_standing",
        "offers",
        ["negotiation_id"],
        unique=True,
        sqlite_where=sa.text("status = 'standing'"),
        postgresql_where=sa.text("status = 'standing'"),
    )

    op.create_table(
        "registry_applications",
        sa.Column("id", ID, nullable=False),
        sa.Column("contract_id", ID, nullable=False),
        sa.Column("registry_id", ID, nullable=False),
        sa.Column("applicant_id", ID, nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "submitted",
                "not-accepted",
                "accepted",
                "correction",
                "passed",
                "registered",
                "refused",
                "withdrawn",
                "cancelled",
                name="status",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("duplicate_key", sa.String(length=64), nullable=False),
        sa.Column("submitted_at", INSTANT, nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("correction_note", sa.String(length=1000), nullable=False),
        sa.Column("correction_due_on", sa.Date(), nullable=True),
        sa.Column("turnover_minor", sa.BigInteger(), nullable=True),
        sa.Column("technology_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reviewer_id", ID, nullable=True),
        sa.Column("confirmer_id", ID, nullable=True),
        sa.Column("review_note", sa.String(length=1000), nullable=False),
        sa.Column("reasons", sa.String(length=60), nullable=False),
        sa.Column("reason_note", sa.String(length=1000), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("check_code", sa.String(length=32), nullable=True),
        sa.Column("registered_at", INSTANT, nullable=True),
        sa.Column("cancelled_at", INSTANT, nullable=True),
        sa.Column("proposer_id", ID, nullable=True),
        sa.Column(
            "proposed_kind",
            sa.Enum(
                "registration",
                "change",
                "cancellation",
                name="entrykind",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("proposed_turnover_minor", sa.BigInteger(), nullable=True),
        sa.Column("proposed_technology_minor", sa.BigInteger(), nullable=True),
        sa.Column("proposed_note", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "(status IN ('registered', 'cancelled')) = (number IS NOT NULL)",
            name=op.f("ck_registry_applications_registered_has_its_number"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('passed', 'registered') OR reviewer_id IS NOT NULL",
            name=op.f("ck_registry_applications_passed_has_its_reviewer"),
        ),
        sa.CheckConstraint(
            "confirmer_id IS NULL OR confirmer_id <> reviewer_id",
            name=op.f("ck_registry_applications_two_different_registrars"),
        ),
        sa.CheckConstraint(
            "number IS NULL OR confirmer_id IS NOT NULL",
            name=op.f("ck_registry_applications_certified_by_a_second"),
        ),
        sa.CheckConstraint(
            "technology_minor IS NULL OR (technology_minor >= 0 AND technology_minor <= turnover_minor)",
            name=op.f("ck_registry_applications_value_within_turnover"),
        ),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["parties.id"], name=op.f("fk_registry_applications_applicant_id")
        ),
        sa.ForeignKeyConstraint(
            ["confirmer_id"], ["users.id"], name=op.f("fk_registry_applications_confirmer_id")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_registry_applications_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposer_id"], ["users.id"], name=op.f("fk_registry_applications_proposer_id")
        ),
        sa.ForeignKeyConstraint(
            ["registry_id"], ["registries.id"], name=op.f("fk_registry_applications_registry_id")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["users.id"], name=op.f("fk_registry_applications_reviewer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_applications")),
        sa.UniqueConstraint("check_code", name=op.f("uq_registry_applications_check_code")),
        sa.UniqueConstraint("number", name=op.f("uq_registry_applications_number")),
    )
    op.create_index(
        op.f("ix_registry_applications_contract_id"),
        "registry_applications",
        ["contract_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_registry_applications_duplicate_key"),
        "registry_applications",
        ["duplicate_key"],
        unique=False,
    )
    op.create_index(
        "ix_registry_applications_queue",
        "registry_applications",
        ["registry_id", "status"],
        unique=False,
    )
    op.create_index(
        "uq_registry_applications_one_live_per_contract",
        "registry_applications",
        ["contract_id"],
        unique=True,
        sqlite_where=sa.text(
            "status IN ('submitted', 'accepted', 'correction', 'passed', 'registered')"
        ),
        postgresql_where=sa.text(
            "status IN ('submitted', 'accepted', 'correction', 'passed', 'registered')"
        ),
    )
    op.create_index(
        "uq_registry_applications_one_number_per_contract",
        "registry_applications",
        ["contract_id"],
        unique=True,
        sqlite_where=sa.text("number IS NOT NULL"),
        postgresql_where=sa.text("number IS NOT NULL"),
    )

    op.create_table(
        "register_entries",
        sa.Column("id", ID, nullable=False),
        sa.Column("application_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "registration",
                "change",
                "cancellation",
                name="entrykind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.Column("turnover_minor", sa.BigInteger(), nullable=False),
        sa.Column("technology_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "contract_kind",
            sa.Enum(
                "DEV-C",
                "DEV-J",
                "DEV-V",
                "TRF-P",
                "TRF-A",
                "TRF-S",
                "TRF-O",
                "LIC-P",
                "LIC-S",
                "LIC-O",
                "CON",
                "SRV-G",
                "SRV-T",
                "SRV-I",
                name="kind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "technology_field",
            sa.Enum(
                "1",
                "2",
                "3",
                "4",
                "5",
                "6",
                "7",
                "8",
                "9",
                "10",
                "11",
                name="technologyfield",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "ip_kind",
            sa.Enum(
                "secret",
                "invention",
                "utility-model",
                "design",
                "software",
                "ic-layout",
                "plant-variety",
                "bio-variety",
                "none",
                name="ipkind",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "plan_source",
            sa.Enum(
                "national",
                "ministry",
                "province",
                "city",
                "none",
                name="funding",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "mode", sa.Enum("negotiation", name="mode", native_enum=False, length=32), nullable=True
        ),
        sa.Column("city_code", sa.String(length=6), nullable=False),
        sa.Column("park_code", sa.String(length=12), nullable=True),
        sa.Column("seller_id", ID, nullable=False),
        sa.Column("buyer_id", ID, nullable=False),
        sa.Column("buyer_city_code", sa.String(length=6), nullable=False),
        sa.CheckConstraint(
            "kind <> 'registration' OR (turnover_minor > 0 AND technology_minor >= 0 AND technology_minor <= turnover_minor)",
            name=op.f("ck_register_entries_registered_amounts"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["registry_applications.id"],
            name=op.f("fk_register_entries_application_id"),
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["parties.id"], name=op.f("fk_register_entries_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["parties.id"], name=op.f("fk_register_entries_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_entries")),
        sa.UniqueConstraint(
            "application_id", "version", name=op.f("uq_register_entries_application_id_version")
        ),
    )
    op.create_index("ix_register_entries_day", "register_entries", ["registered_on"], unique=False)
    op.create_index(
        "uq_register_entries_one_registration",
        "register_entries",
        ["application_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'registration'"),
        postgresql_where=sa.text("kind = 'registration'"),
    )
    op.create_index(
        op.f("ix_register_entries_number"), "register_entries", ["number"], unique=False
    )
