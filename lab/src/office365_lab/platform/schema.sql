-- The database "oss" of the platform.
-- Tables without the prefix "lab_" and their columns are those that the vendor's own scripts use
-- (oa-api.md 1.8, 2.3, 4); what the lab needs beyond them is in tables with the prefix "lab_".

create table version_history (
    build text primary key,
    version text not null,
    build_date timestamp not null,
    install_date timestamp not null
);

create table hotfixes (
    name text primary key,
    build text not null references version_history (build),
    build_date timestamp not null,
    install_date timestamp not null
);

create table openapi_config (
    name text primary key,
    value text not null
);

-- Tasks ---------------------------------------------------------------------------------------------------

create table tm_groups (
    group_id serial primary key,
    gclass varchar(256) not null unique
);

create table tm_tasks (
    task_id serial primary key,
    name text not null,
    description text not null,
    location text not null,
    method text not null,
    run_num integer not null default 0,
    next_start timestamp not null default (clock_timestamp() at time zone 'UTC'),
    cancelled_by text,
    time_cancelled timestamp,
    status char(1) not null check (status in ('n', 'u', 'b', 'e', 's', 'r', 'f', 'c')),
    timeout integer not null default 3600,
    prio integer not null default 0,
    subscription_id integer,
    parent_task_id integer,
    non_legacy char(1) not null default 'y'
);

create table tm_usual (
    task_id integer primary key references tm_tasks on delete cascade,
    mutex text,
    ignore_failures char(1) not null default 'n',
    retry_num integer not null default 0
);
create index on tm_usual (mutex);

create table tm_periodic (
    task_id integer primary key references tm_tasks on delete cascade,
    period_type char(1) not null,
    start_at_hour integer,
    start_at_min integer,
    start_at_day integer,
    period integer not null
);

create table tm_params (
    task_id integer not null references tm_tasks on delete cascade,
    p_name text not null,
    p_value text not null,
    primary key (task_id, p_name)
);

create table tm_task_references (
    task_id integer not null references tm_tasks on delete cascade,
    ref_type text not null,
    ref_id integer not null
);

create table tm_logs (
    log_id serial primary key,
    task_id integer not null,
    action_output text not null,
    exec_status char(1) not null check (exec_status in ('s', 'r', 'f', 'n')),
    finished timestamp not null default (clock_timestamp() at time zone 'UTC')
);
create index on tm_logs (task_id);

-- What the lab's task engine has to do for a task; finish_at is null while a task is not running or is stuck.
create table lab_tasks (
    task_id integer primary key references tm_tasks on delete cascade,
    group_id integer references tm_groups,
    action text not null,
    data jsonb not null,
    seconds double precision not null,
    finish_at timestamp,
    outcome jsonb
);
create index on lab_tasks (group_id);

-- Accounts, resource types, templates, subscriptions ------------------------------------------------------

create table lab_accounts (
    account_id integer primary key,
    name text not null,
    parent_id integer references lab_accounts
);

create table resource_classes (
    class_id integer primary key,
    name text not null unique,
    friendly_name text not null,
    parent_class_id integer,
    parent_path text not null default 'x',
    partible char(1) not null default 'n',
    license_item text,
    lab_measurement_unit text not null,
    lab_measurement_type char(1) not null
);

create table rc_activation_params (
    name text not null references resource_classes (name),
    param_name text not null,
    param_friendly_name text not null,
    param_desc text not null default '',
    system char(1) not null default 'N',
    lab_required boolean not null,
    primary key (name, param_name)
);

create table resource_types (
    rt_id serial primary key,
    owner_id integer not null references lab_accounts,
    restype_name text not null,
    description text not null default '',
    class_id integer not null references resource_classes,
    parent_id integer not null default -1,
    parent_path text not null default 'x',
    system char(1) not null default 'n'
);

create table rt_act_params (
    rt_id integer not null references resource_types on delete cascade,
    name text not null,
    value text not null,
    primary key (rt_id, name)
);

create table lab_rt_attributes (
    rt_id integer not null references resource_types on delete cascade,
    attribute text not null,
    primary key (rt_id, attribute)
);

create table lab_service_templates (
    st_id serial primary key,
    owner_id integer not null references lab_accounts,
    name text not null,
    description text not null default '',
    version integer not null default 1,
    active boolean not null,
    autoprovidable boolean not null,
    category text not null default 'custom',
    account_wide_services boolean not null default false,
    m_time timestamp not null default (clock_timestamp() at time zone 'UTC')
);

create table st_resources (
    st_id integer not null references lab_service_templates on delete cascade,
    rt_id integer not null references resource_types,
    src_rt_instance_id integer,
    sub_limit bigint not null default -1,
    primary key (st_id, rt_id)
);
create index on st_resources (rt_id);

create table st_act_params (
    st_id integer not null,
    rt_id integer not null,
    name text not null,
    value text not null,
    primary key (st_id, rt_id, name),
    foreign key (st_id, rt_id) references st_resources on delete cascade
);

create table subscriptions (
    sub_id serial primary key,
    name text not null,
    st_id integer references lab_service_templates,
    st_version integer not null default 1,
    owner_id integer not null references lab_accounts,
    active boolean not null default true,
    c_date timestamp not null,
    aps_id uuid not null unique default gen_random_uuid(),
    revision integer not null default 1,
    modified timestamp not null
);
create index on subscriptions (st_id);
create index on subscriptions (owner_id);

create table subs_resources (
    rt_instance_id serial primary key,
    sub_id integer not null references subscriptions on delete cascade,
    rt_id integer not null references resource_types,
    sub_limit bigint not null,
    curr_usage bigint not null default 0,
    own_usage bigint not null default 0,
    path text not null default 'x',
    last_checkpoint timestamp not null default (clock_timestamp() at time zone 'UTC'),
    unique (sub_id, rt_id)
);
create index on subs_resources (rt_id);

-- What a subscription, locked for the caller's transaction, has of some resource types. No rows where there is no such
-- subscription. The lock is a statement of its own: only what begins after it sees what another writer has committed.
create function lab_locked_limits(number integer, kinds integer[])
returns table (rt_id integer, resclass_name text, sub_limit bigint, curr_usage bigint) language plpgsql as $$
begin
    perform 1 from subscriptions s where s.sub_id = number for update;
    if found then
        return query
            select rt.rt_id, rc.name, sr.sub_limit, sr.curr_usage
            from resource_types rt join resource_classes rc using (class_id)
            left join subs_resources sr on sr.rt_id = rt.rt_id and sr.sub_id = number
            where rt.rt_id = any(kinds);
    end if;
end $$;

-- Applications ---------------------------------------------------------------------------------------------

create table lab_applications (
    application_id serial primary key,
    aps_application_id text not null unique,
    name text not null
);

create table lab_packages (
    package_id serial primary key,
    application_id integer not null references lab_applications,
    version text not null,
    release text not null,
    status text not null,
    enabled boolean not null,
    relations text not null check (relations in ('pending', 'ok', 'failed')),
    aps_id uuid not null unique default gen_random_uuid(),
    metadata jsonb not null,
    unique (application_id, version, release)
);

create table lab_instances (
    instance_id serial primary key,
    application_id integer not null references lab_applications,
    package_id integer not null references lab_packages,
    number integer not null,
    name text not null,
    status text not null,
    url text not null,
    resource_id uuid not null unique
);

create table lab_instance_settings (
    instance_id integer not null references lab_instances on delete cascade,
    setting_id text not null,
    value text not null,
    primary key (instance_id, setting_id)
);

create table lab_instance_resource_types (
    rt_id integer primary key references resource_types on delete cascade,
    instance_id integer not null references lab_instances on delete cascade
);

-- Resources of the APS controller that are neither subscriptions nor instances (the hub, licence objects, accounts).
create table lab_aps_resources (
    aps_id uuid primary key,
    types text[] not null,
    position integer not null,
    modified timestamp not null,
    data jsonb not null
);

-- The collection of subscriptions; its first columns let a query find a page without making every other object.
create view lab_subscription_view as
select s.sub_id, s.st_id, s.aps_id, array['http://parallels.com/aps/types/pa/subscription/1.0',
                                          'http://aps-standard.org/types/core/subscription/1.0'] as types,
       s.sub_id as position, s.revision, s.modified, '{}'::jsonb as meta,
       jsonb_build_object('name', s.name, 'description', '', 'disabled', not s.active, 'trial', false,
                          'subscriptionId', s.sub_id, 'serviceTemplateId', s.st_id) as data
from subscriptions s;

-- What the APS controller shows: every resource with its types (its own first, then what it implements).
create view lab_aps_view as
select aps_id, types, position, revision, modified, meta, data from lab_subscription_view
union all
select i.resource_id, array[a.aps_application_id || '/app/' || split_part(p.version, '.', 1) || '.0',
                            'http://aps-standard.org/types/core/application/1.0'],
       i.instance_id, 1, timestamp '2017-01-01',
       jsonb_build_object('package', jsonb_build_object('id', p.aps_id, 'href', '/aps/2/packages/' || p.aps_id,
                          'name', a.name, 'version', p.version, 'release', p.release,
                          'type', a.aps_application_id)),
       jsonb_build_object('name', i.name, 'endpoint', i.url)
from lab_instances i join lab_packages p using (package_id) join lab_applications a on a.application_id = i.application_id
union all
-- What the members of appIDs are is not documented; the lab gives the numbers of applications as text.
select md5('service template ' || t.st_id)::uuid, array['http://parallels.com/aps/types/pa/serviceTemplate/1.2'],
       t.st_id, 1, timestamp '2017-01-01', '{}'::jsonb,
       jsonb_build_object('serviceTemplateId', t.st_id, 'name', t.name, 'autoprovisioning', true, 'appIDs',
                          (select coalesce(jsonb_agg(distinct p.value order by p.value), '[]'::jsonb) from st_resources r
                           join rt_act_params p using (rt_id) where r.st_id = t.st_id and p.name = 'app_id'))
from lab_service_templates t
union all
select aps_id, types, position, 1, modified, '{}'::jsonb, data from lab_aps_resources;

create view lab_package_view as
select p.aps_id, array['http://parallels.com/aps/types/pa/package/1.0'] as types, p.package_id as position,
       1 as revision, timestamp '2017-01-01' as modified,
       jsonb_build_object('href', '/aps/2/packages/' || p.aps_id) as meta,
       jsonb_build_object('apsVersion', '2.0', 'id', a.aps_application_id, 'name', a.name, 'version', p.version,
                          'release', p.release, 'services',
                          (select coalesce(jsonb_object_agg(service, '{}'::jsonb), '{}'::jsonb)
                           from jsonb_array_elements_text(p.metadata->'services') service)) as data,
       p.enabled and p.status = 'Ready' as active
from lab_packages p join lab_applications a using (application_id)
where p.status in ('Content importing', 'Content error', 'Ready', 'Removing');

-- Laboratory -----------------------------------------------------------------------------------------------

create table lab_allowed_networks (
    network cidr primary key
);

create table lab_billing_units (
    resource_type_id integer primary key,
    unit text not null
);

create table lab_billing_plans (
    plan_id integer primary key,
    st_id integer not null,
    name text not null
);

create table lab_billing_rates (
    rate_id integer primary key,
    plan_id integer not null references lab_billing_plans,
    resource_type_id integer not null,
    name text not null,
    included bigint not null,
    upper_limit bigint not null,
    setup_fee numeric(20, 2) not null,
    recurring_fee numeric(20, 2) not null
);
create index on lab_billing_rates (plan_id);

-- The unit is that of the resource, whose name is the lab's own as long as nobody changed it.
create view lab_billing_rates_with_units as
    select rates.*, coalesce(units.unit, 'unit') as unit
    from lab_billing_rates rates left join lab_billing_units units using (resource_type_id);

create table lab_billing_service_parameters (
    st_id integer not null,
    name text not null,
    value_type text not null,
    primary key (st_id, name)
);

-- Cloud subscriptions of Microsoft that somebody tried to import.
create table lab_cloud_subscriptions (
    cloud_subscription_id text primary key,
    attempts integer not null,
    sub_id integer unique references subscriptions on delete set null
);

create table lab_script_runs (
    run_id serial primary key,
    script text not null,
    arguments jsonb not null,
    python text not null,
    folder text not null,
    package text,
    exit_code integer
);

grant usage on schema public to oss_reader;
grant select on all tables in schema public to oss_reader;
