"""What the walkable house needs: candidates, pins, prepared photos, named sets, nights and their schedule."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _schedule()
    _night()
    op.create_index(op.f("ix_audit_noun_noun_id"), "audit", ["noun", "noun_id"], unique=False)
    _held_against()
    op.add_column("comparison", sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deployment", sa.Column("load_seconds", sa.Double(), nullable=True))
    _words("deployment", "state", "loading", "loaded", "unloading", "unloaded", "failed")
    _words("run", "kind", "register", "compare", "night", "bench", "load")
    op.add_column("sample", sa.Column("landmarks_guess", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("sample", sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("set_revision", sa.Column("name", sa.String(), server_default="", nullable=False))
    op.add_column("set_revision", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE set_revision SET name = slug")
    op.add_column("step", sa.Column("parts", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("version", sa.Column("candidate_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("version", "candidate_at")
    op.drop_column("step", "parts")
    op.drop_column("set_revision", "retired_at")
    op.drop_column("set_revision", "name")
    op.drop_column("sample", "prepared_at")
    op.drop_column("sample", "landmarks_guess")
    op.execute("DELETE FROM step WHERE run_id IN (SELECT id FROM run WHERE kind = 'load')")
    op.execute("DELETE FROM run WHERE kind = 'load'")
    op.execute("DELETE FROM deployment WHERE state = 'unloaded'")
    _words("run", "kind", "register", "compare", "night", "bench")
    _words("deployment", "state", "loading", "loaded", "unloading", "failed")
    op.drop_column("deployment", "load_seconds")
    op.drop_column("comparison", "pinned_at")
    op.drop_index("ix_cell_value_against", table_name="cell_value")
    op.drop_index(op.f("ix_audit_noun_noun_id"), table_name="audit")
    op.drop_table("night")
    op.drop_table("schedule")


def _held_against() -> None:
    known = sa.text("against_output_id IS NOT NULL")
    columns = ["against_output_id", "metric", "output_id", "value"]
    op.create_index(
        "ix_cell_value_against", "cell_value", columns, sqlite_where=known, postgresql_where=known
    )


def _schedule() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("crontab", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_schedule_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("name", name=op.f("uq_schedule_name")),
    )


def _night() -> None:
    op.create_table(
        "night",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("comparison_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "ok",
                "regression",
                "untrusted",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["comparison_id"], ["comparison.id"], name=op.f("fk_night_comparison_id")),
        sa.ForeignKeyConstraint(["group_id"], ["model_group.id"], name=op.f("fk_night_group_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_night_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_night")),
        sa.UniqueConstraint("group_id", "date", "no", name=op.f("uq_night_group_id_date_no")),
        sa.UniqueConstraint("public_id", name=op.f("uq_night_public_id")),
    )


def _words(table: str, column: str, *words: str) -> None:
    """The closed list of a column; SQLite writes the table anew for it."""
    name, listed = op.f(f"ck_{table}_{column}"), ", ".join(f"'{word}'" for word in words)
    with op.batch_alter_table(table) as changed:
        changed.drop_constraint(name, type_="check")
        changed.create_check_constraint(name, sa.text(f"{column} IN ({listed})"))
