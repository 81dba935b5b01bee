"""The installation that a lab shows: hosts, sites, instances, resource types, templates and subscriptions.

Everything here is a pure function of :class:`LabOptions`: the same options (with the same seed) give
the same installation, so the parts of the lab agree without talking to each other, and ``reset`` can
build the start state again. Secrets are the exception: :func:`new_credentials` makes fresh ones.

Names follow the examples of the reference (procedure-facts.md 5.1, 6.1); ids, the names of the
activation parameters ``s_units``, ``s_limit_base`` and ``s_format`` and the setting ids are the lab's own.
"""

from __future__ import annotations

import dataclasses
import random
import secrets
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from office365_lab.options import LabOptions

SiteKind = Literal["gateway", "dispatcher", "other"]

# Package version (version-release) of each application version; the release numbers are invented.
RELEASES: Mapping[str, str] = MappingProxyType(
    {
        "16.6.3": "16.6.3-18",
        "16.6.4": "16.6.4-20",
        "16.6.5": "16.6.5-22",
        "16.8.3": "16.8.3-30",
        "16.8.4": "16.8.4-34",
    }
)
TARGET_VERSION = "16.8.4"

APPLICATION_PACKAGE_ID = "http://www.parallels.com/Office365"
APPLICATION_NAME = "Office365"
FOREIGN_PACKAGE_ID = "http://example.com/Backup"
FOREIGN_APPLICATION_NAME = "Backup"

SCENARIOS = ("syndication", "csp", "mixed")
PROVIDER_ACCOUNT = 1
RESELLER_ACCOUNT = 1000002
MANAGEMENT_NODE = "mn01"

# Setting ids (procedure-facts.md 7: the real ids are unknown); the labels stand in the packages.
SETTING_API_URL = "oa_api_url"
SETTING_API_USER = "oa_api_user"
SETTING_API_PASSWORD = "oa_api_password"  # noqa: S105  an id, not a secret

_DOMAIN = "hosting.local"
_MAX_HOSTS = 200
_MAX_GATEWAYS = 200
_MAX_SITE_NAME = 64
_FORBIDDEN_IN_PATHS = '<>:"/\\|?*'
_APPLICATION_ID = 5
_FOREIGN_APPLICATION_ID = 3
_FIRST_INSTANCE = 1001
_FIRST_RESOURCE_TYPE = 101
_FIRST_TEMPLATE = 11
_FIRST_SUBSCRIPTION = 1000001
_FIRST_CUSTOMER = 2000001
_FOREIGN_SUBSCRIPTIONS = 5
_LIMIT_BASE_FACTOR = 1024  # what the conversion 16.6 -> 16.8 multiplies ``s_limit_base`` by
_OFFERS = ("Office 365 Business Essentials", "Office 365 Enterprise E3")
_ADDON = "Office 365 Extra File Storage"


@dataclasses.dataclass(frozen=True)
class Site:
    """One IIS site. ``physical_path`` is the Windows path of its application (of the site for kind ``other``)."""

    name: str
    kind: SiteKind
    application: str | None
    hostname: str | None
    ip: str  # "" = all addresses
    port: int
    physical_path: str
    pool: str
    certificate_subject: str | None
    instance_number: int | None


@dataclasses.dataclass(frozen=True)
class EndpointHost:
    """One Windows host. ``dispatcher_url`` is the URL that Microsoft was given; None where no site needs one."""

    number: int
    name: str
    ip: str
    sites: tuple[Site, ...]
    dispatcher_url: str | None


@dataclasses.dataclass(frozen=True)
class Instance:
    """One application instance; ``host`` and ``site`` are the names of its endpoint host and gateway site."""

    id: int
    number: int
    name: str
    endpoint_uri: str
    host: str
    site: str
    resource_uuid: str  # the application resource in the APS controller
    package_version: str  # version-release
    scenario: str  # syndication or csp
    settings: Mapping[str, str]  # setting id -> value before the upgrade; passwords are empty


@dataclasses.dataclass(frozen=True)
class ResourceType:
    """One resource type. ``activation_parameters`` map names to strings, as on the wire (oa-api.md 4)."""

    id: int
    name: str
    resource_class: str
    activation_parameters: Mapping[str, str]
    instance_number: int | None  # None: not tied to an instance


@dataclasses.dataclass(frozen=True)
class ServiceTemplate:
    """One service template; ``limits`` maps resource type ids to limits (-1: unlimited)."""

    id: int
    name: str
    active: bool
    owner_id: int
    limits: Mapping[int, int]
    instance_number: int | None  # None: nothing to do with Office 365


@dataclasses.dataclass(frozen=True)
class Account:
    """One account of the platform; the provider has no parent."""

    id: int
    name: str
    parent_id: int | None


@dataclasses.dataclass(frozen=True)
class Subscription:
    """One subscription; ``limits`` as in its template but for the licences, ``usage`` of the same resource types."""

    id: int
    name: str
    service_template_id: int
    owner_id: int  # the customer's account
    limits: Mapping[int, int]
    usage: Mapping[int, int]


@dataclasses.dataclass(frozen=True)
class Installation:
    """Everything that exists before the upgrade."""

    application_package_id: str
    application_name: str
    application_id: int
    foreign_application_id: int
    hosts: tuple[EndpointHost, ...]
    instances: tuple[Instance, ...]
    names: Mapping[str, str]  # host name -> IP, as the management node resolves it
    accounts: tuple[Account, ...]
    resource_types: tuple[ResourceType, ...]
    service_templates: tuple[ServiceTemplate, ...]
    subscriptions: tuple[Subscription, ...]


@dataclasses.dataclass(frozen=True)
class Credentials:
    """The secrets of one lab (never printed: they are left out of ``repr``).

    ``api_*`` is the operator's Public API user, ``instance_*`` the separate staff member whose name and
    password belong into the three instance settings (procedure-facts.md 7); both may call the API.
    """

    api_username: str
    api_password: str = dataclasses.field(repr=False)
    instance_username: str
    instance_password: str = dataclasses.field(repr=False)
    windows_username: str
    windows_password: str = dataclasses.field(repr=False)
    billing_username: str
    billing_password: str = dataclasses.field(repr=False)
    sql_username: str
    sql_password: str = dataclasses.field(repr=False)

    def secrets(self) -> tuple[str, ...]:
        """The values that must not appear in a log."""
        passwords = (self.api_password, self.instance_password, self.windows_password)
        return (*passwords, self.billing_password, self.sql_password)


def new_credentials(suffix: str = "") -> Credentials:
    """Fresh random passwords that end with ``suffix``; the leading letters keep every password policy happy."""
    return Credentials(
        api_username="automation",
        api_password=f"Api-{secrets.token_urlsafe(18)}{suffix}",
        instance_username="office365-endpoint",
        instance_password=f"Inst-{secrets.token_urlsafe(18)}{suffix}",
        windows_username="Administrator",
        windows_password=f"Win-{secrets.token_urlsafe(18)}{suffix}",
        billing_username="billing-reader",
        billing_password=f"Bill-{secrets.token_urlsafe(18)}{suffix}",
        sql_username="office365-preflight",
        sql_password=f"Sql-{secrets.token_urlsafe(18)}{suffix}",
    )


def package_version(version: str) -> str:
    """``version-release`` of an application version; ``ValueError`` where the lab has no such package."""
    try:
        return RELEASES[version]
    except KeyError:
        raise ValueError(f"the lab has no package of version {version}; it has {', '.join(RELEASES)}") from None


def plan_installation(options: LabOptions) -> Installation:
    """What exists in a lab with these options; ``ValueError`` says which option is impossible."""
    _check(options)
    hosts = tuple(_host(number, options) for number in range(1, options.hosts + 1))
    instances = tuple(_instance(number, hosts, options) for number in range(1, options.gateways + 1))
    resource_types = _resource_types(instances, options)
    templates = _service_templates(resource_types, options)
    accounts, subscriptions = _subscriptions(templates, resource_types, options)
    return Installation(
        application_package_id=APPLICATION_PACKAGE_ID,
        application_name=APPLICATION_NAME,
        application_id=_APPLICATION_ID,
        foreign_application_id=_FOREIGN_APPLICATION_ID,
        hosts=hosts,
        instances=instances,
        names=MappingProxyType(_names(hosts)),
        accounts=accounts,
        resource_types=resource_types,
        service_templates=templates,
        subscriptions=subscriptions,
    )


def _check(options: LabOptions) -> None:
    if options.scenario not in SCENARIOS:
        raise ValueError(f"scenario {options.scenario!r}: must be one of {', '.join(SCENARIOS)}")
    package_version(options.from_version)
    if options.from_version == TARGET_VERSION:
        raise ValueError(f"from_version {TARGET_VERSION}: there would be nothing to upgrade")
    if not 1 <= options.hosts <= _MAX_HOSTS:
        raise ValueError(f"hosts {options.hosts}: must be 1 to {_MAX_HOSTS}")
    if not options.hosts <= options.gateways <= _MAX_GATEWAYS:
        raise ValueError(
            f"gateways {options.gateways}: must be {options.hosts} (one for each endpoint host) to {_MAX_GATEWAYS}"
        )
    if options.service_templates < 0 or options.subscriptions < 0:
        raise ValueError("service_templates and subscriptions must not be negative")
    if options.subscriptions and not options.service_templates:
        raise ValueError("subscriptions need at least one service template")
    _check_site_names(options)


def _check_site_names(options: LabOptions) -> None:
    if len(options.site_names) > options.gateways:
        raise ValueError(f"{len(options.site_names)} site names for {options.gateways} gateways")
    for name in options.site_names:
        if not name or name != name.strip() or len(name) > _MAX_SITE_NAME or not name.isprintable():
            raise ValueError(f"site name {name!r}: 1 to {_MAX_SITE_NAME} printable characters, no outer spaces")
    names = [_gateway_site_name(number, options).casefold() for number in range(1, options.gateways + 1)]
    if len(set(names)) != len(names):
        raise ValueError("site names must differ, whatever their case")


def _scenario_of(gateway: int, options: LabOptions) -> str:
    """In a mixed installation every second gateway is sold as a Cloud Solution Provider."""
    if options.scenario != "mixed":
        return options.scenario
    return "csp" if gateway % 2 == 0 else "syndication"


def _gateway_site_name(number: int, options: LabOptions) -> str:
    if number <= len(options.site_names):
        return options.site_names[number - 1]
    return f"Office 365 Gateway {number:02d}"


def _folder(name: str) -> str:
    """A site name as the name of a Windows folder."""
    return "".join("_" if character in _FORBIDDEN_IN_PATHS else character for character in name).rstrip(". ")


def _host(number: int, options: LabOptions) -> EndpointHost:
    mine = range(number, options.gateways + 1, options.hosts)
    sites = [_default_site(), *(_gateway_site(gateway, number, options) for gateway in mine)]
    dispatcher_url = None
    if any(_scenario_of(gateway, options) == "syndication" for gateway in mine):
        dispatcher = _dispatcher_site(number)
        sites.append(dispatcher)
        dispatcher_url = f"https://{dispatcher.hostname}/{dispatcher.application}/"
    return EndpointHost(number, f"iis{number:02d}", f"10.20.{number}.2", tuple(sites), dispatcher_url)


def _default_site() -> Site:
    return Site(
        name="Default Web Site",
        kind="other",
        application=None,
        hostname=None,
        ip="",
        port=80,
        physical_path=r"C:\inetpub\wwwroot",
        pool="DefaultAppPool",
        certificate_subject=None,
        instance_number=None,
    )


def _gateway_site(number: int, host: int, options: LabOptions) -> Site:
    name = _gateway_site_name(number, options)
    application = f"Office365GatewayApplication{number:02d}"
    hostname = f"office365gateway{number:02d}.{_DOMAIN}"
    return Site(
        name=name,
        kind="gateway",
        application=application,
        hostname=hostname,
        ip=f"10.20.{host}.{10 + number}",
        port=443,
        physical_path=rf"C:\inetpub\{_folder(name)}\{application}",
        pool=name,
        certificate_subject=hostname,
        instance_number=number,
    )


def _dispatcher_site(host: int) -> Site:
    name = f"Office 365 Dispatcher {host:02d}"
    application = "Office365DispatcherApplication"
    hostname = f"office365dispatcher{host:02d}.{_DOMAIN}"
    return Site(
        name=name,
        kind="dispatcher",
        application=application,
        hostname=hostname,
        ip=f"10.20.{host}.250",
        port=443,
        physical_path=rf"C:\inetpub\{name}\{application}",
        pool=name,
        certificate_subject=hostname,
        instance_number=None,
    )


def _instance(number: int, hosts: tuple[EndpointHost, ...], options: LabOptions) -> Instance:
    host = hosts[(number - 1) % len(hosts)]
    site = next(site for site in host.sites if site.instance_number == number)
    return Instance(
        id=_FIRST_INSTANCE + number - 1,
        number=number,
        name=f"Office 365 Instance {number:02d}",
        endpoint_uri=f"https://{site.hostname}/{site.application}/aps/",
        host=host.name,
        site=site.name,
        resource_uuid=_uuid(options, f"instance {number}"),
        package_version=package_version(options.from_version),
        scenario=_scenario_of(number, options),
        # out of date on purpose: setting them is a step of the upgrade
        settings=MappingProxyType(
            {
                "instance_name": f"Office 365 Instance {number:02d}",
                "portal_url": "https://portal.example.com/",
                SETTING_API_URL: "http://old-management-node.hosting.local:8440/",
                SETTING_API_USER: "",
                SETTING_API_PASSWORD: "",
            }
        ),
    )


def _uuid(options: LabOptions, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{APPLICATION_PACKAGE_ID}?seed={options.seed}&name={name}"))


def _prefix(instance_number: int) -> str:
    """What stands in front of the names of an instance (procedure-facts.md 4.1: nothing for the first one)."""
    return "" if instance_number == 1 else f"O365INST{instance_number}: "


def _resource_types(instances: tuple[Instance, ...], options: LabOptions) -> tuple[ResourceType, ...]:
    drafts: list[tuple[str, str, dict[str, str], int | None]] = [
        ("Backup Space", "rc.saas.resource", {"app_id": str(_FOREIGN_APPLICATION_ID), "resource_id": "space"}, None),
        (
            "Backup Agent",
            "rc.saas.service",
            {"app_id": str(_FOREIGN_APPLICATION_ID), "service_id": "agent", "autoprovide_service": "1"},
            None,
        ),
    ]
    for instance in instances:
        drafts.extend(_instance_resource_types(instance, options))
    return tuple(
        ResourceType(_FIRST_RESOURCE_TYPE + index, name, resource_class, MappingProxyType(parameters), instance_number)
        for index, (name, resource_class, parameters, instance_number) in enumerate(drafts)
    )


def _instance_resource_types(
    instance: Instance, options: LabOptions
) -> list[tuple[str, str, dict[str, str], int | None]]:
    prefix = _prefix(instance.number)

    def service(name: str, service_id: str, autoprovide: str) -> tuple[str, str, dict[str, str], int | None]:
        parameters = {
            "app_id": str(_APPLICATION_ID),
            "service_id": service_id,
            "autoprovide_service": autoprovide,
            "priority": "1",
        }
        return f"{prefix}Office 365 {name}", "rc.saas.service", parameters, instance.number

    def link(name: str, resource_uid: str, settings: dict[str, str]) -> tuple[str, str, dict[str, str], int | None]:
        parameters = {"app_id": str(_APPLICATION_ID), "resource_uid": resource_uid, **settings}
        return f"{prefix}{name}", "rc.saas.service.link", parameters, instance.number

    old_form = options.from_version.startswith("16.6.")

    def settings(base: int) -> dict[str, str]:
        return {
            "s_units": "unit",
            "s_limit_base": str(base if old_form else base * _LIMIT_BASE_FACTOR),
            "s_format": "16.6" if old_form else "16.8",
        }

    return [
        link("Office 365 Global Settings", instance.resource_uuid, {}),
        service("Tenant", "tenant", "1"),
        service("User", "user", "0"),
        service("Cloud User", "cloudUser", "0"),
        service("Domain", "domain", "0"),
        *(
            link(offer, _uuid(options, f"{offer} of {instance.number}"), settings(10 * (index + 1)))
            for index, offer in enumerate(_OFFERS)
        ),
        link(_ADDON, _uuid(options, f"{_ADDON} of {instance.number}"), settings(5)),
    ]


def _is_offer(resource_type: ResourceType) -> bool:
    return "s_format" in resource_type.activation_parameters


def _service_templates(resource_types: tuple[ResourceType, ...], options: LabOptions) -> tuple[ServiceTemplate, ...]:
    templates = []
    for index in range(options.service_templates):
        number = index % options.gateways + 1
        mine = [resource_type for resource_type in resource_types if resource_type.instance_number == number]
        limits = {
            resource_type.id: 1
            if resource_type.activation_parameters.get("service_id") == "tenant"
            else 25
            if _is_offer(resource_type)
            else -1
            for resource_type in mine
        }
        templates.append(
            ServiceTemplate(
                id=_FIRST_TEMPLATE + index,
                name=f"{_prefix(number)}Office 365 Template {index + 1:02d}",
                # the last one is inactive, the last but one belongs to a reseller
                active=index != options.service_templates - 1 or options.service_templates == 1,
                owner_id=RESELLER_ACCOUNT if index == options.service_templates - 2 else PROVIDER_ACCOUNT,
                limits=MappingProxyType(limits),
                instance_number=number,
            )
        )
    foreign = [resource_type for resource_type in resource_types if resource_type.instance_number is None]
    for name, active in (("Backup Standard", True), ("Backup Retired", False)):
        templates.append(
            ServiceTemplate(
                id=_FIRST_TEMPLATE + len(templates),
                name=name,
                active=active,
                owner_id=PROVIDER_ACCOUNT,
                limits=MappingProxyType({resource_type.id: 10 for resource_type in foreign}),
                instance_number=None,
            )
        )
    return tuple(templates)


def _subscriptions(
    templates: tuple[ServiceTemplate, ...], resource_types: tuple[ResourceType, ...], options: LabOptions
) -> tuple[tuple[Account, ...], tuple[Subscription, ...]]:
    # not for secrets: the same seed has to give the same customers
    chance = random.Random(options.seed)  # noqa: S311
    offers = frozenset(resource_type.id for resource_type in resource_types if _is_offer(resource_type))
    accounts = [Account(PROVIDER_ACCOUNT, "Provider", None), Account(RESELLER_ACCOUNT, "Reseller", PROVIDER_ACCOUNT)]
    subscriptions = []
    mine = [template for template in templates if template.instance_number is not None]
    foreign = [template for template in templates if template.instance_number is None]
    wanted = [mine[index % len(mine)] for index in range(options.subscriptions)]
    wanted += [foreign[index % len(foreign)] for index in range(_FOREIGN_SUBSCRIPTIONS)]
    for index, template in enumerate(wanted):
        customer = Account(_FIRST_CUSTOMER + index, f"Customer {index + 1:05d}", template.owner_id)
        accounts.append(customer)
        limits = dict(template.limits)
        usage = dict.fromkeys(limits, 0)
        for resource_type in sorted(offers & limits.keys()):
            limits[resource_type] = chance.randint(1, 50)
            usage[resource_type] = chance.randint(0, limits[resource_type])
        subscriptions.append(
            Subscription(
                id=_FIRST_SUBSCRIPTION + index,
                name=f"{template.name} for {customer.name}",
                service_template_id=template.id,
                owner_id=customer.id,
                limits=MappingProxyType(limits),
                usage=MappingProxyType(usage),
            )
        )
    return tuple(accounts), tuple(subscriptions)


def _names(hosts: tuple[EndpointHost, ...]) -> dict[str, str]:
    names = {f"{MANAGEMENT_NODE}.{_DOMAIN}": "10.20.0.2", f"billing01.{_DOMAIN}": "10.20.0.3"}
    for host in hosts:
        names[f"{host.name}.{_DOMAIN}"] = host.ip
        names.update({site.hostname: site.ip for site in host.sites if site.hostname is not None})
    return names
