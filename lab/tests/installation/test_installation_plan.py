"""The planned installation: complete, consistent, the same for the same options."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections import Counter
from typing import Any

import pytest
from office365_lab.installation import (
    PROVIDER_ACCOUNT,
    RELEASES,
    RESELLER_ACCOUNT,
    Installation,
    new_credentials,
    plan_installation,
)
from office365_lab.options import LabOptions

SMALLEST = LabOptions(hosts=1, gateways=1, service_templates=0, subscriptions=0)
USUAL = LabOptions()
LARGE = LabOptions(hosts=7, gateways=100, service_templates=250, subscriptions=3000)


def _by_size() -> list[Any]:
    return [
        pytest.param(SMALLEST, id="smallest"),
        pytest.param(dataclasses.replace(SMALLEST, service_templates=1, subscriptions=1), id="one"),
        pytest.param(USUAL, id="usual"),
        pytest.param(dataclasses.replace(USUAL, scenario="csp", from_version="16.8.3"), id="csp"),
        pytest.param(LARGE, id="large"),
    ]


@pytest.mark.parametrize("options", _by_size())
def test_sizes_are_as_asked(options: LabOptions) -> None:
    plan = plan_installation(options)
    gateways = [site for host in plan.hosts for site in host.sites if site.kind == "gateway"]
    mine = [template for template in plan.service_templates if template.instance_number is not None]
    their_ids = {template.id for template in mine}
    assert len(plan.hosts) == options.hosts
    assert len(gateways) == len(plan.instances) == options.gateways
    assert len(mine) == options.service_templates
    assert sum(s.service_template_id in their_ids for s in plan.subscriptions) == options.subscriptions
    assert {host.name for host in plan.hosts} == {f"iis{n:02d}" for n in range(1, options.hosts + 1)}


@pytest.mark.parametrize("options", _by_size())
def test_every_reference_leads_somewhere(options: LabOptions) -> None:
    plan = plan_installation(options)
    resource_types = {rt.id: rt for rt in plan.resource_types}
    templates = {template.id: template for template in plan.service_templates}
    accounts = {account.id: account for account in plan.accounts}
    hosts = {host.name: host for host in plan.hosts}
    for instance in plan.instances:
        site = next(site for site in hosts[instance.host].sites if site.name == instance.site)
        assert site.instance_number == instance.number
        assert instance.endpoint_uri == f"https://{site.hostname}/{site.application}/aps/"
        assert plan.names[str(site.hostname)] == site.ip
        assert site.certificate_subject == site.hostname
        assert site.pool == site.name
    for template in plan.service_templates:
        assert {resource_types[rt].instance_number for rt in template.limits} == {template.instance_number}
        assert template.owner_id in accounts
    for subscription in plan.subscriptions:
        assert subscription.limits.keys() == templates[subscription.service_template_id].limits.keys()
        assert accounts[subscription.owner_id].parent_id == templates[subscription.service_template_id].owner_id
        for rt, limit in subscription.limits.items():
            assert limit == -1 or 0 <= subscription.usage[rt] <= limit


@pytest.mark.parametrize("options", _by_size())
def test_ids_names_and_addresses_are_unique(options: LabOptions) -> None:
    plan = plan_installation(options)
    for things in (plan.instances, plan.resource_types, plan.service_templates, plan.subscriptions, plan.accounts):
        for what in ("id", "name"):
            counted = Counter(getattr(thing, what) for thing in things)
            assert [value for value, times in counted.items() if times > 1] == []
    addresses = list(plan.names.values())
    assert len(set(addresses)) == len(addresses)
    assert all(ipaddress.ip_address(address).is_private for address in addresses)


def test_same_seed_same_installation_other_seed_other_one() -> None:
    assert plan_installation(USUAL) == plan_installation(USUAL)
    assert plan_installation(USUAL) != plan_installation(dataclasses.replace(USUAL, seed=2))


def test_gateways_are_spread_over_the_hosts_in_turn() -> None:
    plan = plan_installation(USUAL)
    assert [instance.host for instance in plan.instances] == ["iis01", "iis02", "iis01"]


def test_syndication_has_one_dispatcher_on_each_host_and_csp_has_none() -> None:
    for host in plan_installation(USUAL).hosts:
        (dispatcher,) = [site for site in host.sites if site.kind == "dispatcher"]
        assert host.dispatcher_url == f"https://{dispatcher.hostname}/{dispatcher.application}/"
    for host in plan_installation(dataclasses.replace(USUAL, scenario="csp")).hosts:
        assert host.dispatcher_url is None
        assert all(site.kind != "dispatcher" for site in host.sites)


def test_there_is_an_inactive_template_one_of_a_reseller_and_something_foreign() -> None:
    plan = plan_installation(USUAL)
    mine = [template for template in plan.service_templates if template.instance_number is not None]
    assert [template.active for template in mine].count(False) == 1
    assert Counter(template.owner_id for template in mine) == {PROVIDER_ACCOUNT: 5, RESELLER_ACCOUNT: 1}
    foreign = {template.id for template in plan.service_templates if template.instance_number is None}
    assert foreign
    assert any(subscription.service_template_id in foreign for subscription in plan.subscriptions)
    assert min(subscription.id for subscription in plan.subscriptions) == 1000001


def test_resource_types_of_each_instance() -> None:
    plan = plan_installation(USUAL)
    first = [rt for rt in plan.resource_types if rt.instance_number == 1]
    second = [rt for rt in plan.resource_types if rt.instance_number == 2]
    assert [f"O365INST2: {rt.name}" for rt in first] == [rt.name for rt in second]
    tenant = next(rt for rt in first if rt.name == "Office 365 Tenant")
    assert tenant.resource_class == "rc.saas.service"
    assert tenant.activation_parameters["service_id"] == "tenant"
    assert tenant.activation_parameters["autoprovide_service"] == "1"
    settings = next(rt for rt in first if rt.name == "Office 365 Global Settings")
    assert settings.activation_parameters["resource_uid"] == plan.instances[0].resource_uuid
    assert Counter("s_format" in rt.activation_parameters for rt in first) == {True: 3, False: 5}
    absent = ("Tenant Contact Data", "Total points sold", "Total seats sold")
    assert not [rt.name for rt in plan.resource_types if rt.name.endswith(absent)]


@pytest.mark.parametrize(("version", "form", "base"), [("16.6.3", "16.6", "10"), ("16.8.3", "16.8", "10240")])
def test_resource_settings_have_the_form_of_the_installed_version(version: str, form: str, base: str) -> None:
    plan = plan_installation(dataclasses.replace(USUAL, from_version=version))
    offer = next(rt for rt in plan.resource_types if "s_format" in rt.activation_parameters)
    assert (offer.activation_parameters["s_format"], offer.activation_parameters["s_limit_base"]) == (form, base)
    assert {instance.package_version for instance in plan.instances} == {RELEASES[version]}


def test_awkward_site_names_are_kept_and_their_folders_are_possible() -> None:
    names = ('R&D 100% "best" (1)', "Café ^ 日本: x")
    plan = plan_installation(dataclasses.replace(USUAL, site_names=names))
    sites = {site.instance_number: site for host in plan.hosts for site in host.sites if site.kind == "gateway"}
    assert [sites[1].name, sites[2].name, sites[3].name] == [*names, "Office 365 Gateway 03"]
    assert sites[1].physical_path == r"C:\inetpub\R&D 100% _best_ (1)\Office365GatewayApplication01"
    assert sites[2].physical_path == r"C:\inetpub\Café ^ 日本_ x\Office365GatewayApplication02"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scenario": "both"}, "scenario"),
        ({"hosts": 0}, "hosts 0"),
        ({"gateways": 0}, "gateways 0"),
        ({"hosts": 4, "gateways": 3}, "gateways 3"),
        ({"gateways": 201}, "gateways 201"),
        ({"service_templates": -1}, "negative"),
        ({"service_templates": 0, "subscriptions": 1}, "need at least one service template"),
        ({"from_version": "16.6.2"}, "16.6.2"),
        ({"from_version": "16.8.4"}, "nothing to upgrade"),
        ({"site_names": ("a", "b", "c", "d")}, "4 site names"),
        ({"site_names": ("Same", "same")}, "differ"),
        ({"site_names": ("Office 365 Gateway 02",)}, "differ"),
        ({"site_names": ("",)}, "site name"),
        ({"site_names": ("line\nbreak",)}, "site name"),
    ],
)
def test_impossible_options_are_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plan_installation(dataclasses.replace(USUAL, **change))


def test_plans_are_immutable() -> None:
    plan: Any = plan_installation(USUAL)
    with pytest.raises(TypeError):
        plan.names["x"] = "10.0.0.1"
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.instances = ()
    assert isinstance(plan, Installation)


def test_credentials_are_fresh_and_not_shown() -> None:
    first, second = new_credentials(), new_credentials()
    assert set(first.secrets()).isdisjoint(second.secrets())
    assert not [secret for secret in first.secrets() if secret in repr(first)]
