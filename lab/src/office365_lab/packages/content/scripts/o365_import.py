"""What the import scripts share: connection, log, record of the run. Works with Python 2.7 and 3.

The scripts find this module because Python looks into the folder of the script that it runs, so a copy of
a script alone does not work (procedure-facts.md 4.4).
"""
# Python 2.7 reads this too: type comments use the imports below; it has no pathlib.
# ruff: noqa: F401, PTH100, PTH109, PTH110, PTH118, PTH119, PTH120

from __future__ import print_function

import argparse
import os
import platform
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree

from poaupdater import database, lab_faults, openapi

MYPY = False
if MYPY:
    from typing import Any, Callable, Dict, List, NoReturn, Optional

APPLICATION = "http://www.parallels.com/Office365"
PROVIDER = 1
_NAMESPACE = "{http://aps-standard.org/ns/2}"
_TENANT = "Office 365 Tenant"


class ScriptError(Exception):
    """Something that the operator has to put right first."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints end with status 1, like every other failure of these scripts."""

    def error(self, message):
        # type: (str) -> NoReturn
        self.exit(1, "ERROR: %s\n" % message)


class Instance(object):
    """An application instance: ``id``, ``tenant`` (id of its tenant resource type), ``prefix`` of its names."""

    def __init__(self, identifier, tenant, prefix):
        # type: (int, int, str) -> None
        self.id = identifier
        self.tenant = tenant
        self.prefix = prefix


def log(text):
    # type: (str) -> None
    """Print a line at once, whoever reads along."""
    print(text)
    sys.stdout.flush()


def finished_instance():
    # type: () -> None
    """Take as long as the lab was asked to let scripts take for one instance; the lab may kill the script here."""
    if lab_faults.has_to_die(os.path.basename(sys.argv[0])):
        _record(-signal.SIGKILL)  # whoever is killed cannot tell afterwards
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(float(os.environ.get("OFFICE365_LAB_SCRIPT_SECONDS", "0")))


def run(work, user=None, password=None):
    # type: (Callable[[openapi.OpenAPI], None], Optional[str], Optional[str]) -> NoReturn
    """Do the work with a connection to the Public API, record the run, end with status 0 or 1.

    With a user, the work is done as this user and not as the one that the node knows.
    """
    api = openapi.OpenAPI(user, password)
    try:
        planned = lab_faults.before(os.path.basename(sys.argv[0]))
        if planned is not None:
            raise ScriptError(planned)
        work(api)
        status = 0
    except (ScriptError, openapi.OpenAPIError, subprocess.CalledProcessError, EnvironmentError) as error:
        print("ERROR: %s" % error, file=sys.stderr)
        status = 1
    _record(status)
    sys.exit(status)


def needs_login():
    # type: () -> bool
    """Whether the Public API wants a user and a password."""
    return database.rows("select 1 from openapi_config where name = 'require_auth' and value = 'y'") != []


def application_id(api):
    # type: (openapi.OpenAPI) -> int
    """The platform's id of the application; :class:`ScriptError` where it is not there."""
    applications = api.pem.APS.getApplications(aps_application_id=APPLICATION)
    if not applications:
        raise ScriptError("application %s is not imported" % APPLICATION)
    return int(applications[0]["application_id"])


def instances(api, application):
    # type: (openapi.OpenAPI, int) -> List[Instance]
    """Every instance of an application, ordered by id."""
    found = api.pem.APS.getApplicationInstances(app_id=application)
    return [instance(api, identifier) for identifier in sorted(row["application_instance_id"] for row in found)]


def instance(api, identifier):
    # type: (openapi.OpenAPI, int) -> Instance
    """One instance; :class:`ScriptError` where it has no tenant resource type."""
    tenant = service_resource_type(api, identifier, "tenant")
    if not tenant:
        raise ScriptError("instance %d has no tenant resource type" % identifier)
    ((name,),) = database.rows("select restype_name from resource_types where rt_id = :'rt'", rt=tenant)
    return Instance(identifier, tenant, name[: -len(_TENANT)] if name.endswith(_TENANT) else "")


def service_resource_type(api, identifier, service):
    # type: (openapi.OpenAPI, int, str) -> int
    """The id of the resource type that an instance uses for a service; 0 where there is none.

    :class:`ScriptError` where the instance does not know the service.
    """
    services = api.pem.APS.getApplicationInstanceServiceResourceTypes(
        application_instance_id=identifier, service_id=service
    )
    if not services:
        raise ScriptError("instance %d has no service %s: is it upgraded?" % (identifier, service))
    return int(services[0]["service_resource_type_id"])


def templates_with(resource_type):
    # type: (int) -> List[int]
    """The ids of the service templates that hold a resource type."""
    found = database.rows("select st_id from st_resources where rt_id = :'rt' order by 1", rt=resource_type)
    return [int(row[0]) for row in found]


def require_inactive(api, templates):
    # type: (openapi.OpenAPI, List[int]) -> None
    """:class:`ScriptError` where one of the templates is active: its resource types could not be edited."""
    active = []
    for template in templates:
        found = api.pem.getServiceTemplate(st_id=template, get_resources=False)
        if found["is_active"]:
            active.append("%d (%s)" % (template, found["name"]))
    if active:
        raise ScriptError("these service templates are active, deactivate them first: " + ", ".join(active))


def add_to_template(api, template, resource_types):
    # type: (openapi.OpenAPI, int, List[int]) -> int
    """Add the resource types that a template does not have, without limit, in one transaction; how many."""
    missing = [resource_type for resource_type in resource_types if template not in templates_with(resource_type)]
    if missing:
        owner = api.pem.getServiceTemplate(st_id=template, get_resources=False)["owner_id"]
        api.begin()
        for resource_type in missing:
            api.pem.addResourceTypeToServiceTemplate(owner_id=owner, st_id=template, rt_id=resource_type)
        limits = [{"resource_id": resource_type, "resource_limit64": "-1"} for resource_type in missing]
        api.pem.setSTRTLimits(st_id=template, limits=limits)
        api.commit()
    return len(missing)


def pairs(parameters):
    # type: (Dict[str, str]) -> List[Dict[str, str]]
    """Activation parameters as the Public API wants them."""
    return [{"var_name": name, "var_value": value} for name, value in sorted(parameters.items())]


def _record(status):
    # type: (int) -> None
    """Tell the lab that the script ran; a connection of its own, outside every transaction."""
    openapi.OpenAPI().lab.recordScriptRun(
        script=os.path.basename(sys.argv[0]),
        arguments=_shown_arguments(),
        python=platform.python_version(),
        folder=os.getcwd(),
        package=_package(),
        exit_code=status,
    )


def _shown_arguments():
    # type: () -> List[str]
    """The arguments without a password: whoever reads the record must not learn it."""
    shown = []  # type: List[str]
    for argument in sys.argv[1:]:
        name, equals, _ = argument.partition("=")
        if shown and shown[-1].endswith("-password"):
            argument = "********"
        elif equals and name.endswith("-password"):
            argument = name + "=********"
        shown.append(argument)
    return shown


def _package():
    # type: () -> Optional[str]
    """Version and release of the unpacked package that this script lies in or directly below."""
    here = os.path.dirname(os.path.abspath(__file__))
    for folder in (here, os.path.dirname(here)):
        path = os.path.join(folder, "APP-META.xml")
        if os.path.exists(path):
            root = ElementTree.parse(path).getroot()  # noqa: S314  the lab built this file
            return "%s-%s" % (root.findtext(_NAMESPACE + "version"), root.findtext(_NAMESPACE + "release"))
    return None
