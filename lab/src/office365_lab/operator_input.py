"""What an operator would bring for importSubsCSP.py: one row for each cloud subscription (procedure-facts.md 4.5).

``OSAServicePlanId`` and ``ResourceRateLimits`` are documented columns, the others are the lab's own.
"""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from office365_lab import billing
from office365_lab.installation import PROVIDER_ACCOUNT, Installation
from office365_lab.layout import LabLayout

NAME = "importSubs_partner.csv"
COLUMNS = (
    "CompanyName",
    "CustomerAccountId",
    "CloudSubscriptionId",
    "TenantState",
    "OSAServicePlanId",
    "ResourceRateLimits",
)
UNKNOWN_PLAN = 999
READY, PREPARING, FAILED = "aps:ready", "aps:provisioning", "aps:failed"
# A customer chooses the name of its company, and the lab repeats it in the reason why a tenant cannot be imported.
HOSTILE = "=cmd|' /C calc'!A0, \"{{ 7*7 }}\"\nLtd."
# (company, tenant's state, whether the plan exists): imported at once, at the second attempt, never
SAMPLE = (
    ("Contoso, Ltd.", READY, True),
    ("Bäckerei Müller", READY, True),
    ("Fabrikam", READY, True),
    ("Litware", PREPARING, True),
    ("Northwind Traders", READY, True),
    ("Adventure Works", READY, True),
    ("Tailspin Toys", PREPARING, True),
    ("Wingtip Toys", READY, False),
    (HOSTILE, FAILED, True),
    ("Proseware", READY, False),
)


def create(layout: LabLayout, installation: Installation) -> None:
    """Write the sample for the first instance; nothing where no plan of it could take a subscription."""
    rows = list(sample(installation))
    if rows:
        path(layout).parent.mkdir(parents=True, exist_ok=True)
        path(layout).write_bytes(as_csv([COLUMNS, *rows]))


def path(layout: LabLayout) -> Path:
    """Where the sample is."""
    return billing.operator_files(layout) / NAME


def as_csv(rows: Sequence[Sequence[object]]) -> bytes:
    """Rows as the bytes of a CSV file."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode("utf-8")


def sample(installation: Installation) -> Iterator[tuple[object, ...]]:
    """The rows of :data:`SAMPLE` for customers and plans of the installation."""
    instance = installation.instances[0]
    owners = {subscription.owner_id for subscription in installation.subscriptions}
    customers = [row.id for row in installation.accounts if row.id in owners and row.parent_id == PROVIDER_ACCOUNT]
    plans = [
        template
        for template in installation.service_templates
        if template.instance_number == instance.number and template.active and template.owner_id == PROVIDER_ACCOUNT
    ]
    offers = [
        kind.id
        for kind in installation.resource_types
        if kind.instance_number == instance.number and "s_format" in kind.activation_parameters
    ]
    for number, (company, state, plan_exists) in enumerate(SAMPLE if plans else ()):
        plan = plans[number % len(plans)]
        yield (
            company,
            customers[number % len(customers)],
            uuid.uuid5(uuid.NAMESPACE_URL, f"{instance.resource_uuid}?cloud-subscription={number}"),
            state,
            plan.id if plan_exists else UNKNOWN_PLAN,
            ",".join(f"{offer}-{10 + number}" for offer in offers),
        )
