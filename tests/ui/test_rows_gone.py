"""Pages of a project whose landed files were deleted: a box that says what to do, and no page that breaks."""

import shutil

import pytest

from core.workbench import Workbench, connect
from tests.ui.test_pages import PAGES, _home, opened, project, said, shop

__all__ = ["_home", "project", "shop"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_survives_rows_that_are_gone(project, page):
    with Workbench.open() as wb:
        for table in connect.tables(wb, project):
            shutil.rmtree(wb.store.workspace.project(project) / "tables" / table.id)
    app = opened(page, project)
    assert not app.exception
    if page == "connect":
        assert "not in the workspace any more" in said(app)
        assert "Load the source again" in said(app)
