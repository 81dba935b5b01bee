"""Adds the counters "Total points sold" and "Total seats sold" to service templates and subscriptions.

Options after procedure-facts.md 4.2. What is there already is left alone, so a second run changes nothing.
"""
# Python 2.7 reads this too: type comments use the imports below.
# ruff: noqa: F401

from __future__ import print_function

import o365_import
from poaupdater import database

MYPY = False
if MYPY:
    import argparse
    from typing import Any, List, Set, Tuple

    from poaupdater.openapi import OpenAPI

_CLASS = "rc.saas.resource.unit"
_COUNTERS = (("totalPointsSold", "Total points sold"), ("totalSeatsSold", "Total seats sold"))
_SUBSCRIPTIONS_IN_A_TRANSACTION = 100
_COUNTER = """
select rt.rt_id, rt.restype_name
  from resource_types rt
  join resource_classes class on class.class_id = rt.class_id
  join rt_act_params application on application.rt_id = rt.rt_id and application.name = 'app_id'
  join rt_act_params resource on resource.rt_id = rt.rt_id and resource.name = 'resource_id'
 where class.name = :'class' and application.value = :'application' and resource.value = :'counter'
 order by rt.rt_id
"""
_LACKING_SUBSCRIPTIONS = """
select of_tenant.sub_id
  from subs_resources of_tenant
  left join subs_resources of_counter on of_counter.sub_id = of_tenant.sub_id and of_counter.rt_id = :'counter'
 where of_tenant.rt_id = :'tenant' and of_counter.sub_id is null
 order by 1
"""


def arguments():
    # type: () -> argparse.Namespace
    """The options, checked against each other."""
    parser = o365_import.Parser(description=__doc__)
    scope = parser.add_mutually_exclusive_group(required=True)
    scope.add_argument("--o365-app-id", type=int, help="process every instance of this application")
    scope.add_argument("--o365-app-instance-id", type=int, help="process this instance")
    parser.add_argument("--o365-points-counter-rt-id", type=int, help="resource type of the points counter")
    parser.add_argument("--o365-seats-counter-rt-id", type=int, help="resource type of the seats counter")
    options = parser.parse_args()
    counters = (options.o365_points_counter_rt_id, options.o365_seats_counter_rt_id)
    if any(counters) and not all(counters):
        parser.error("the two counter options go together")
    if any(counters) and options.o365_app_instance_id is None:
        parser.error("the counter options need --o365-app-instance-id")
    return options


def add_counters(api, options):
    # type: (OpenAPI, argparse.Namespace) -> None
    """Every instance of the scope, one after the other."""
    if options.o365_app_id is not None:
        scope = o365_import.instances(api, options.o365_app_id)
        application = options.o365_app_id
    else:
        scope = [o365_import.instance(api, options.o365_app_instance_id)]
        found = api.pem.APS.getApplicationInstance(application_instance_id=options.o365_app_instance_id)
        application = found["application_id"]
    for instance in scope:
        o365_import.log("Instance %d" % instance.id)
        templates = o365_import.templates_with(instance.tenant)
        o365_import.require_inactive(api, templates)
        given = (options.o365_points_counter_rt_id, options.o365_seats_counter_rt_id)
        counters = list(given) if all(given) else _counters(api, application, instance)
        for template in templates:
            added = o365_import.add_to_template(api, template, counters)
            o365_import.log("  service template %d: %d added" % (template, added))
        _add_to_subscriptions(api, instance, counters)
        o365_import.finished_instance()


def _counters(api, application, instance):
    # type: (OpenAPI, int, Any) -> List[int]
    """The resource types of the two counters of an instance, created where they do not exist."""
    found = []
    for resource, label in _COUNTERS:
        name = instance.prefix + label
        rows = database.rows(_COUNTER, **{"class": _CLASS, "application": application, "counter": resource})
        mine = [int(row[0]) for row in rows if row[1] == name]
        if mine:
            found.append(mine[0])
            continue
        parameters = {"app_id": str(application), "resource_id": resource}
        created = api.pem.addResourceType(resclass_name=_CLASS, name=name, act_params=o365_import.pairs(parameters))[
            "resource_type_id"
        ]
        o365_import.log("  resource type %d (%s): created" % (created, name))
        found.append(created)
    return found


def _add_to_subscriptions(api, instance, counters):
    # type: (OpenAPI, Any, List[int]) -> None
    """Only what a subscription lacks, some subscriptions in one transaction."""
    gaps = set()  # type: Set[Tuple[int, int]]
    for counter in counters:
        rows = database.rows(_LACKING_SUBSCRIPTIONS, counter=counter, tenant=instance.tenant)
        gaps.update((int(row[0]), counter) for row in rows)
    subscriptions = sorted({subscription for subscription, _ in gaps})
    for start in range(0, len(subscriptions), _SUBSCRIPTIONS_IN_A_TRANSACTION):
        part = subscriptions[start : start + _SUBSCRIPTIONS_IN_A_TRANSACTION]
        api.begin()
        for subscription in part:
            limits = [
                {"resource_type_id": counter, "limit": "-1"} for counter in counters if (subscription, counter) in gaps
            ]
            api.pem.setResourceTypeLimits(
                subscription_id=subscription, autoprovide=False, resource_limits=limits, parameters=[]
            )
        api.commit()
        o365_import.log("  subscriptions: %d of %d done" % (start + len(part), len(subscriptions)))


if __name__ == "__main__":
    OPTIONS = arguments()
    o365_import.run(lambda api: add_counters(api, OPTIONS))
