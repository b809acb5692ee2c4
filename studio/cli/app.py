"""The command line: every command by name, and how its outcome is told."""

from __future__ import annotations

from collections.abc import Sequence

from cyclopts import App, CycloptsError
from pydantic import ValidationError

from studio import __version__
from studio.cli.output import Output, show, show_error
from studio.cli.window import window
from studio.core.config import explained
from studio.core.errors import JobError, StudioError, UsageError
from studio.core.files import storage_errors
from studio.core.resources import user_folder
from studio.core.unforeseen import logged

# In the order of the pipeline, each with the sentence that studio --help shows: the modules are imported when called.
_COMMANDS = {
    "open": ("studio.cli.window:open_project", "Open the window on a project; studio alone opens its start screen."),
    "demo": ("studio.cli.demo:demo", "Run the whole pipeline on the sample clips and write a report."),
    "new": ("studio.cli.new:new", "Make an empty project."),
    "identity": ("studio.cli.identity:app", "People and the consent records that allow using their faces."),
    "extract": ("studio.cli.extract:extract", "Collect the faces of videos, images or folders."),
    "faces": ("studio.cli.faces:faces", "Show a faceset as rows."),
    "clean": ("studio.cli.clean:clean", "Propose which faces to reject, and with --apply reject them."),
    "map": ("studio.cli.map:map_", "Lay a faceset out in the plane, for the map in the window."),
    "trash": ("studio.cli.trash:trash", "Count the files of rejected faces, and with --apply move them to the trash."),
    "undo": ("studio.cli.history:undo", "Take the last edit back."),
    "redo": ("studio.cli.history:redo", "Make the edit that was undone last again."),
    "history": ("studio.cli.history:history", "Show the edits, newest first."),
    "estimate": ("studio.cli.estimate:estimate", "Try a training out: the memory and hours it takes, what fits."),
    "train": ("studio.cli.train:train", "Train an autoencoder that swaps two people, or go on with a run."),
    "losses": ("studio.cli.losses:losses_", "Show the losses of a training, or write them as CSV or for TensorBoard."),
    "runs": ("studio.cli.runs:runs", "Show the jobs of a project and their state."),
    "tell": ("studio.cli.tell:tell", "Give a running job a command: pause, resume, save, preview, latest, pin, set."),
    "stop": ("studio.cli.runs:stop", "Stop a job; it saves first."),
    "analyse": ("studio.cli.analyse:analyse", "Find the faces of a driver's video once, for preview and export alike."),
    "repair": ("studio.cli.repair:repair", "Repair by hand what the analysis of a driver's video got wrong."),
    "frame": ("studio.cli.frame:frame", "Convert one frame into a PNG."),
    "convert": ("studio.cli.convert:convert", "Swap a face onto the driver of a video; labelled and signed."),
    "sweep": ("studio.cli.sweep:sweep", "Show one frame at squeezes from 0 to 40, and what the video asks for."),
    "verify": ("studio.cli.verify:verify", "Show what a file's content credentials say."),
    "detector": ("studio.cli.detectors:app", "Train a detector of a project."),
    "detectors": ("studio.cli.detectors:detectors", "Show what can score in a project."),
    "detect": ("studio.cli.detect:detect", "Score videos: how probably each is a fake."),
    "models": ("studio.cli.models:app", "Weights: what there is, where it comes from, is it here and intact."),
    "bench": ("studio.cli.bench:bench", "Measure how fast this machine is, each figure beside its baseline."),
    "doctor": ("studio.cli.doctor:doctor", "Show what this machine can do."),
}


def build() -> App:
    """The table of commands; each is imported when it is called."""
    app = App(
        name="studio",
        version=f"faceswap-studio {__version__}",
        help="Facesets, swaps and detectors. Every command takes --json; DIR is a project folder.",
        result_action="return_value",
    )
    for order, (name, (target, sentence)) in enumerate(_COMMANDS.items()):
        app.command(target, name=name, help=sentence, sort_key=order)
    app.default(window)
    return app


def run(arguments: Sequence[str]) -> int:
    """Do what `arguments` say and print the outcome; returns the exit status: 0 done, 1 failed, 2 bad input."""
    as_json = "--json" in arguments
    words = [word for word in arguments if word != "--json"]
    try:
        if words == ["--version"]:
            output = _version()
        else:
            with storage_errors(user_folder()):
                output = build()(words, exit_on_error=False, print_error=False)
        if isinstance(output, Output):
            show(output, as_json=as_json)
        return 0
    except StudioError as error:
        failure = error
    except CycloptsError as error:
        failure = _usage(error)
    except KeyboardInterrupt:
        failure = JobError("Interrupted.", hint="Nothing that was complete is lost.", code="job.stopped")
    except Exception as error:
        failure = logged(error)
    show_error(failure, as_json=as_json)
    return failure.exit_status


def _version() -> Output:
    return Output({"version": __version__}, [f"faceswap-studio {__version__}"])


def _usage(error: CycloptsError) -> UsageError:
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        return explained(cause)
    return UsageError(str(error).strip(), hint="See studio --help, or studio COMMAND --help.")
