"""Going on by text from the page, and coming back to it with the link of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.fake_chat import FakeChat, Server, answer, place
from tests.browser.gateway_server import GatewayServer
from tests.databases import SqliteDatabases

LINK = "0123456789abcdef01234567"
NUMBER = "(916) 555-0177"


def say(page: Page, text: str) -> None:
    page.get_by_label("What do you need?").fill(text)
    page.get_by_label("What do you need?").press("Enter")


def panel(page: Page) -> Locator:
    return page.locator("#phone")


def listed(page: Page, server: Server, chat: FakeChat) -> Locator:
    """A page with listings on it, and the button under them."""
    chat.answers = lambda text: [answer("Here are two.", matches=[place(), place(service="Oak Park Pantry")])]
    page.goto(server.url)
    say(page, "food 95814")
    button = page.get_by_role("button", name="Text me this list")
    expect(button).to_be_visible()
    return button


def give_number(page: Page, number: str = NUMBER) -> None:
    page.get_by_label("Your mobile phone number").fill(number)
    page.get_by_role("button", name="I agree. Text me a code").click()


# ---- the list by text --------------------------------------------------------------------------------------


def test_the_list_is_texted_after_the_number_is_proved_and_the_number_stays_out_of_the_chat(
    page: Page, server: Server, chat: FakeChat
) -> None:
    button = listed(page, server, chat)
    button.click()
    expect(panel(page).get_by_role("heading")).to_be_focused()
    expect(panel(page)).to_contain_text("Msg & data rates may apply.")
    number = page.get_by_label("Your mobile phone number")
    expect(number).to_have_attribute("type", "tel")
    expect(number).to_have_attribute("autocomplete", "tel")
    give_number(page)
    code = page.get_by_label("The 6-digit code")
    expect(code).to_be_focused()
    expect(code).to_have_attribute("autocomplete", "one-time-code")
    expect(code).to_have_attribute("inputmode", "numeric")
    expect(panel(page)).to_contain_text(f"I texted a code to {NUMBER}.")
    expect(panel(page)).to_contain_text("No code? If this phone once told us to stop, text START")
    code.fill(chat.code)
    code.press("Enter")
    expect(panel(page)).to_be_hidden()
    expect(button).to_be_focused()
    expect(page.locator(".turn").last).to_contain_text("I texted it to the phone ending in 42.")
    assert chat.phone_posts == [
        ("phone", {"phone": NUMBER, "safe": False}),
        ("phone/confirm", {"code": chat.code, "list": True}),
    ]
    assert chat.texts() == ["food 95814"]
    kept = page.evaluate("JSON.stringify(sessionStorage) + JSON.stringify(localStorage) + document.body.innerHTML")
    assert "0177" not in kept


def test_a_second_list_goes_to_the_same_phone_with_one_tap(page: Page, server: Server, chat: FakeChat) -> None:
    chat.joined = "42"
    listed(page, server, chat).click()
    expect(page.locator(".turn").last).to_contain_text("I texted it to the phone ending in 42.")
    expect(panel(page)).to_be_hidden()
    assert chat.phone_posts == [("phone/list", {"safe": False})]


def test_only_the_newest_listings_can_be_texted(page: Page, server: Server, chat: FakeChat) -> None:
    listed(page, server, chat)
    say(page, "diapers")
    expect(page.get_by_role("article")).to_have_count(4)
    expect(page.get_by_role("button", name="Text me this list")).to_have_count(1)
    below = page.evaluate(
        "document.querySelector('.by-text').compareDocumentPosition([...document.querySelectorAll('.cards')].pop())"
    )
    assert below == 2  # the last cards come before it


def test_what_is_wrong_is_said_at_the_field_and_can_be_mended(page: Page, server: Server, chat: FakeChat) -> None:
    listed(page, server, chat).click()
    chat.phone_errors = [(400, "bad_phone", "Please type 10 digits.")]
    give_number(page, "555")
    number = page.get_by_label("Your mobile phone number")
    expect(number).to_be_focused()
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(number).to_have_accessible_description("Please type 10 digits. Example: 916-555-0142")
    give_number(page)
    code = page.get_by_label("The 6-digit code")
    code.fill("111111")
    page.get_by_role("button", name="Confirm").click()
    expect(code).to_have_accessible_description(re.compile("^That is not the code."))
    expect(code).to_be_focused()
    page.get_by_role("button", name="Change the number").click()
    expect(number).to_have_value(NUMBER)


def test_a_line_that_breaks_is_said_and_nothing_typed_is_lost(page: Page, server: Server, chat: FakeChat) -> None:
    listed(page, server, chat).click()
    expect(page.get_by_label("Your mobile phone number")).to_be_visible()
    server.stop()
    give_number(page)
    expect(panel(page)).to_contain_text("can’t connect right now")
    expect(page.get_by_label("Your mobile phone number")).to_have_value(NUMBER)
    server.start()
    page.get_by_role("button", name="I agree. Text me a code").click()
    expect(page.get_by_label("The 6-digit code")).to_be_visible()


def test_a_double_tap_asks_for_one_code(page: Page, server: Server, chat: FakeChat) -> None:
    listed(page, server, chat).click()
    page.get_by_label("Your mobile phone number").fill(NUMBER)
    page.get_by_role("button", name="I agree. Text me a code").dblclick()
    expect(page.get_by_label("The 6-digit code")).to_be_visible()
    assert [path for path, _ in chat.phone_posts] == ["phone"]


# ---- is it safe --------------------------------------------------------------------------------------------


def test_after_talk_of_violence_the_page_asks_first_and_a_phone_that_is_not_safe_gets_nothing(
    page: Page, server: Server, chat: FakeChat
) -> None:
    chat.ask_first = True
    listed(page, server, chat).click()
    expect(panel(page)).to_contain_text("Is it safe to get texts on this phone? Someone who looks at it could read them.")
    expect(panel(page).locator("input")).to_have_count(0)
    page.get_by_role("button", name="Not safe").click()
    expect(panel(page)).to_contain_text("Then I won’t text it.")
    page.evaluate("window.print = () => { window.printed = true; }")
    panel(page).get_by_role("button", name="Print or save").click()
    assert page.evaluate("window.printed") is True
    panel(page).get_by_role("button", name="Close").click()
    expect(page.get_by_role("article")).to_have_count(2)
    assert chat.phone_posts == []


def test_a_phone_that_is_safe_goes_on_as_any_other(page: Page, server: Server, chat: FakeChat) -> None:
    chat.ask_first = True
    listed(page, server, chat).click()
    page.get_by_role("button", name="Yes, it’s safe").click()
    give_number(page)
    expect(page.get_by_label("The 6-digit code")).to_be_visible()
    assert chat.phone_posts == [("phone", {"phone": NUMBER, "safe": True})]


def test_violence_that_came_up_meanwhile_still_asks_first(page: Page, server: Server, chat: FakeChat) -> None:
    listed(page, server, chat).click()
    chat.phone_errors = [(409, "ask_first", "Is it safe?")]
    give_number(page)
    page.get_by_role("button", name="Yes, it’s safe").click()
    give_number(page)
    expect(page.get_by_label("The 6-digit code")).to_be_visible()
    assert [body["safe"] for _, body in chat.phone_posts] == [False, True]


# ---- anywhere, any time ------------------------------------------------------------------------------------


def test_going_on_by_text_can_be_chosen_before_anything_is_said(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="Continue by text").click()
    give_number(page)
    page.get_by_label("The 6-digit code").fill(chat.code)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".turn").last).to_contain_text("I texted it to the phone ending in 42.")
    expect(page.get_by_role("button", name="Continue by text")).to_be_focused()
    assert chat.sessions == 1
    assert chat.phone_posts[-1] == ("phone/confirm", {"code": chat.code, "list": False})
    page.get_by_role("button", name="Continue by text").click()
    expect(panel(page)).to_contain_text("with the phone ending in 42.")


def test_escape_closes_the_panel_and_forgets_the_number(page: Page, server: Server, chat: FakeChat) -> None:
    button = listed(page, server, chat)
    button.click()
    give_number(page)
    expect(page.get_by_label("The 6-digit code")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    expect(page.get_by_label("Your mobile phone number")).to_have_value("")


def test_without_texts_nothing_of_them_is_shown(page: Page, server: Server, chat: FakeChat) -> None:
    chat.texting = False
    chat.answers = lambda text: [answer("Here is one.", matches=[place()])]
    page.goto(server.url)
    say(page, "food")
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_role("button", name=re.compile("text", re.IGNORECASE))).to_have_count(0)


def test_the_panel_speaks_the_language_the_family_speaks(page: Page, server: Server, chat: FakeChat) -> None:
    chat.answers = lambda text: [answer("Aquí hay uno.", language="es", matches=[place()])]
    chat.ask_first = True
    page.goto(server.url)
    say(page, "necesito comida")
    page.get_by_role("button", name="Mándame esta lista por texto").click()
    expect(panel(page)).to_have_attribute("lang", "es")
    page.get_by_role("button", name="Sí, es seguro").click()
    expect(page.get_by_label("Tu número de celular")).to_be_visible()


def test_every_step_fits_a_small_phone_and_a_thumb(page: Page, server: Server, chat: FakeChat) -> None:
    page.set_viewport_size({"width": 320, "height": 560})
    chat.ask_first = True
    chat.answers = lambda text: [answer("Aquí hay uno.", language="es", matches=[place()])]
    page.goto(f"{server.url}?lang=es")
    page.get_by_label("¿Qué necesitas?").fill("comida")
    page.get_by_label("¿Qué necesitas?").press("Enter")
    page.get_by_role("button", name="Mándame esta lista por texto").click()
    steps = ["Sí, es seguro", "Acepto. Mándame un código", "Confirmar"]
    for step in steps:
        button = page.get_by_role("button", name=step)
        expect(button).to_be_visible()
        if step != steps[0]:
            panel(page).locator("input").fill("9165550142" if step == steps[1] else "000000")
        small = page.evaluate(
            """() => [...document.querySelectorAll("#phone button, #phone input, .by-text button")]
                .filter((each) => each.offsetHeight < 44 || each.offsetWidth < 44).map((each) => each.outerHTML)"""
        )
        assert small == []
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        button.click()
    expect(panel(page).locator(".error")).not_to_be_empty()
    assert page.evaluate("document.documentElement.scrollWidth") == 320


# ---- deleting in words -------------------------------------------------------------------------------------


def test_asking_in_words_to_delete_everything_empties_the_page_and_shows_the_receipt(
    page: Page, server: Server, chat: FakeChat
) -> None:
    listed(page, server, chat).click()
    expect(panel(page)).to_be_visible()
    say(page, "delete my data")
    expect(page.locator("#outcome")).to_have_text("Done. Everything is erased. Receipt K7Q2-8MTX.")
    expect(page.get_by_role("article")).to_have_count(0)
    expect(page.locator(".turn:not(#greeting)")).to_have_count(0)
    expect(panel(page)).to_be_hidden()
    assert page.evaluate("sessionStorage.getItem('homeward')") is None
    say(page, "hello again")
    expect(page.get_by_role("article")).to_have_count(2)
    assert chat.sessions == 2


# ---- back with a link --------------------------------------------------------------------------------------


def test_a_link_opens_the_thread_leaves_no_trace_in_the_address_and_shows_the_past_when_asked(
    page: Page, server: Server, chat: FakeChat
) -> None:
    chat.links = [LINK]
    chat.add(answer("food 95814") | {"from": "family"})
    chat.add(answer("Here are two.", matches=[place(), place()]))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}#t={LINK}")
    earlier = page.get_by_role("button", name="Show earlier messages")
    expect(earlier).to_be_visible()
    expect(page.get_by_role("article")).to_have_count(0)
    assert page.url == server.url
    assert page.evaluate("history.length") <= 2
    assert [url for url in asked if LINK in url] == []
    say(page, "thank you")
    expect(page.locator(".turn.family")).to_have_count(1)
    page.reload()
    expect(earlier).to_be_visible()
    earlier.click()
    expect(page.get_by_role("article")).to_have_count(2)
    expect(earlier).to_be_hidden()
    expect(page.locator(".turn.family")).to_have_text(["You: food 95814", "You: thank you"])
    page.reload()
    expect(page.get_by_role("article")).to_have_count(2)
    assert chat.sessions == 1


def test_a_used_link_is_told_kindly_and_a_new_chat_begins(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(f"{server.url}#t={LINK}")
    expect(page.get_by_text("This link was already used.")).to_be_visible()
    expect(page.get_by_role("button", name="Diapers")).to_be_visible()
    assert page.url == server.url
    say(page, "food")
    expect(page.get_by_text("You said: food")).to_be_visible()
    page.reload()
    expect(page.get_by_text("You said: food")).to_be_visible()
    expect(page.get_by_text("This link was already used.")).to_have_count(0)


def test_a_link_pasted_into_the_open_page_works_too(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    expect(page.get_by_role("button", name="Diapers")).to_be_visible()
    chat.links = [LINK]
    chat.add(answer("Said by text."))
    page.evaluate(f"location.hash = '#t={LINK}'")
    page.get_by_role("button", name="Show earlier messages").click()
    expect(page.get_by_text("Said by text.")).to_be_visible()


# ---- the whole way -----------------------------------------------------------------------------------------


@pytest.fixture
def gateway(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[GatewayServer]:
    with sqlite_databases.new() as engine:
        server = GatewayServer(engine, tmp_path)
        yield server
        server.close()


def test_from_the_page_to_the_phone_and_back_to_the_page(page: Page, gateway: GatewayServer) -> None:
    page.goto(gateway.url)
    say(page, "food 95814")
    page.get_by_role("button", name="Text me this list").click()
    give_number(page)
    expect(page.get_by_label("The 6-digit code")).to_be_visible()
    page.get_by_label("The 6-digit code").fill(gateway.texts()[-1][:6])
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("I texted the list to the phone ending in 77.")).to_be_visible()
    assert "Maple Street Pantry" in gateway.texts()[-1]
    gateway.hear("WEB")
    [link] = re.findall(r"https?://\S+/(#t=\w+)", gateway.texts()[-1])
    other = page.context.new_page()
    other.goto(gateway.url + link)
    other.get_by_role("button", name="Show earlier messages").click()
    expect(other.get_by_role("article")).to_have_count(1)
    gateway.hear("thank you")  # what is said by text is on the page too
    expect(other.get_by_text("thank you", exact=True)).to_be_visible()
    expect(other.get_by_text("you said thank you")).to_be_visible()
