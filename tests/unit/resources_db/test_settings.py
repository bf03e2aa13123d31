from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from resources_db.errors import SettingsError
from resources_db.settings import load_settings, unknown_settings


def test_an_empty_environment_is_enough() -> None:
    settings = load_settings({})
    assert settings.var_dir == Path("var").absolute()
    assert settings.database_url == f"sqlite:///{settings.var_dir}/homeward.db"
    assert (settings.port, settings.public_url, settings.geocoder) == (8080, "http://localhost:8080", "offline")
    assert (settings.rasa_port, settings.actions_port) == (0, 0)


def test_what_is_given_is_taken() -> None:
    settings = load_settings(
        {
            "HOMEWARD_VAR": "/srv/homeward",
            "HOMEWARD_PORT": "9000",
            "HOMEWARD_PUBLIC_URL": "https://help.example.org/",
            "HOMEWARD_GEOCODER": "ArcGIS",
            "HOMEWARD_RASA_PORT": "5005",
            "PATH": "/bin",
        }
    )
    assert settings.database_url == "sqlite:////srv/homeward/homeward.db"
    assert settings.public_url == "https://help.example.org"
    assert (settings.port, settings.rasa_port, settings.geocoder) == (9000, 5005, "arcgis")


def test_the_address_of_the_page_follows_the_port() -> None:
    assert load_settings({"HOMEWARD_PORT": "9001"}).public_url == "http://localhost:9001"


@pytest.mark.parametrize("url", ["postgres://u:p@db/homeward", "postgresql://u:p@db/homeward"])
def test_both_spellings_of_postgresql_are_understood(url: str) -> None:
    assert load_settings({"HOMEWARD_DATABASE_URL": url}).database_url == "postgresql://u:p@db/homeward"


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(
            {
                "HOMEWARD_PORT": "abc",
                "HOMEWARD_ACTIONS_PORT": "70000",
                "HOMEWARD_PUBLIC_URL": "help.example.org",
                "HOMEWARD_GEOCODER": "google",
                "HOMEWARD_DATABASE_URL": "mysql://root:hunter2@db/x",
                "HOMEWARD_SECRET_KEY": "short",
            }
        )
    problems = caught.value.problems
    assert len(problems) == 6
    assert 'HOMEWARD_PORT is "abc": give a number from 1 to 65535' in problems
    assert all(problem in str(caught.value) for problem in problems)
    assert "hunter2" not in str(caught.value)
    assert '"short"' not in str(caught.value)


def test_a_slip_of_the_pen_is_told_and_stops_nothing() -> None:
    environ = {"HOMEWARD_GEOCODR": "arcgis", "HOMEWARD_PORT": "9000", "HOME": "/root"}
    assert load_settings(environ).geocoder == "offline"
    assert unknown_settings(environ) == ["HOMEWARD_GEOCODR is not a setting: did you mean HOMEWARD_GEOCODER?"]


def test_settings_can_be_logged_without_their_secrets() -> None:
    settings = load_settings({"HOMEWARD_SECRET_KEY": "k" * 32, "HOMEWARD_DATABASE_URL": "postgresql://u:hunter2@db/homeward"})
    assert "hunter2" not in repr(settings)
    assert "kkk" not in repr(settings)


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    environ = {"HOMEWARD_VAR": str(tmp_path / "var")}
    key = load_settings(environ).secret_key()
    assert len(key) >= 32
    assert load_settings(environ).secret_key() == key
    kept = tmp_path / "var" / "secret_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in kept.parent.iterdir()] == ["secret_key"]


def test_a_key_that_is_given_is_not_written_down(tmp_path: Path) -> None:
    settings = load_settings({"HOMEWARD_VAR": str(tmp_path), "HOMEWARD_SECRET_KEY": "k" * 32})
    assert settings.secret_key() == "k" * 32
    assert list(tmp_path.iterdir()) == []


def test_parts_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    settings = load_settings({"HOMEWARD_VAR": str(tmp_path)})
    keys: list[str] = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        keys.append(settings.secret_key())

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_nominatims_public_server_is_only_asked_by_those_who_say_who_they_are() -> None:
    with pytest.raises(SettingsError, match=r"HOMEWARD_PUBLIC_URL is .*nominatim's public server has to know who asks"):
        load_settings({"HOMEWARD_GEOCODER": "nominatim"})
    told = {"HOMEWARD_GEOCODER": "nominatim", "HOMEWARD_PUBLIC_URL": "https://help.example.org"}
    assert load_settings(told).geocoder == "nominatim"
    assert load_settings({"HOMEWARD_GEOCODER": "nominatim:http://10.0.0.5:8088"}).geocoder == "nominatim:http://10.0.0.5:8088"


def test_the_census_geocoder_can_be_chosen() -> None:
    assert load_settings({"HOMEWARD_GEOCODER": "Census"}).geocoder == "census"


def test_no_proxy_is_trusted_unless_told() -> None:
    assert load_settings({}).trusted_proxies == 0
    assert load_settings({"HOMEWARD_TRUSTED_PROXIES": "1"}).trusted_proxies == 1
    for value in ("-1", "yes", "10"):
        with pytest.raises(SettingsError, match="HOMEWARD_TRUSTED_PROXIES"):
            load_settings({"HOMEWARD_TRUSTED_PROXIES": value})


TEXTS = {"HOMEWARD_SMS_ACCOUNT_SID": f"AC{'0' * 32}", "HOMEWARD_SMS_AUTH_TOKEN": "hunter2", "HOMEWARD_SMS_FROM": "+19165550100"}


def test_without_a_carrier_there_are_no_texts() -> None:
    assert load_settings({}).carrier is None


def test_three_settings_turn_texts_on() -> None:
    carrier = load_settings(TEXTS).carrier
    assert carrier
    assert (carrier.sms_from, carrier.api_base, carrier.old_auth_token) == ("+19165550100", "https://api.twilio.com", None)


def test_texts_may_come_from_a_messaging_service() -> None:
    carrier = load_settings({**TEXTS, "HOMEWARD_SMS_FROM": f"MG{'a' * 32}"}).carrier
    assert carrier
    assert carrier.sms_from.startswith("MG")


@pytest.mark.parametrize("missing", TEXTS)
def test_a_carrier_that_is_half_set_up_is_said(missing: str) -> None:
    with pytest.raises(SettingsError, match=f"{missing} is not set: texting needs"):
        load_settings({name: value for name, value in TEXTS.items() if name != missing})


def test_wrong_texting_settings_are_said_without_the_token() -> None:
    wrong = {"HOMEWARD_SMS_ACCOUNT_SID": "AC1", "HOMEWARD_SMS_AUTH_TOKEN": "hunter2", "HOMEWARD_SMS_FROM": "916-555-0100"}
    with pytest.raises(SettingsError) as caught:
        load_settings({**wrong, "HOMEWARD_SMS_API_BASE": "twilio", "HOMEWARD_RETENTION_SMS_DAYS": "never"})
    assert len(caught.value.problems) == 4
    assert "hunter2" not in str(caught.value)


def test_keys_of_before_are_kept_in_a_list() -> None:
    assert load_settings({"HOMEWARD_OLD_SECRET_KEYS": f"{'a' * 32}, {'b' * 32}"}).old_secret_keys == ("a" * 32, "b" * 32)
    with pytest.raises(SettingsError, match="HOMEWARD_OLD_SECRET_KEYS is unusable"):
        load_settings({"HOMEWARD_OLD_SECRET_KEYS": f"{'a' * 32},short"})


def test_how_long_things_are_kept_can_be_set() -> None:
    settings = load_settings({"HOMEWARD_RETENTION_WEB_HOURS": "12", "HOMEWARD_RETENTION_SMS_DAYS": "7"})
    assert (settings.retention_web_hours, settings.retention_sms_days) == (12, 7)
    assert (load_settings({}).retention_web_hours, load_settings({}).retention_sms_days) == (24, 30)


def test_without_a_mail_server_there_is_no_email() -> None:
    assert load_settings({}).mail_server is None


def test_a_host_and_a_sender_turn_email_on_with_a_secure_connection() -> None:
    given = {"HOMEWARD_SMTP_HOST": "mail.example.org", "HOMEWARD_SMTP_FROM": "homeward@example.org"}
    server = load_settings(given).mail_server
    assert server
    assert (server.host, server.port, server.security) == ("mail.example.org", 587, "starttls")
    tls = load_settings({**given, "HOMEWARD_SMTP_SECURITY": "TLS"}).mail_server
    assert tls
    assert (tls.port, tls.security) == (465, "tls")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"HOMEWARD_SMTP_FROM": ""}, "HOMEWARD_SMTP_FROM is not set"),
        ({"HOMEWARD_SMTP_HOST": ""}, "HOMEWARD_SMTP_HOST is not set"),
        ({"HOMEWARD_SMTP_FROM": "nobody"}, "give an address"),
        ({"HOMEWARD_SMTP_SECURITY": "ssl"}, "give starttls, tls, or none"),
        ({"HOMEWARD_SMTP_SECURITY": "none"}, "readable on the way"),
    ],
)
def test_a_mail_server_that_is_half_set_up_or_unsafe_is_said(changed: dict[str, str], told: str) -> None:
    given = {"HOMEWARD_SMTP_HOST": "mail.example.org", "HOMEWARD_SMTP_FROM": "homeward@example.org"}
    with pytest.raises(SettingsError, match=told):
        load_settings({**given, **changed})


def test_the_mail_servers_password_is_never_shown() -> None:
    given = {
        "HOMEWARD_SMTP_HOST": "mail.example.org",
        "HOMEWARD_SMTP_FROM": "homeward@example.org",
        "HOMEWARD_SMTP_PASSWORD": "s3cret",
    }
    assert "s3cret" not in repr(load_settings(given))
