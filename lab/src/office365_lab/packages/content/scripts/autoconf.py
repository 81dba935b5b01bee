"""Configures resources, service templates and Billing for the application's version.

What it does is documented (procedure-facts.md 4.1), its command line is not: ``--prefix`` is from a later
release, the other options are the lab's own. The unit that it sets is the lab's own, too. The resource
type of Tenant Contact Data goes into the provider's service templates only: resellers' templates and all
subscriptions are left for the step after it.
"""
# Python 2.7 reads this too: type comments use the imports below.
# ruff: noqa: F401, PTH119

from __future__ import print_function

import os
import sys

import o365_import
from poaupdater import database, lab_faults

MYPY = False
if MYPY:
    import argparse
    from typing import List

    from poaupdater.openapi import OpenAPI

_UNIT = "licence"
_PARAMETER = ("o365_based_on_email", "boolean")
_SERVICE = "TenantContactData"
# procedure-facts.md 6.5; in life the offers come from the vendor's workbook
_NEW_OFFERS = (
    "Customer Lockbox for faculty",
    "Customer Lockbox for students",
    "Skype for Business PSTN Conferencing",
    "Skype for Business PSTN Conferencing (Government Pricing)",
    "Skype for Business PSTN Domestic Calling",
    "Skype for Business PSTN Domestic (Government Pricing)",
    "Skype for Business PSTN Domestic and International Calling",
    "Skype for Business PSTN Domestic and International Calling (Government Pricing)",
)
_LICENCES = """
select application.rt_id
  from rt_act_params application
  join rt_act_params units on units.rt_id = application.rt_id and units.name = 's_units'
 where application.name = 'app_id' and application.value = :'application'
 order by 1
"""


def arguments():
    # type: () -> argparse.Namespace
    """The options."""
    parser = o365_import.Parser(description=__doc__)
    parser.add_argument("--application-id", type=int, required=True, help="the platform's id of the application")
    parser.add_argument("--prefix", default="", help="TEXT: stands in front of the names of what is created")
    parser.add_argument(
        "--application-instance-id", type=int, action="append", default=[], help="only this instance; may be repeated"
    )
    parser.add_argument("--new-offers", action="store_true", help="create licences of new offers, and nothing else")
    return parser.parse_args()


def configure(api, options):
    # type: (OpenAPI, argparse.Namespace) -> None
    """Units, the service parameter, the resource type; everything that is there already is left alone."""
    damage = True if lab_faults.has_to_multiply_fees(os.path.basename(sys.argv[0])) else None
    for row in database.rows(_LICENCES, application=options.application_id):
        api.lab.billing.setUnit(resource_type_id=int(row[0]), unit=_UNIT, multiply_fees=damage)
        o365_import.log("Resource type %s: unit set" % row[0])
    for instance in chosen_instances(api, options):
        o365_import.log("Instance %d" % instance.id)
        resource_type = _tenant_contact_data(api, instance.id, options)
        for template in o365_import.templates_with(instance.tenant):
            name, value_type = _PARAMETER
            api.lab.billing.addServiceParameter(st_id=template, name=name, value_type=value_type)
            owner = api.pem.getServiceTemplate(st_id=template, get_resources=False)["owner_id"]
            if owner == o365_import.PROVIDER:
                o365_import.require_inactive(api, [template])
                o365_import.add_to_template(api, template, [resource_type])
            o365_import.log("  service template %d: done" % template)
        o365_import.finished_instance()


def chosen_instances(api, options):
    # type: (OpenAPI, argparse.Namespace) -> List[o365_import.Instance]
    """The instances that the options name; all of the application where they name none."""
    found = o365_import.instances(api, options.application_id)
    wanted = options.application_instance_id
    return [instance for instance in found if not wanted or instance.id in wanted]


def create_offers(api, options):
    # type: (OpenAPI, argparse.Namespace) -> None
    """A licence and a resource type for every new offer and instance; what exists already is left alone."""
    for instance in chosen_instances(api, options):
        for offer in _NEW_OFFERS:
            name = instance.prefix + "Office 365 " + offer
            if database.rows("select 1 from resource_types where restype_name = :'name'", name=name):
                continue
            licence = api.lab.createLicence(name=name)["resource_uid"]
            parameters = {"app_id": str(options.application_id), "resource_uid": licence}
            api.pem.addResourceType(
                resclass_name="rc.saas.service.link", name=name, act_params=o365_import.pairs(parameters)
            )
            o365_import.log("  offer created: %s" % name)
        o365_import.finished_instance()


def _tenant_contact_data(api, instance, options):
    # type: (OpenAPI, int, argparse.Namespace) -> int
    """The resource type of the service, created without automatic provisioning where it does not exist."""
    existing = o365_import.service_resource_type(api, instance, _SERVICE)
    if existing:
        return existing
    prefix = options.prefix + ": " if options.prefix else ""
    parameters = {"app_id": str(options.application_id), "service_id": _SERVICE, "autoprovide_service": "0"}
    created = api.pem.addResourceType(
        resclass_name="rc.saas.service",
        name=prefix + "Office 365 Tenant Contact Data",
        act_params=o365_import.pairs(parameters),
    )["resource_type_id"]  # type: int
    o365_import.log("  resource type %d: created" % created)
    return created


if __name__ == "__main__":
    OPTIONS = arguments()
    o365_import.run(lambda api: create_offers(api, OPTIONS) if OPTIONS.new_offers else configure(api, OPTIONS))
