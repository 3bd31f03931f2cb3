"""first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "controls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_controls")),
        sa.UniqueConstraint("sha", name=op.f("uq_controls_sha")),
    )
    op.create_table(
        "endpoint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("torchserve", name="kind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("inference_url", sa.String(), nullable=False),
        sa.Column("management_url", sa.String(), nullable=False),
        sa.Column("hardware", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("memory_budget", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint")),
        sa.UniqueConstraint("name", name=op.f("uq_endpoint_name")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "planner",
                "engineer",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("login", name=op.f("uq_person_login")),
    )
    op.create_table(
        "sample",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "photo", "seed", "clip", name="kind", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("content_sha", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("phash", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("consent", sa.String(), nullable=False),
        sa.Column("consent_until", sa.Date(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample")),
    )
    with op.batch_alter_table("sample", schema=None) as batch_op:
        batch_op.create_index(
            "uq_sample_content_sha_alive",
            ["content_sha"],
            unique=True,
            sqlite_where=sa.text("erased_at IS NULL"),
            postgresql_where=sa.text("erased_at IS NULL"),
        )

    op.create_table(
        "annotation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("landmarks", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("hair_mask_sha", sa.String(length=64), nullable=True),
        sa.Column("eye_mask_sha", sa.String(length=64), nullable=True),
        sa.Column("target_sha", sa.String(length=64), nullable=True),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_annotation_by")),
        sa.ForeignKeyConstraint(["sample_id"], ["sample.id"], name=op.f("fk_annotation_sample_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
        sa.UniqueConstraint("sample_id", "no", name=op.f("uq_annotation_sample_id_no")),
    )
    with op.batch_alter_table("annotation", schema=None) as batch_op:
        batch_op.create_index(
            "uq_annotation_sample_id_current",
            ["sample_id"],
            unique=True,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )

    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("noun", sa.String(), nullable=False),
        sa.Column("noun_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_audit_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_person_id"), ["person_id"], unique=False)

    op.create_table(
        "deployment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("endpoint_id", sa.Integer(), nullable=False),
        sa.Column("archive_sha", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "loading",
                "loaded",
                "unloading",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("rss", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoint.id"], name=op.f("fk_deployment_endpoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
        sa.UniqueConstraint("endpoint_id", "archive_sha", name=op.f("uq_deployment_endpoint_id_archive_sha")),
    )
    op.create_table(
        "set_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "compare",
                "calibrate",
                "reference",
                "night",
                "holdout",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("content_sha", sa.String(length=64), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_set_revision_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_revision")),
        sa.UniqueConstraint("slug", "no", name=op.f("uq_set_revision_slug_no")),
    )
    op.create_table(
        "annotation_tag",
        sa.Column("annotation_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum("person", "rule", name="origin", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["annotation_id"], ["annotation.id"], name=op.f("fk_annotation_tag_annotation_id")
        ),
        sa.PrimaryKeyConstraint("annotation_id", "key", "value", name=op.f("pk_annotation_tag")),
    )
    with op.batch_alter_table("annotation_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_annotation_tag_key_value"), ["key", "value"], unique=False)

    op.create_table(
        "model_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "lane",
            sa.Enum(
                "realtime", "postedit", name="lane", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("brief", sa.String(), nullable=False),
        sa.Column("gates", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("compare_revision_id", sa.Integer(), nullable=True),
        sa.Column("calibrate_revision_id", sa.Integer(), nullable=True),
        sa.Column("reference_revision_id", sa.Integer(), nullable=True),
        sa.Column("night_revision_id", sa.Integer(), nullable=True),
        sa.Column("mlflow_experiment", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calibrate_revision_id"], ["set_revision.id"], name=op.f("fk_model_group_calibrate_revision_id")
        ),
        sa.ForeignKeyConstraint(
            ["compare_revision_id"], ["set_revision.id"], name=op.f("fk_model_group_compare_revision_id")
        ),
        sa.ForeignKeyConstraint(
            ["night_revision_id"], ["set_revision.id"], name=op.f("fk_model_group_night_revision_id")
        ),
        sa.ForeignKeyConstraint(
            ["reference_revision_id"], ["set_revision.id"], name=op.f("fk_model_group_reference_revision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_group")),
        sa.UniqueConstraint("slug", name=op.f("uq_model_group_slug")),
    )
    op.create_table(
        "revision_item",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("annotation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotation_id"], ["annotation.id"], name=op.f("fk_revision_item_annotation_id")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["set_revision.id"], name=op.f("fk_revision_item_revision_id")
        ),
        sa.ForeignKeyConstraint(["sample_id"], ["sample.id"], name=op.f("fk_revision_item_sample_id")),
        sa.PrimaryKeyConstraint("revision_id", "position", name=op.f("pk_revision_item")),
        sa.UniqueConstraint("revision_id", "sample_id", name=op.f("uq_revision_item_revision_id_sample_id")),
    )
    op.create_table(
        "comparison",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_comparison_by")),
        sa.ForeignKeyConstraint(["group_id"], ["model_group.id"], name=op.f("fk_comparison_group_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["set_revision.id"], name=op.f("fk_comparison_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparison")),
        sa.UniqueConstraint("public_id", name=op.f("uq_comparison_public_id")),
    )
    op.create_table(
        "version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("checkpoint_sha", sa.String(length=64), nullable=False),
        sa.Column("checkpoint_name", sa.String(), nullable=False),
        sa.Column("checkpoint_bytes", sa.BigInteger(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("manifest", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("manifest_sha", sa.String(length=64), nullable=False),
        sa.Column("params", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("card", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "serving",
                "approved",
                "retired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("parent_a", sa.Integer(), nullable=True),
        sa.Column("parent_b", sa.Integer(), nullable=True),
        sa.Column(
            "parent_kind",
            sa.Enum(
                "none",
                "branch",
                "swap",
                name="parent_kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_version_by")),
        sa.ForeignKeyConstraint(["group_id"], ["model_group.id"], name=op.f("fk_version_group_id")),
        sa.ForeignKeyConstraint(["parent_a"], ["version.id"], name=op.f("fk_version_parent_a")),
        sa.ForeignKeyConstraint(["parent_b"], ["version.id"], name=op.f("fk_version_parent_b")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
        sa.UniqueConstraint(
            "group_id",
            "checkpoint_sha",
            "manifest_sha",
            name=op.f("uq_version_group_id_checkpoint_sha_manifest_sha"),
        ),
        sa.UniqueConstraint("group_id", "name", name=op.f("uq_version_group_id_name")),
    )
    op.create_table(
        "champion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_champion_by")),
        sa.ForeignKeyConstraint(["group_id"], ["model_group.id"], name=op.f("fk_champion_group_id")),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_champion_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_champion")),
    )
    with op.batch_alter_table("champion", schema=None) as batch_op:
        batch_op.create_index(
            "uq_champion_group_id_now",
            ["group_id"],
            unique=True,
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )

    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "register",
                "compare",
                "night",
                "bench",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("args", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("comparison_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "running",
                "done",
                "error",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_run_by")),
        sa.ForeignKeyConstraint(["comparison_id"], ["comparison.id"], name=op.f("fk_run_comparison_id")),
        sa.ForeignKeyConstraint(["group_id"], ["model_group.id"], name=op.f("fk_run_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("public_id", name=op.f("uq_run_public_id")),
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_comparison_id"), ["comparison_id"], unique=False)

    op.create_table(
        "variant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column(
            "precision",
            sa.Enum("fp32", "int8", name="precision", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("backend", sa.String(), nullable=False),
        sa.Column("recipe", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("recipe_sha", sa.String(length=64), nullable=False),
        sa.Column("archive_sha", sa.String(length=64), nullable=True),
        sa.Column("archive_bytes", sa.BigInteger(), nullable=True),
        sa.Column("parity", sa.JSON(none_as_null=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "building",
                "ready",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_variant_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variant")),
        sa.UniqueConstraint(
            "version_id", "precision", "recipe_sha", name=op.f("uq_variant_version_id_precision_recipe_sha")
        ),
    )
    with op.batch_alter_table("variant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_variant_archive_sha"), ["archive_sha"], unique=False)

    op.create_table(
        "step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "sent",
                "running",
                "done",
                "error",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("beat", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("permanent", sa.Boolean(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("log_sha", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_step_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
        sa.UniqueConstraint("run_id", "name", "subject", name=op.f("uq_step_run_id_name_subject")),
    )
    with op.batch_alter_table("step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_step_state_not_before"), ["state", "not_before"], unique=False)

    op.create_table(
        "take",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_take_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_take")),
    )
    op.create_table(
        "comparison_column",
        sa.Column("comparison_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("controls_id", sa.Integer(), nullable=False),
        sa.Column("take_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comparison_id"], ["comparison.id"], name=op.f("fk_comparison_column_comparison_id")
        ),
        sa.ForeignKeyConstraint(
            ["controls_id"], ["controls.id"], name=op.f("fk_comparison_column_controls_id")
        ),
        sa.ForeignKeyConstraint(["take_id"], ["take.id"], name=op.f("fk_comparison_column_take_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_comparison_column_variant_id")),
        sa.PrimaryKeyConstraint("comparison_id", "position", name=op.f("pk_comparison_column")),
    )
    op.create_table(
        "measurement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("controls_id", sa.Integer(), nullable=False),
        sa.Column("take_id", sa.Integer(), nullable=False),
        sa.Column("against_variant_id", sa.Integer(), nullable=True),
        sa.Column("slice", sa.String(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.Column("fingerprint", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("fingerprint_sha", sa.String(length=64), nullable=False),
        sa.Column("mlflow_run_id", sa.String(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["against_variant_id"], ["variant.id"], name=op.f("fk_measurement_against_variant_id")
        ),
        sa.ForeignKeyConstraint(["controls_id"], ["controls.id"], name=op.f("fk_measurement_controls_id")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["set_revision.id"], name=op.f("fk_measurement_revision_id")
        ),
        sa.ForeignKeyConstraint(["take_id"], ["take.id"], name=op.f("fk_measurement_take_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_measurement_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement")),
    )
    with op.batch_alter_table("measurement", schema=None) as batch_op:
        batch_op.create_index(
            "uq_measurement_against",
            [
                "variant_id",
                "revision_id",
                "controls_id",
                "take_id",
                "slice",
                "metric",
                "fingerprint_sha",
                "against_variant_id",
            ],
            unique=True,
            sqlite_where=sa.text("against_variant_id IS NOT NULL"),
            postgresql_where=sa.text("against_variant_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_measurement_own",
            ["variant_id", "revision_id", "controls_id", "take_id", "slice", "metric", "fingerprint_sha"],
            unique=True,
            sqlite_where=sa.text("against_variant_id IS NULL"),
            postgresql_where=sa.text("against_variant_id IS NULL"),
        )

    op.create_table(
        "output",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("annotation_id", sa.Integer(), nullable=False),
        sa.Column("controls_id", sa.Integer(), nullable=False),
        sa.Column("take_id", sa.Integer(), nullable=False),
        sa.Column("inputs_sha", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum("done", "error", name="state", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("blob_sha", sa.String(length=64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("changed", sa.Double(), nullable=True),
        sa.Column("compute_ms", sa.Double(), nullable=True),
        sa.Column("queue_ms", sa.Double(), nullable=True),
        sa.Column("endpoint_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("error_code", sa.String(), nullable=False),
        sa.Column("error_text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["annotation_id"], ["annotation.id"], name=op.f("fk_output_annotation_id")),
        sa.ForeignKeyConstraint(["controls_id"], ["controls.id"], name=op.f("fk_output_controls_id")),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoint.id"], name=op.f("fk_output_endpoint_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_output_run_id")),
        sa.ForeignKeyConstraint(["take_id"], ["take.id"], name=op.f("fk_output_take_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_output_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_output")),
        sa.UniqueConstraint(
            "variant_id",
            "annotation_id",
            "controls_id",
            "take_id",
            name=op.f("uq_output_variant_id_annotation_id_controls_id_take_id"),
        ),
    )
    with op.batch_alter_table("output", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_output_blob_sha"), ["blob_sha"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_output_variant_id_inputs_sha_controls_id"),
            ["variant_id", "inputs_sha", "controls_id"],
            unique=False,
        )

    op.create_table(
        "cell_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("output_id", sa.Integer(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("against_output_id", sa.Integer(), nullable=True),
        sa.Column("value", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["against_output_id"], ["output.id"], name=op.f("fk_cell_value_against_output_id")
        ),
        sa.ForeignKeyConstraint(["output_id"], ["output.id"], name=op.f("fk_cell_value_output_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell_value")),
    )
    with op.batch_alter_table("cell_value", schema=None) as batch_op:
        batch_op.create_index(
            "uq_cell_value_against",
            ["output_id", "metric", "against_output_id"],
            unique=True,
            sqlite_where=sa.text("against_output_id IS NOT NULL"),
            postgresql_where=sa.text("against_output_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_cell_value_own",
            ["output_id", "metric"],
            unique=True,
            sqlite_where=sa.text("against_output_id IS NULL"),
            postgresql_where=sa.text("against_output_id IS NULL"),
        )

    # Take 0 is shared by all: outputs at it are computed once ever.
    op.bulk_insert(
        sa.table("take", sa.column("id", sa.Integer), sa.column("note", sa.String)),
        [{"id": 0, "note": "shared"}],
    )


def downgrade() -> None:
    with op.batch_alter_table("cell_value", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_cell_value_own",
            sqlite_where=sa.text("against_output_id IS NULL"),
            postgresql_where=sa.text("against_output_id IS NULL"),
        )
        batch_op.drop_index(
            "uq_cell_value_against",
            sqlite_where=sa.text("against_output_id IS NOT NULL"),
            postgresql_where=sa.text("against_output_id IS NOT NULL"),
        )

    op.drop_table("cell_value")
    with op.batch_alter_table("output", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_output_variant_id_inputs_sha_controls_id"))
        batch_op.drop_index(batch_op.f("ix_output_blob_sha"))

    op.drop_table("output")
    with op.batch_alter_table("measurement", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_measurement_own",
            sqlite_where=sa.text("against_variant_id IS NULL"),
            postgresql_where=sa.text("against_variant_id IS NULL"),
        )
        batch_op.drop_index(
            "uq_measurement_against",
            sqlite_where=sa.text("against_variant_id IS NOT NULL"),
            postgresql_where=sa.text("against_variant_id IS NOT NULL"),
        )

    op.drop_table("measurement")
    op.drop_table("comparison_column")
    op.drop_table("take")
    with op.batch_alter_table("step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_step_state_not_before"))

    op.drop_table("step")
    with op.batch_alter_table("variant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_variant_archive_sha"))

    op.drop_table("variant")
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_run_comparison_id"))

    op.drop_table("run")
    with op.batch_alter_table("champion", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_champion_group_id_now",
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )

    op.drop_table("champion")
    op.drop_table("version")
    op.drop_table("comparison")
    op.drop_table("revision_item")
    op.drop_table("model_group")
    with op.batch_alter_table("annotation_tag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_annotation_tag_key_value"))

    op.drop_table("annotation_tag")
    op.drop_table("set_revision")
    op.drop_table("deployment")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_person_id"))

    op.drop_table("audit")
    with op.batch_alter_table("annotation", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_annotation_sample_id_current",
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )

    op.drop_table("annotation")
    with op.batch_alter_table("sample", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_sample_content_sha_alive",
            sqlite_where=sa.text("erased_at IS NULL"),
            postgresql_where=sa.text("erased_at IS NULL"),
        )

    op.drop_table("sample")
    op.drop_table("person")
    op.drop_table("endpoint")
    op.drop_table("controls")
