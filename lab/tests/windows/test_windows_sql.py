"""The SQL Server behind the gateways: connection strings, logins, roles."""

from __future__ import annotations

import pytest
from conftest import Starter
from office365_lab.windows import sql_server
from office365_lab.windows.errors import WindowsError


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Server=sql01;Uid=me", {"server": "sql01", "uid": "me"}),
        (" Data Source = sql01 ; Password = a b ;", {"data source": "sql01", "password": "a b"}),
        ('Password="a;""b"" = \'c\'";Server=x', {"password": "a;\"b\" = 'c'", "server": "x"}),
        ("Password='it''s; \"q\"'", {"password": 'it\'s; "q"'}),
        ("Password=", {"password": ""}),
        ("", {}),
    ],
)
def test_connection_strings(text: str, words: dict[str, str]) -> None:
    assert sql_server.parse(text) == words


def test_a_text_without_words_is_no_connection_string() -> None:
    with pytest.raises(sql_server.NoConnectionStringError):
        sql_server.parse("only a text")


def test_roles_and_refusals(start_lab: Starter) -> None:
    host = start_lab(listen=False, gateways=1).host
    login = host.state.get("sql_logins")[0]["login"]
    good = f"Server={sql_server.SERVER};User ID={host.sql_username};Password={host.sql_password}"

    def ask(text: str = good, name: str = login) -> bool | None:
        return sql_server.membership(host, text, name).member

    assert (ask(), ask(name=""), ask(name="nobody")) == (True, True, None)
    host.state.change(lambda state: state["sql_logins"][0].update(sysadmin=False))
    assert ask() is False
    with pytest.raises(WindowsError, match="Login failed for user"):
        ask(good + "x")
    with pytest.raises(WindowsError, match="not found"):
        ask("Server=elsewhere")
    host.faults.add("^sql:iis01:", "fail")
    with pytest.raises(WindowsError, match="Login failed for user"):
        ask()
    assert ask() is False
