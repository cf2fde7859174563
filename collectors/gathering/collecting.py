"""Collecting a source: not at all where that was done, or by a search whose finds are put to what is there."""

from pathlib import Path

from collectors.gathering.find_pictures import find_pictures
from collectors.gathering.gather import CollectionJob, Tally, gather
from collectors.gathering.tombstone_filter import bury_kept, refuse_forgotten
from pipeline.config.params import load_params
from pipeline.raw_data.kept_sources import bring_back, is_collected
from pipeline.runtime.paths import Paths


def collect_source(name: str, root: Path) -> Tally | None:
    """Collect one source of the project at ``root``; None where that was done already, and all is there.

    What was collected of it before it left params.yaml is brought back first.

    Raises:
        TouchstoneError: nothing was collected; the out of the last time, if there is one, stays as it is.
    """
    params, paths = load_params(root), Paths(root)
    params.source(name)
    refuse_forgotten(root, name)
    if place := bring_back(paths, name):
        print(f"  {name}: brought back what was collected before, from {place}", flush=True)
        bury_kept(paths.collected(name), root)
    if is_collected(paths, params, name):
        return None
    return search(CollectionJob(name, root, paths.spool(name)))


def search(job: CollectionJob) -> Tally:
    """Find and fetch a source, whether it was collected before or not.

    Raises:
        TouchstoneError: nothing was collected.
    """
    settings = load_params(job.root).source(job.name)
    return gather(job, lambda context: find_pictures(job.name, settings, context))
