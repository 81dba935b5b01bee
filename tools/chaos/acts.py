"""Points at which the run is not killed: somebody or something acts on the installation while it is upgraded.

What is not done here: the clocks of the endpoint hosts and of the platform are never set, because the lab's time is
that of its machine. The clock of the controller is that of all processes below ``ansible-playbook``, so of modules on
the management node, too; that of the management node is its own Python's, so of the vendor's scripts and the launcher.
"""

from __future__ import annotations

import copy
import dataclasses
import errno
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from office365_lab.layout import LabLayout

from tools.chaos.points import Act, Point
from tools.laboratory import call_public_api

CONTROLLER, NODE = "controller", "management node"
HOUR = 3600.0
_BLOCK = b"\0" * 4096

_AFTER_PLAN = ("end", "Main | Show the plan", "mn01", 1)
_BEFORE_HOST_UPLOAD = ("start", "stage | Upload the package", "iis01", 1)
_BEFORE_STOP = ("start", "stop | Deactivate the service templates", "mn01", 1)
_BEFORE_SETUP = ("start", "gateway_site | Run setup.cmd", "iis01", 1)
_BEFORE_SCRIPT = ("start", "run | Name this start", "mn01", 1)
_BEFORE_IMPORT = ("start", "keep_stopped | Deactivate what somebody has activated in the meantime", "mn01", 1)
_AFTER_IMPORT = ("end", "Main | Import the package", "mn01", 1)
_AFTER_START = ("end", "start | Activate the service templates that were active before", "mn01", 1)


@dataclasses.dataclass(frozen=True)
class Site:
    """What an act acts on: a running lab in its state before the run, the controller's clock file, the small disk."""

    lab: Path
    before: Mapping[str, Any]
    clock: Path
    disk: Path

    @property
    def layout(self) -> LabLayout:
        """The files of the lab."""
        return LabLayout(self.lab)

    def package(self) -> Path:
        """The package file of the controller."""
        return Path(self.layout.describe()["packages"]["16.8.4"])

    def staged_package(self) -> Path:
        """The package file on the management node."""
        return self.layout.management_node / "root" / "office365" / "packages" / self.package().name


def points(calls: Iterable[Mapping[str, Any]]) -> list[Point]:
    """Every point; ``calls`` are the lines of the wire log of an undisturbed run.

    Those with a small disk are left out where this user must not mount one.
    """
    disks = _disks() if os.geteuid() == 0 else ()
    return [*_tokens(calls), *_packages(), *_templates(), *_clocks(), *disks]


def _tokens(calls: Iterable[Mapping[str, Any]]) -> Iterator[Point]:
    """Every token of the APS controller expires: in each call to it, in its order."""
    number = 0
    for line in calls:
        if line["channel"] == "aps":
            fault = {"where": "^aps:", "do": "expire_tokens", "skip": number}
            number += 1
            name = f"tokens: they expire in call {number} of the APS controller ({line['call'][:60]})"
            yield Point(name, faults=(fault,))


def _packages() -> Iterator[Point]:
    """The package file is another one, sound in itself."""
    other = "but the installation is not as it was then"
    act = Act(_swap(Site.package), _swap_back(Site.package), other, planned=True)
    yield Point("package: another one between plan and run", act=act)
    changed = "is not the package of the plan any more"
    for moment, stop, place, refusal in (
        ("before the uploads", _AFTER_PLAN, Site.package, changed),
        ("before the upload to a host", _BEFORE_HOST_UPLOAD, Site.package, "must not reach setup.cmd"),
        ("before the import", _BEFORE_IMPORT, Site.staged_package, changed),
    ):
        yield Point(f"package: another one {moment}", stop=stop, act=Act(_swap(place), _swap_back(place), refusal))


def _swap(place: Callable[[Site], Path]) -> Callable[[Site], None]:
    def act(site: Site) -> None:
        path = place(site)
        path.rename(_kept(path))
        path.write_bytes(_kept(path).read_bytes())
        with zipfile.ZipFile(path, "a") as archive:
            archive.comment = b"another build"

    return act


def _swap_back(place: Callable[[Site], Path]) -> Callable[[Site], None]:
    def undo(site: Site) -> None:
        _kept(place(site)).replace(place(site))

    return undo


def _kept(path: Path) -> Path:
    return path.with_name(f"{path.name}.kept")


def _templates() -> Iterator[Point]:
    """Somebody activates or deactivates a service template: one that was sold before, or one that was not."""
    for was_active, which in ((True, "an active one"), (False, "an inactive one")):
        for moment, stop in (("before the import", _BEFORE_IMPORT), ("after the import", _AFTER_IMPORT)):
            act = Act(_switch("pem.activateST", was_active))
            yield Point(f"template: {which} of before is activated {moment}", stop=stop, act=act)
    yield Point(
        "template: one is deactivated before all are", stop=_BEFORE_STOP, act=Act(_switch("pem.deactivateST", True))
    )
    # Nobody knows better than who did it: one that is sold now stays so, one that is not is a demand not fulfilled.
    act = Act(_switch("pem.activateST", False), expected=_switched(False))
    yield Point("template: one is activated after the end", stop=_AFTER_START, act=act)
    act = Act(_switch("pem.deactivateST", True), _switch("pem.activateST", True), "customers cannot order")
    yield Point("template: one is deactivated after the end", stop=_AFTER_START, act=act)


def _switch(method: str, was_active: bool) -> Callable[[Site], None]:
    def act(site: Site) -> None:
        call_public_api(site.lab, method, st_id=_template(site.before, was_active)["id"])

    return act


def _switched(was_active: bool) -> Callable[[Any], Any]:
    def expected(state: Mapping[str, Any]) -> dict[str, Any]:
        other = copy.deepcopy(dict(state))
        _template(other, was_active)["active"] = not was_active
        return other

    return expected


def _template(state: Mapping[str, Any], active: bool) -> dict[str, Any]:
    """The first service template of the application that is active or not."""
    found: dict[str, Any] = next(
        row for row in state["service_templates"] if row["instance_ids"] and row["active"] is active
    )
    return found


def _clocks() -> Iterator[Point]:
    """A clock jumps by an hour and stays there."""
    for name, sign in (("forward", 1), ("backward", -1)):
        for moment, stop in (("after the plan", _AFTER_PLAN), ("before setup.cmd", _BEFORE_SETUP)):
            act = Act(_set_clock(lambda site: site.clock, sign * HOUR), clock=True)
            yield Point(f"clock: that of the controller jumps {name} {moment}", stop=stop, act=act)
        act = Act(_set_clock(lambda site: site.layout.management_node / "etc" / "clock-offset", sign * HOUR))
        yield Point(f"clock: that of the management node jumps {name} before a script", stop=_BEFORE_SCRIPT, act=act)


def _set_clock(place: Callable[[Site], Path], seconds: float) -> Callable[[Site], None]:
    def act(site: Site) -> None:
        place(site).write_text(f"{seconds}\n", encoding="ascii")

    return act


def _disks() -> Iterator[Point]:
    """A disk is full, and the operator makes room before the next run."""
    for disk, refusal in ((NODE, "No space left on device"), (CONTROLLER, "")):
        for moment, stop in (("from the start", None), ("in the outage", _BEFORE_IMPORT)):
            act = Act(_fill, _make_room, refusal, disk=disk)
            yield Point(f"disk: that of the {disk} is full {moment}", stop=stop, act=act)


def _fill(site: Site) -> None:
    with _filler(site).open("ab", buffering=0) as stream:
        try:
            while True:
                stream.write(_BLOCK)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def _make_room(site: Site) -> None:
    _filler(site).unlink()


def _filler(site: Site) -> Path:
    return site.disk / "filler"
