"""Converts the resource settings of every instance from the form of 16.6 to that of 16.8.

It does not look whether they are converted already: run twice, it converts twice and damages them. That is
the reason why it has to run exactly once (procedure-facts.md 1.4, 4.3).
"""
# Python 2.7 reads this too: type comments use the imports below.
# ruff: noqa: F401

from __future__ import print_function

import o365_import
from poaupdater import database

MYPY = False
if MYPY:
    from poaupdater.openapi import OpenAPI

_FACTOR = 1024
# The Public API does not say which instance a resource type of a licence belongs to.
_LICENCES = """
select rt.rt_id, rt.restype_name, base.value
  from resource_types rt
  join lab_instance_resource_types of_instance on of_instance.rt_id = rt.rt_id
  join rt_act_params base on base.rt_id = rt.rt_id and base.name = 's_limit_base'
 where of_instance.instance_id = :'instance'
 order by rt.rt_id
"""


def convert(api):
    # type: (OpenAPI) -> None
    """One transaction for each instance: a failure leaves the earlier instances converted."""
    for instance in o365_import.instances(api, o365_import.application_id(api)):
        o365_import.log("Instance %d" % instance.id)
        api.begin()
        for resource_type, name, base in database.rows(_LICENCES, instance=instance.id):
            parameters = {"s_format": "16.8", "s_limit_base": str(int(base) * _FACTOR)}
            api.pem.setRTActParams(rt_id=int(resource_type), act_params=o365_import.pairs(parameters))
            o365_import.log("  resource type %s (%s): converted" % (resource_type, name))
        api.commit()
        o365_import.finished_instance()


if __name__ == "__main__":
    o365_import.Parser(description=__doc__).parse_args()
    o365_import.run(convert)
