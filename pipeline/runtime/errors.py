"""Everything that can go wrong and that a person can mend, as one tree.

A person sees one line (what, which value, what to do) and the shell sees the exit code of the branch::

    TouchstoneError                  1
    ├── ParamsError                 10   params.yaml or a recipe cannot be read, or a value is out of range
    │   ├── UnknownKeyError         11
    │   ├── WrongTypeError          12
    │   ├── UnknownCollectorError   13
    │   └── MissingClassError       14   no source of one class
    ├── BrowserError                20   no browser, or it does not start
    ├── CredentialsError            21   Kaggle wants credentials and there are none
    ├── RefusedError                22   the other side said no: captcha, challenge, 401, 403, 429
    ├── NothingFoundError           23   a source yielded nothing
    ├── ServiceError                24   the other side is down, or answers what cannot be read
    ├── PathMissingError            30   a file or folder that params.yaml or the command line names is not there
    ├── ArchiveError                31   the archive is broken, truncated, or a bomb
    │   ├── NotAnArchiveError       32
    │   └── EncryptedArchiveError   33
    ├── NoPictureError              34   nothing that the command line names is a picture that can be read
    ├── AddressListError            35   a list of addresses cannot be read
    ├── TableError                  36   the table of labels in an archive cannot be read
    ├── StageMissingError           40   an earlier stage has not run, or its out is damaged
    ├── LeakError                   41   the split would divide a group between train and test
    ├── EmptySplitError             42   too few pictures to make the split that the recipe asks for
    ├── CrossLabelError             43   the same picture is REAL and FAKE, and params.yaml says to fail then
    ├── ShortcutError               44   an attribute of the files tells the label, and params.yaml says to fail then
    ├── ChainError                  45   what is on file is not what dvc.lock says
    ├── ForgottenError              46   a source is to be collected that was to be forgotten
    ├── ModelFileError              50   a file that should be a model is not one that can be used
    ├── WeightsError                51   the weights that a recipe starts from cannot be had
    └── DivergedError               52   in training, the loss is no longer a number
"""

import difflib
from collections.abc import Iterable, Mapping


def nearest(word: object, known: Iterable[str]) -> str:
    """Ask whether the known word was meant that is most like this one; nothing where none is.

    >>> nearest("paht", ["collector", "path"]), nearest("colour", ["path"])
    (' did you mean path?', '')
    """
    found = difflib.get_close_matches(str(word).lower(), list(known), 1)
    return f" did you mean {found[0]}?" if found else ""


class TouchstoneError(Exception):
    """Base of all errors that end a command with one line."""

    exit_code = 1


class ParamsError(TouchstoneError):
    """A value in params.yaml or in a recipe is missing or out of range."""

    exit_code = 10

    def __init__(self, file: str, key: str, problem: str) -> None:
        super().__init__(f"{file}: {key}: {problem}" if key else f"{file}: {problem}")


class UnknownKeyError(ParamsError):
    """A key that nothing reads, most often a typing error."""

    exit_code = 11

    def __init__(self, file: str, key: str, known: Iterable[str]) -> None:
        known = list(known)
        super().__init__(
            file, key, f"unknown key;{nearest(key.rpartition('.')[2], known)} known here: {', '.join(known)}"
        )


class WrongTypeError(ParamsError):
    """A value of another type than the key takes."""

    exit_code = 12


class UnknownCollectorError(ParamsError):
    """A source names a collector that does not exist."""

    exit_code = 13

    def __init__(self, file: str, key: str, name: object, known: Iterable[str]) -> None:
        known = list(known)
        super().__init__(file, key, f"unknown collector {name!r};{nearest(name, known)} known: {', '.join(known)}")


class MissingClassError(ParamsError):
    """A detector needs both classes; the sources give only one."""

    exit_code = 14

    def __init__(self, file: str, key: str, label: str) -> None:
        super().__init__(
            file, key, f"no source of class {label}; add one with `label: {label}`, or an archive that has both"
        )


class BrowserError(TouchstoneError):
    """No browser was found, or the one found does not start."""

    exit_code = 20


class CredentialsError(TouchstoneError):
    """Kaggle needs credentials and none were found, or it refused them."""

    exit_code = 21


class RefusedError(TouchstoneError):
    """The other side refused; what was collected so far is kept."""

    exit_code = 22


class NothingFoundError(TouchstoneError):
    """A source that yields nothing is a failure, not an empty success."""

    exit_code = 23


class ServiceError(TouchstoneError):
    """The other side could not be reached, or its answer could not be read."""

    exit_code = 24


class PathMissingError(TouchstoneError):
    """A named file or folder does not exist."""

    exit_code = 30

    def __init__(self, path: object, wanted: str, remedy: str) -> None:
        super().__init__(f"{path}: no such {wanted}; {remedy}")


class ArchiveError(TouchstoneError):
    """The archive is broken (truncated, or its directory does not fit its content), or made to do harm."""

    exit_code = 31


class NotAnArchiveError(ArchiveError):
    """The file is not a zip archive at all."""

    exit_code = 32


class EncryptedArchiveError(ArchiveError):
    """The archive is encrypted."""

    exit_code = 33


class NoPictureError(TouchstoneError):
    """None of the files that were named could be read as a picture."""

    exit_code = 34

    def __init__(self, path: object, problem: str, files: int) -> None:
        others = f", nor can any other of the {files} files be read" if files > 1 else ""
        super().__init__(f"{path}: {problem}{others}; name a picture, or a folder that holds some")


class AddressListError(TouchstoneError):
    """A list of addresses is neither CSV nor Parquet, or lacks a column."""

    exit_code = 35

    def __init__(self, path: object, problem: str) -> None:
        super().__init__(f"{path}: {problem}; a CSV or Parquet file with a column of addresses is wanted")


class TableError(TouchstoneError):
    """The table that gives the labels of an archive's pictures is missing, damaged, or lacks a column."""

    exit_code = 36

    def __init__(self, address: object, problem: str) -> None:
        super().__init__(f"{address}: {problem}; see `table` of this source in params.yaml")


class StageMissingError(TouchstoneError):
    """What an earlier stage writes is missing or damaged."""

    exit_code = 40

    def __init__(self, path: object, stage: str) -> None:
        super().__init__(f"{path}: missing or damaged; run `dvc repro {stage}` to make it again")


class LeakError(TouchstoneError):
    """Pictures that are too alike stand on both sides of a split."""

    exit_code = 41


class EmptySplitError(TouchstoneError):
    """One of train, val and test would have no picture of one class."""

    exit_code = 42


class CrossLabelError(TouchstoneError):
    """The same picture carries both labels, and ``cross_label: fail`` forbids it."""

    exit_code = 43


class ShortcutError(TouchstoneError):
    """The files tell the label without a look at the pictures, and ``audit.fail_above`` forbids it."""

    exit_code = 44

    def __init__(self, alarms: Mapping[str, str], gate: float) -> None:
        found = "; ".join(f"{attribute} ({advice})" for attribute, advice in alarms.items())
        super().__init__(
            f"audit: tells the label with an AUC above {gate}: {found}; figures are in audit.json; "
            "`audit.ignore` in params.yaml lets an attribute pass"
        )


class ChainError(TouchstoneError):
    """A link between the pictures' bytes and dvc.lock does not hold."""

    exit_code = 45


class ForgottenError(TouchstoneError):
    """A source that a tombstone names would be collected again."""

    exit_code = 46


class ModelFileError(TouchstoneError):
    """The file is not a model that can be loaded, or not one that can be used as a detector."""

    exit_code = 50

    def __init__(self, path: object, problem: str) -> None:
        self.problem = problem
        remedy = "train one with `dvc repro train`, or name another"
        super().__init__(f"{path}: not a model that can be used ({problem}); {remedy}")


class WeightsError(TouchstoneError):
    """The weights that a network is to start from cannot be fetched or read."""

    exit_code = 51

    def __init__(self, network: str, problem: str) -> None:
        super().__init__(
            f"{network}: its weights cannot be had ({problem}); "
            "in the recipe, `model.weights` takes the path of a file with them, or `none` to start from chance"
        )


class DivergedError(TouchstoneError):
    """A training whose loss is no longer a number."""

    exit_code = 52
