"""When the process that runs a job last gave a sign of life: the only thing to go by where it cannot be looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("seen", sa.DateTime))


def downgrade() -> None:
    op.drop_column("jobs", "seen")
