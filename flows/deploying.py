"""Putting up what ``prefect.yaml`` says: the pool and the deployments, as often as one likes."""

import asyncio
import sys
from pathlib import Path

import yaml
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.workers.process import ProcessWorker

import flows
from offboard.errors import Rejected

POOL = "offboard"


def prefect_file() -> Path:
    """Return the ``prefect.yaml`` that came with the flows: beside them in a wheel, one folder up in a checkout."""
    here = Path(flows.__file__).parent
    shipped = here / "prefect.yaml"
    return shipped if shipped.exists() else here.parent / "prefect.yaml"


def deployment_names() -> list[str]:
    """Return the names of the deployments, in the order of ``prefect.yaml``."""
    described = yaml.safe_load(prefect_file().read_text(encoding="utf-8"))
    return [deployment["name"] for deployment in described["deployments"]]


async def put_up() -> None:
    """Make the process pool where it is missing, and put up every deployment as ``prefect.yaml`` says now.

    Raises:
        Rejected: Prefect did not take them all; its own words say why.
    """
    await make_pool()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(prefect_file())),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    missing = [name for name in deployment_names() if not await _is_up(name)]
    if process.returncode or missing:
        last = said.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise Rejected(
            f"Prefect did not take the deployments {', '.join(missing)}: {' '.join(last)}",
            system="prefect",
            hint=f"Try it by hand: prefect --no-prompt deploy --all --prefect-file {prefect_file()}",
        )


async def make_pool() -> None:
    """Make the process pool, unless it is there."""
    async with get_client() as client:
        template = ProcessWorker.get_default_base_job_template()
        try:
            await client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template))
        except ObjectAlreadyExists:
            return


async def _is_up(name: str) -> bool:
    async with get_client() as client:
        try:
            await client.read_deployment_by_name(f"{name}/{name}")
        except ObjectNotFound:
            return False
    return True
