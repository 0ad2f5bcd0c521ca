"""Files that the browser brings in: streamed to disk, never held in memory."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from app.session import open_workbench
from core.errors import AssayError
from core.workbench import connect

KEEP_FREE = 200 * 10**6


def safe_name(name: str) -> str:
    """The last part of a file name without characters that mean something to a file system; never empty or hidden.

    At most 200 bytes in UTF-8 (file systems allow 255), with the suffix kept, because the suffix names the format.
    """
    last = re.split(r"[\\/]", name)[-1]
    last = re.sub(r'[\x00-\x1f\x7f<>:"|?*]', "_", last).strip(" .") or "file"
    stem, dot, suffix = last.partition(".")
    while len(last.encode()) > 200 and stem:
        stem = stem[:-1]
        last = f"{stem}{dot}{suffix}"
    return last.encode()[-200:].decode(errors="ignore")


async def receive(request: Request) -> JSONResponse:
    """PUT /upload/{project}/{name}: the body becomes a file of the project. Answers `{"bytes": …}` or `{"error": …}`.

    An upload that breaks off leaves nothing behind; one of the same name takes the place of the older in one step.
    """
    wb = open_workbench()
    try:
        wb.project(request.path_params["project"])
        folder = connect.upload_folder(wb, request.path_params["project"])
    except AssayError as error:
        return JSONResponse({"error": error.lines()[0]}, 404)
    target = folder / safe_name(unquote(request.path_params["name"]))
    length = int(request.headers.get("content-length") or 0)
    if length + KEEP_FREE > shutil.disk_usage(folder).free:
        return JSONResponse({"error": "disk"}, 507)
    partial = target.with_name(f".{target.name[:150]}.{os.urandom(4).hex()}.part")
    try:
        await _stream(request, partial)
        await run_in_threadpool(os.replace, partial, target)
    except (ClientDisconnect, OSError) as error:
        return JSONResponse({"error": type(error).__name__}, 507 if isinstance(error, OSError) else 499)
    finally:
        partial.unlink(missing_ok=True)
    return JSONResponse({"bytes": target.stat().st_size})


async def _stream(request: Request, file: Path) -> None:
    with file.open("wb") as out:
        async for piece in request.stream():
            if piece:
                await run_in_threadpool(out.write, piece)
