"""A training in a process of its own: with little memory, with a compiler, or beside others."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

PROGRAM = textwrap.dedent(
    """
    import json, sys
    from pathlib import Path
    from studio.core.errors import StudioError
    from studio.core.records import TrainingFace
    from studio.training.follow import follow
    from studio.training.loop import train
    from studio.training.ranks import joined
    from studio.training.settings import TrainSettings

    settings, folder, total, megabytes, poisoned, faces = json.loads(sys.argv[1])

    class Told:
        notes, events = [], []
        def progress(self, stage, done, total=None): pass
        def event(self, kind, **data): self.events.append([kind, data])
        def note(self, text): self.notes.append(text)
        def check(self): pass

    sets = [[TrainingFace(i, Path(a), Path(b)) for i, a, b in each] for each in faces]
    if megabytes:
        import psutil, resource
        limit = psutil.Process().memory_info().vms + (megabytes << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    if poisoned is not None:
        import torch
        from studio.training.state import TrainingState
        update = TrainingState.update

        def poison(self, *args):
            global poisoned
            terms = update(self, *args)
            if self.step == poisoned:
                poisoned = None
                with torch.no_grad():
                    next(self.network.parameters()).mul_(float("nan"))
            return terms

        TrainingState.update = poison
    error = checkpoint = None
    settings = TrainSettings.build(settings)
    try:
        with joined(settings.batch_size) as ranks:
            if ranks.rank:
                follow(settings, Path(folder), lambda: sets, total, ranks)
            else:
                result = train(settings, *sets, Path(folder), total, Told(), ranks=ranks)
                checkpoint = str(result.checkpoint)
    except StudioError as raised:
        error = {"code": raised.code, "message": raised.message, "hint": raised.hint}
    print(json.dumps({"checkpoint": checkpoint, "error": error, "notes": Told.notes, "events": Told.events}))
    """
)


def started(settings, faces, folder, total, megabytes=0, poisoned=None, **environment):
    """Start a training; with `megabytes` there is no more memory than that beside libraries.

    Where a step is `poisoned`, weights are no numbers after it, the first time.
    """
    sets = [[(face.id, str(face.image), str(face.masks)) for face in each] for each in faces]
    argument = json.dumps([settings.model_dump(mode="json"), str(folder), total, megabytes, poisoned, sets])
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, argument],
        cwd=Path(__file__).parents[3],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def told(process, seconds=280):
    """What such a training told: its checkpoint or its error, its notes and events."""
    try:
        printed, complaints = process.communicate(timeout=seconds)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, complaints
    return json.loads(printed.splitlines()[-1])
