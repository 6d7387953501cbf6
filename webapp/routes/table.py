"""All routes of the app in one list, so that whoever launches, tests or fuzzes them leaves none out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.routing import Route

from sam.formats import Format

from ..models.manager import Manager
from ..models.settings import Settings
from ..onnxruntime_web import Runtime
from ..scheduler import Scheduler
from ..workspace.registry import Workspaces
from ..workspace.sharpen import make_sharpening_routes
from .classes import make_class_routes
from .export import make_export_routes
from .imports import make_import_routes
from .models import make_manager_routes
from .outlines import make_outline_routes
from .projects import make_project_routes
from .results import make_result_routes
from .routes import make_routes
from .snapshots import make_snapshot_routes
from .work import make_work_routes

if TYPE_CHECKING:
    from ..models.offered import Models


def make_all_routes(
    workspaces: Workspaces,
    models: Models,
    scheduler: Scheduler | None = None,
    runtime: Runtime | None = None,
    formats: Sequence[Format] = (),
) -> list[Route]:
    """For `demo.launch(app_kwargs={"routes": ...})`.

    Args:
        workspaces: of all visitors.
        models: that the page offers.
        scheduler: of all heavy work of this process; default: one for these routes alone.
        runtime: what the page decodes with; default: of this machine.
        formats: of annotations, those of plugins.
    """
    scheduler = scheduler or Scheduler()
    return [
        *make_routes(workspaces, models, runtime, scheduler),
        *make_manager_routes(Manager(models, workspaces, Settings())),
        *make_result_routes(workspaces, models),
        *make_export_routes(workspaces, models, formats),
        *make_import_routes(workspaces, models, formats, scheduler),
        *make_class_routes(workspaces, models, scheduler),
        *make_outline_routes(workspaces, models),
        *make_project_routes(workspaces, models, scheduler),
        *make_work_routes(workspaces, models, scheduler),
        *make_snapshot_routes(workspaces, models, scheduler),
        *make_sharpening_routes(workspaces, models, scheduler),
    ]
