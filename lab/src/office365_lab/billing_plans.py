"""The service plans of the Billing server: one for each Office 365 service template, with a rate for each resource.

A pure function of the installation, as the installation is of the options. Ids, names and prices are the lab's own;
that a resource of Billing has the number of the platform's resource type is the lab's choice, too.
"""

from __future__ import annotations

import dataclasses

from office365_lab.installation import Installation, ResourceType, ServiceTemplate

_FIRST_PLAN = 301
_FIRST_RATE = 7001
_SETUP_FEE = "1.50"
_RECURRING_FEES = ("4.25", "19.90", "0.30")  # of the resources that are sold by number; all others are free
_FREE = "0.00"


@dataclasses.dataclass(frozen=True)
class BillingRate:
    """What one resource costs in a plan; fees are decimal numbers as text."""

    id: int
    resource_type_id: int
    name: str
    included: int
    upper_limit: int  # -1: unlimited
    setup_fee: str
    recurring_fee: str


@dataclasses.dataclass(frozen=True)
class BillingPlan:
    """A service plan: what a customer buys, made of one service template."""

    id: int
    name: str
    service_template_id: int
    rates: tuple[BillingRate, ...]


def billing_plans(installation: Installation) -> tuple[BillingPlan, ...]:
    """Every plan, ordered by id; rates are numbered through all plans."""
    types = {item.id: item for item in installation.resource_types}
    plans: list[BillingPlan] = []
    next_rate = _FIRST_RATE
    for template in installation.service_templates:
        if template.instance_number is None:
            continue
        rates = _rates(next_rate, template, types)
        next_rate += len(rates)
        plans.append(BillingPlan(_FIRST_PLAN + len(plans), f"{template.name} monthly", template.id, rates))
    return tuple(plans)


def _rates(first: int, template: ServiceTemplate, types: dict[int, ResourceType]) -> tuple[BillingRate, ...]:
    rates = []
    sold = 0
    for index, (type_id, limit) in enumerate(sorted(template.limits.items())):
        item = types[type_id]
        is_sold = "s_units" in item.activation_parameters
        fee = _RECURRING_FEES[sold % len(_RECURRING_FEES)] if is_sold else _FREE
        sold += is_sold
        rates.append(BillingRate(first + index, type_id, item.name, 0, limit, _SETUP_FEE if is_sold else _FREE, fee))
    return tuple(rates)
