"""``O365-Web.zip``: the endpoint setup and the web files of the gateway and of the dispatcher."""

from __future__ import annotations

from importlib.resources import files

from office365_lab.packages.archive import zip_bytes
from office365_lab.packages.assemblies import assembly

GATEWAY_ASSEMBLIES = ("Office365.Gateway.dll", "Office365.Core.dll", "log4net.dll")
DISPATCHER_ASSEMBLIES = ("Office365.Dispatcher.dll", "Office365.Core.dll", "log4net.dll")


def web_zip(version: str) -> bytes:
    """The archive of an application version; the setup lies at its top level."""
    return zip_bytes(
        {
            "setup.cmd": _content("setup.cmd"),
            "setup.ps1": _content("setup.ps1"),
            **{f"web/{name}": content for name, content in gateway_files(version).items()},
            **{f"dispatcher/{name}": content for name, content in dispatcher_files(version).items()},
        }
    )


def gateway_files(version: str) -> dict[str, bytes]:
    """The files of a gateway application: path with ``/`` -> content."""
    return _application_files(GATEWAY_ASSEMBLIES, "gateway", version)


def dispatcher_files(version: str) -> dict[str, bytes]:
    """The files of the dispatcher application: path with ``/`` -> content."""
    return _application_files(DISPATCHER_ASSEMBLIES, "dispatcher", version)


def _application_files(assemblies: tuple[str, ...], role: str, version: str) -> dict[str, bytes]:
    return {
        **{f"bin/{name}": assembly(name, version) for name in assemblies},
        "Web.config": _content("web/config.xml").replace(b"@ROLE@", role.encode("ascii")),
        "Default.aspx": f'<%@ Page Language="C#" %>\n<!-- {role} {version} -->\n'.encode("ascii"),
    }


def _content(name: str) -> bytes:
    content = files("office365_lab.packages").joinpath("content", name).read_bytes()
    # Windows reads these files; line ends do not depend on how the source was checked out
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
