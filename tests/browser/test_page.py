"""What a family meets on the page, on good days and bad ones."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.fake_chat import FakeChat, Server, answer, place

CRISIS = (
    "I am glad you told me.\n\nCall or text 988 now. In danger, call 911 or 1-800-799-7233. "
    "Or text HOME to 741741. More at https://988lifeline.org."
)


def say(page: Page, text: str) -> None:
    page.get_by_label("What do you need?").fill(text)
    page.get_by_label("What do you need?").press("Enter")


def heard(page: Page) -> Locator:
    """What Homeward said since its greeting."""
    return page.locator(".turn.homeward:not(#greeting)")


def own(page: Page) -> Locator:
    return page.locator(".turn.family")


def eventually(holds: Callable[[], bool]) -> None:
    """Wait for the server's side of something, up to ten seconds."""
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert holds()


# ---- before anything works ---------------------------------------------------------------------------------


def test_hotlines_can_be_called_without_javascript(browser: Browser, server: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.url)
    strip = page.get_by_role("navigation", name="Help right now")
    expect(strip.get_by_role("link")).to_have_count(4)
    assert [link.get_attribute("href") for link in strip.get_by_role("link").all()] == [
        "tel:911",
        "tel:988",
        "tel:+18007997233",
        "tel:211",
    ]
    expect(page.locator("noscript .notice")).to_be_visible()
    expect(page.locator("#composer")).to_be_hidden()
    page.get_by_text("All help numbers").click()
    expect(page.get_by_role("link", name="Crisis line by text")).to_have_attribute("href", "sms:988")
    expect(page.get_by_role("link", name="Leave")).to_have_attribute("href", re.compile(r"^https://"))
    context.close()


def test_nothing_is_asked_of_the_server_or_anyone_else_before_the_family_speaks(
    page: Page, server: Server, chat: FakeChat
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.url)
    expect(page.get_by_role("button", name="Diapers")).to_be_visible()
    assert chat.sessions == 0
    assert [url for url in asked if not url.startswith((server.url, "data:"))] == []


# ---- talking -----------------------------------------------------------------------------------------------


def test_an_answer_is_shown_once_and_said_once_to_screen_readers(page: Page, server: Server) -> None:
    page.goto(server.url)
    say(page, "food near 95814")
    expect(heard(page)).to_have_text(["Homeward: You said: food near 95814"])
    expect(own(page)).to_have_count(1)
    expect(page.locator("#announce")).to_have_text("You said: food near 95814")
    expect(page.locator("#log")).to_have_attribute("aria-live", "off")
    expect(page.locator("#typing")).to_be_hidden()


def test_the_servers_greeting_is_not_said_on_top_of_the_pages_own(page: Page, server: Server) -> None:
    page.goto(server.url)
    say(page, "hi")
    expect(heard(page)).to_have_count(1)
    page.reload()
    expect(heard(page)).to_have_count(1)
    expect(page.get_by_text("Hello from the server.")).to_have_count(0)


def test_a_suggestion_is_sent_with_a_tap(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="Child care").click()
    expect(heard(page)).to_have_count(1)
    assert chat.texts() == ["I need child care"]
    expect(page.get_by_role("button", name="Diapers")).to_be_hidden()


def test_shift_enter_makes_a_new_line_and_enter_sends(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    box = page.get_by_label("What do you need?")
    box.press_sequentially("food")
    box.press("Shift+Enter")
    box.press_sequentially("and diapers")
    box.press("Enter")
    expect(heard(page)).to_have_count(1)
    assert chat.texts() == ["food\nand diapers"]
    expect(box).to_have_value("")


def test_messages_told_twice_are_shown_once(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    say(page, "one")
    expect(heard(page)).to_have_count(1)
    chat.echo_twice = True
    say(page, "two")
    expect(heard(page)).to_have_count(2)
    expect(page.get_by_text("You said: one")).to_have_count(1)
    expect(own(page)).to_have_count(2)


def test_two_messages_in_a_row_arrive_in_order(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    for text in ("first", "second", "third"):
        say(page, text)
    expect(heard(page)).to_have_count(3)
    assert chat.texts() == ["first", "second", "third"]
    expect(page.locator(".turn:not(#greeting)")).to_have_text(
        [
            "You: first",
            "Homeward: You said: first",
            "You: second",
            "Homeward: You said: second",
            "You: third",
            "Homeward: You said: third",
        ]
    )


def test_a_person_on_the_team_is_told_apart(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    say(page, "hello")
    expect(heard(page)).to_have_count(1)
    chat.add(answer("This is Ana.") | {"from": "staff"})
    expect(page.locator(".staff")).to_contain_text("A person on the team")
    expect(page.locator(".staff")).to_contain_text("This is Ana.")


def test_html_in_a_message_is_shown_as_text(page: Page, server: Server, chat: FakeChat) -> None:
    chat.answers = lambda text: [
        answer(
            f"<b>bold</b> {text}",
            choices=[{"label": "<i>x</i>", "choice": "c"}],
            matches=[place(service="<img src=x>", website="javascript:alert(1)", why=["<u>why</u>"])],
        )
    ]
    page.goto(server.url)
    say(page, "<script>alert(1)</script>")
    expect(heard(page)).to_contain_text("<b>bold</b> <script>alert(1)</script>")
    expect(own(page)).to_contain_text("<script>alert(1)</script>")
    expect(page.locator("#log").locator("b, i, u, img, script")).to_have_count(0)
    expect(page.get_by_role("link", name="Website")).to_have_count(0)


def test_a_message_that_is_too_long_is_not_sent_and_says_by_how_much(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    box = page.get_by_label("What do you need?")
    box.fill("a" * 3500)
    expect(page.locator("#counter")).to_be_empty()
    box.fill("a" * 3990)
    expect(page.locator("#counter")).to_have_text("10 letters left")
    box.fill("😀" * 4003)
    expect(page.locator("#counter")).to_contain_text("3 letters too long")
    box.press("Enter")
    expect(own(page)).to_have_count(0)
    assert chat.posts == []
    box.fill("😀" * 4000)
    box.press("Enter")
    expect(heard(page)).to_have_count(1)


def test_choices_work_by_keyboard_and_only_once(page: Page, server: Server, chat: FakeChat) -> None:
    chat.answers = lambda text: (
        [answer("Got it.")]
        if text == "opaque-2"
        else [
            answer(
                "Which one?",
                choices=[
                    {"label": "Springfield, Illinois", "choice": "opaque-1"},
                    {"label": "Springfield, Missouri", "choice": "opaque-2"},
                ],
            )
        ]
    )
    page.goto(server.url)
    say(page, "springfield")
    missouri = page.get_by_role("button", name="Missouri")
    missouri.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Got it.")).to_have_count(1)
    expect(own(page).last).to_contain_text("Springfield, Missouri")
    expect(missouri).to_be_focused()
    assert [post.get("choice") for post in chat.posts] == [None, "opaque-2"]


# ---- places ------------------------------------------------------------------------------------------------


def test_a_place_says_what_a_family_needs_to_go_there(page: Page, server: Server, chat: FakeChat) -> None:
    chat.answers = lambda text: [answer("Here is one.", matches=[place()])]
    page.goto(server.url)
    say(page, "food")
    card = page.get_by_role("article")
    expect(card.get_by_role("heading")).to_have_text("Maple Street Pantry")
    for text in (
        "Maple Street Neighbors · 1.2 miles away",
        "Open now",
        "Mon to Fri, 9:00 AM to 4:30 PM",
        "12 Maple St, Sacramento, CA 95814",
        "Walk in.",
        "A bill with your address",
        "Serves your ZIP code",
        "Checked Mar 1, 2020 by phone. That was a while ago, so call first.",
        "Example only, not a real place",
    ):
        expect(card.get_by_text(text, exact=True).first).to_be_visible()
    call = card.get_by_role("link", name="Call (916) 555-0142 ext. 7")
    expect(call).to_have_attribute("href", "tel:+19165550142,7")
    directions = card.get_by_role("link", name="Directions")
    expect(directions).to_have_attribute("href", re.compile("destination=12%20Maple%20St%2C%20Sacramento"))
    for link in (directions, card.get_by_role("link", name="Website")):
        expect(link).to_have_attribute("rel", "noopener noreferrer")
    more = card.get_by_text("Speaks your language")
    expect(more).to_be_hidden()
    card.get_by_text("More about this place").click()
    for text in ("Speaks your language", "English, Spanish", "Ramp at the side door", "Free"):
        expect(card.get_by_text(text, exact=True)).to_be_visible()
    expect(card).to_contain_text("Call and ask if it fits your family.")


def test_a_confidential_place_has_no_address_and_no_directions(page: Page, server: Server, chat: FakeChat) -> None:
    hidden = place(address=None, latitude=None, longitude=None, distance_miles=None)
    chat.answers = lambda text: [answer("Here is one.", matches=[hidden])]
    page.goto(server.url)
    say(page, "a safe place")
    card = page.get_by_role("article")
    expect(card).to_contain_text("No public address.")
    expect(card.get_by_role("link", name="Directions")).to_have_count(0)
    expect(card).not_to_contain_text("mile")
    expect(card.get_by_role("link", name="Call")).to_have_count(1)


def test_what_is_not_known_about_a_place_is_said(page: Page, server: Server, chat: FakeChat) -> None:
    bare = place(
        phones=[],
        website=None,
        open_state="unknown",
        hours="Hours not listed — call first",
        eligibility={"fits": "yes", "reasons": []},
        languages=[],
        cost=None,
        documents=[],
        accessibility=[],
        how_to_access=None,
        verified=None,
        why=[],
        sample=False,
    )
    chat.answers = lambda text: [answer("Here is one.", matches=[bare])]
    page.goto(server.url)
    say(page, "food")
    card = page.get_by_role("article")
    expect(card).to_contain_text("Hours not known")
    expect(card).to_contain_text("Not checked yet. Call before you go.")
    expect(card).not_to_contain_text("Example only")
    expect(card).not_to_contain_text("More about this place")


def test_a_listing_that_cannot_be_drawn_does_not_hide_the_words(page: Page, server: Server, chat: FakeChat) -> None:
    broken = place(open_state="closed", next_open="2026-99-99T09:00:00-07:00")
    chat.answers = lambda text: [answer("Call 211 for food.", matches=[broken])]
    page.goto(server.url)
    say(page, "food")
    expect(heard(page)).to_contain_text("Call 211 for food.")
    chat.answers = lambda text: [answer("And here is one.", matches=[place()])]
    say(page, "more")
    expect(page.get_by_role("article")).to_have_count(1)


def test_several_places_are_numbered_and_a_closed_one_says_when_it_opens_there(
    page: Page, server: Server, chat: FakeChat
) -> None:
    page.clock.set_fixed_time("2026-08-03T23:30:00-07:00")
    closed = place(service="Night Meals", open_state="closed", next_open="2026-08-04T17:00:00-10:00")
    later = place(service="Saturday Meals", open_state="closed", next_open="2026-08-08T09:00:00-07:00")
    chat.answers = lambda text: [answer("Here are some.", matches=[place(), closed, later])]
    page.goto(server.url)
    say(page, "food")
    expect(page.locator(".number")).to_have_text(["1.", "2.", "3."])
    expect(page.get_by_role("article").nth(1)).to_contain_text("Closed now")
    # In Honolulu it is still the evening of August 3.
    expect(page.get_by_role("article").nth(1)).to_contain_text("Opens: tomorrow, 5:00")
    expect(page.get_by_role("article").nth(2)).to_contain_text("Opens: Saturday, 9:00")
    expect(page.locator("#announce")).to_contain_text("3 places")


# ---- crisis ------------------------------------------------------------------------------------------------


def test_a_crisis_answer_stands_out_and_its_numbers_can_be_tapped(page: Page, server: Server, chat: FakeChat) -> None:
    chat.answers = lambda text: [answer(CRISIS, crisis="self_harm")]
    page.goto(server.url)
    say(page, "i want to die")
    crisis = page.locator(".crisis")
    expect(crisis.get_by_role("heading")).to_have_text("You can get help right now")
    buttons = {link.inner_text(): link.get_attribute("href") for link in crisis.locator(".urgent a").all()}
    assert buttons == {
        "Call 988": "tel:988",
        "Text 988": "sms:988",
        "Call 911": "tel:911",
        "Call 1-800-799-7233": "tel:+18007997233",
        "Text HOME to 741741": "sms:741741?&body=HOME",
    }
    expect(crisis.get_by_role("link", name="https://988lifeline.org")).to_have_attribute("target", "_blank")


def test_numbers_that_are_not_phone_numbers_are_left_alone(page: Page, server: Server, chat: FakeChat) -> None:
    text = "The rent is $988, suite 911-B, ZIP 95211, ages 2-11, 988lifeline.org, on 2026-08-03."
    chat.answers = lambda _: [answer(text)]
    page.goto(server.url)
    say(page, "hello")
    expect(heard(page)).to_contain_text(text)
    expect(heard(page).get_by_role("link")).to_have_count(0)


# ---- bad days ----------------------------------------------------------------------------------------------


def test_a_message_whose_line_broke_is_sent_again_with_the_same_id(page: Page, server: Server, chat: FakeChat) -> None:
    chat.drop_after_accepting = 2
    page.goto(server.url)
    say(page, "food near 95814")
    expect(heard(page)).to_have_count(1)
    expect(own(page)).to_have_count(1)
    assert len(chat.posts) == 3
    assert len({post["id"] for post in chat.posts}) == 1
    assert chat.texts() == ["food near 95814"]


def test_a_message_written_while_the_server_is_away_waits_and_is_sent_when_it_is_back(
    page: Page, server: Server, chat: FakeChat
) -> None:
    page.goto(server.url)
    server.stop()
    say(page, "rent help")
    status = page.locator("#status")
    expect(status).to_contain_text("I kept your message")
    expect(status.get_by_role("link", name="911")).to_have_attribute("href", "tel:911")
    expect(own(page)).to_contain_text("Not sent yet.")
    server.start()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(heard(page)).to_have_text(["Homeward: You said: rent help"])
    expect(status).to_be_hidden()
    expect(own(page)).not_to_contain_text("Not sent yet.")


def test_a_message_not_yet_sent_survives_a_reload(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    say(page, "hello")
    expect(heard(page)).to_have_count(1)
    chat.refuse = [503] * 3
    say(page, "rent help")
    expect(own(page).last).to_contain_text("Not sent yet.")
    chat.refuse = []
    page.reload()
    expect(heard(page)).to_have_count(2)
    assert chat.texts() == ["hello", "rent help"]
    expect(own(page)).to_have_count(2)


def test_what_was_said_by_text_is_shown_and_not_waited_for(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    say(page, "hello")
    expect(heard(page)).to_have_count(1)
    chat.add(answer("one of too many texts") | {"from": "family", "channel": "sms"})
    expect(own(page)).to_have_count(2)
    expect(page.locator("#typing")).to_be_hidden()
    chat.add(answer("typed in another tab") | {"from": "family", "channel": "web"})
    expect(own(page)).to_have_count(3)
    expect(page.locator("#typing")).to_be_visible()


def test_an_answer_that_takes_long_is_waited_for_with_a_kind_word(page: Page, server: Server, chat: FakeChat) -> None:
    page.clock.install()
    chat.silent = True
    page.goto(server.url)
    say(page, "rent help")
    expect(page.locator("#typing")).to_be_visible()
    expect(own(page)).to_have_attribute("data-seq", "2")
    page.clock.run_for(7000)
    status = page.locator("#status")
    expect(status).to_contain_text("I have your message.")
    expect(status.get_by_role("link", name="988")).to_have_attribute("href", "tel:988")
    chat.add(answer("Here I am."))
    page.clock.run_for(3000)
    expect(heard(page)).to_have_text(["Homeward: Here I am."])
    expect(status).to_be_hidden()
    expect(page.locator("#typing")).to_be_hidden()


def test_an_expired_session_is_replaced_quietly_and_the_message_sent_again(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    say(page, "one")
    expect(heard(page)).to_have_count(1)
    chat.expire()
    say(page, "two")
    expect(page.get_by_text("You said: two")).to_have_count(1)
    assert chat.sessions == 2
    expect(heard(page)).to_have_count(2)
    expect(own(page)).to_have_count(2)
    assert chat.texts() == ["two"]


def test_a_busy_server_is_asked_again_later(page: Page, server: Server, chat: FakeChat) -> None:
    chat.refuse = [429]
    page.goto(server.url)
    say(page, "food")
    expect(heard(page)).to_have_text(["Homeward: You said: food"])
    assert len({post["id"] for post in chat.posts}) == 1


def test_a_message_the_server_will_not_take_comes_back_to_be_changed(page: Page, server: Server, chat: FakeChat) -> None:
    chat.refuse = [400]
    page.goto(server.url)
    say(page, "hm")
    expect(own(page)).to_contain_text("I could not take this message.")
    expect(page.get_by_label("What do you need?")).to_have_value("hm")
    say(page, "food")
    expect(heard(page)).to_have_count(1)


def test_two_tabs_of_one_conversation_show_the_same(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    say(page, "one")
    expect(heard(page)).to_have_count(1)
    with page.context.expect_page() as opened:  # a tab opened by the page has a copy of what it keeps
        page.evaluate("window.open(location.href)")
    other = opened.value
    expect(heard(other)).to_have_count(1)
    say(other, "two")
    expect(heard(other)).to_have_count(2)
    page.bring_to_front()
    say(page, "three")
    for tab in (page, other):
        expect(heard(tab)).to_have_text([f"Homeward: You said: {text}" for text in ("one", "two", "three")])
        expect(own(tab)).to_have_count(3)


# ---- languages ---------------------------------------------------------------------------------------------


def test_the_spanish_page_is_all_in_spanish(page: Page, server: Server, chat: FakeChat) -> None:
    chat.answers = lambda text: [answer("Encontré uno.", language="es", matches=[place(hours="Lun a vie", open_state="closed")])]
    page.goto(f"{server.url}?lang=es")
    assert page.locator("html").get_attribute("lang") == "es"
    page.get_by_role("button", name="Pañales").click()
    card = page.get_by_role("article")
    for text in ("Cerrado ahora", "A 1.2 millas", "Cómo llegar", "Qué llevar", "Solo un ejemplo"):
        expect(card).to_contain_text(text)
    expect(heard(page)).to_have_attribute("lang", "es")
    shown = page.locator("body").inner_text()
    for english in ("Call", "Directions", "Hours", "Leave", "Delete", "What do you need", "Emergency"):
        assert english not in shown


def test_switching_the_language_keeps_the_conversation_and_the_draft(page: Page, server: Server) -> None:
    page.goto(server.url)
    say(page, "one")
    expect(heard(page)).to_have_count(1)
    page.get_by_label("What do you need?").fill("not sent y")
    page.get_by_role("link", name="Español").click()
    expect(page.get_by_label("¿Qué necesitas?")).to_have_value("not sent y")
    expect(own(page)).to_have_count(1)
    expect(heard(page)).to_have_count(1)


def test_an_answer_in_the_other_language_has_its_labels_in_that_language(page: Page, server: Server, chat: FakeChat) -> None:
    chat.answers = lambda text: [answer("Encontré uno.", language="es", matches=[place()])]
    page.goto(server.url)
    say(page, "necesito comida")
    expect(page.get_by_role("article")).to_contain_text("Abierto ahora")
    expect(page.get_by_role("link", name="Llamar al (916) 555-0142")).to_be_visible()


# ---- leaving and deleting ----------------------------------------------------------------------------------


def test_leaving_empties_the_page_at_once_even_with_the_network_down(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    say(page, "my husband hits me")
    expect(heard(page)).to_have_count(1)
    page.route(lambda url: not url.startswith(server.url), lambda route: route.abort())
    with page.expect_request("https://www.weather.gov/"):
        left = page.evaluate(
            """() => {
                document.getElementById("leave").click();
                const shown = getComputedStyle(document.body).display;
                return [shown, document.title, sessionStorage.getItem("homeward")];
            }"""
        )
    assert left == ["none", "…", None]
    eventually(lambda: chat.deleted == 1)


def test_going_back_after_leaving_does_not_bring_the_conversation_back(page: Page, server: Server) -> None:
    page.route("https://www.weather.gov/", lambda route: route.fulfill(body="<p>Sunny</p>", content_type="text/html"))
    page.goto("about:blank")
    page.goto(server.url)
    page.get_by_role("link", name="Español").click()
    expect(page.get_by_role("link", name="English")).to_be_visible()
    page.get_by_role("link", name="Salir").click()
    expect(page.get_by_text("Sunny")).to_be_visible()
    page.go_back()
    assert page.url == "about:blank"


def test_a_chat_is_found_again_on_a_device_only_where_the_family_keeps_it_there(page: Page, server: Server) -> None:
    page.goto(server.url)
    say(page, "food 95814")
    expect(heard(page)).to_have_count(1)
    elsewhere = page.context.new_page()
    elsewhere.goto(server.url)
    expect(elsewhere.get_by_text("food 95814")).to_have_count(0)
    page.get_by_role("button", name="Keep this chat on this device").click()
    expect(page.get_by_role("status").filter(has_text="Anyone who uses this device can open it")).to_be_visible()
    page.close()
    elsewhere.reload()
    expect(elsewhere.get_by_text("food 95814", exact=True)).to_be_visible()
    expect(elsewhere.get_by_role("button", name="Keep this chat on this device")).to_have_attribute("aria-pressed", "true")


def test_leaving_deletes_a_chat_that_is_kept_too(page: Page, server: Server, chat: FakeChat) -> None:
    page.route("https://www.weather.gov/", lambda route: route.fulfill(body="<p>Sunny</p>", content_type="text/html"))
    page.goto(server.url)
    say(page, "food 95814")
    expect(heard(page)).to_have_count(1)
    page.get_by_role("button", name="Keep this chat on this device").click()
    page.get_by_role("link", name="Leave").click()
    expect(page.get_by_text("Sunny")).to_be_visible()
    eventually(lambda: chat.deleted == 1)
    page.goto(server.url)
    expect(page.get_by_text("food 95814")).to_have_count(0)
    assert page.evaluate("() => localStorage.homeward") is None


def test_deleting_a_chat_that_is_kept_leaves_nothing_on_the_device(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    say(page, "food 95814")
    expect(heard(page)).to_have_count(1)
    page.get_by_role("button", name="Keep this chat on this device").click()
    page.get_by_role("button", name="Delete").first.click()
    page.get_by_role("button", name="Yes, delete it all").click()
    eventually(lambda: page.evaluate("() => [localStorage.homeward, sessionStorage.homeward]") == [None, None])


def test_deleting_asks_first_and_then_says_it_is_done(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    say(page, "hello")
    expect(heard(page)).to_have_count(1)
    page.get_by_role("button", name="Delete my data").click()
    expect(page.get_by_role("heading", name="Delete this conversation?")).to_be_focused()
    page.get_by_role("button", name="No, keep it").click()
    assert chat.deleted == 0
    page.get_by_role("button", name="Delete my data").click()
    page.get_by_role("button", name="Yes, delete it all").click()
    expect(page.locator("#outcome")).to_contain_text("is deleted")
    assert chat.deleted == 1
    expect(page.get_by_text("hello")).to_have_count(0)
    assert page.evaluate("sessionStorage.getItem('homeward')") is None
    say(page, "hello again")
    expect(heard(page)).to_have_text(["Homeward: You said: hello again"])


def test_deleting_that_did_not_work_says_so_and_keeps_everything(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    say(page, "hello")
    expect(heard(page)).to_have_count(1)
    server.stop()
    page.get_by_role("button", name="Delete my data").click()
    page.get_by_role("button", name="Yes, delete it all").click()
    expect(page.locator("#outcome")).to_contain_text("could not delete it yet")
    expect(heard(page)).to_have_count(1)
    server.start()
    page.get_by_role("button", name="Delete my data").click()
    page.get_by_role("button", name="Yes, delete it all").click()
    expect(page.locator("#outcome")).to_contain_text("is deleted")
    assert chat.deleted == 1


def test_who_can_see_this_is_one_tap(page: Page, server: Server, chat: FakeChat) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="Who can see this?").click()
    expect(heard(page)).to_have_count(1)
    assert chat.texts() == ["Who can see this?"]


# ---- everyone ----------------------------------------------------------------------------------------------


def test_nothing_scrolls_sideways_at_320_pixels(page: Page, server: Server, chat: FakeChat) -> None:
    page.set_viewport_size({"width": 320, "height": 560})
    chat.answers = lambda text: [
        answer(
            CRISIS,
            crisis="self_harm",
            matches=[place(service="Averylongnamewithoutanyspaces" * 3, address=None), place()],
            choices=[{"label": "A rather long label for one small button", "choice": "c"}],
        )
    ]
    for language, label in (("en", "What do you need?"), ("es", "¿Qué necesitas?")):
        page.goto(f"{server.url}?lang={language}")
        page.get_by_label(label).fill("x" * 300)
        page.get_by_label(label).press("Enter")
        expect(page.locator(".crisis").last).to_be_visible()
        page.locator("details").last.click()
        assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_every_control_has_a_name_and_is_large_enough_for_a_thumb(page: Page, server: Server, chat: FakeChat) -> None:
    chat.answers = lambda text: [
        answer(CRISIS, crisis="self_harm", matches=[place()], choices=[{"label": "More", "choice": "c"}])
    ]
    page.goto(server.url)
    say(page, "hello")
    expect(heard(page)).to_have_count(1)
    controls = page.evaluate(
        """() => [...document.querySelectorAll("a, button, textarea, summary")]
            .filter((each) => each.checkVisibility() && !each.closest(".words p:not(.urgent), .skip"))
            .map((each) => [each.innerText || (each.labels && each.labels[0].innerText) || "",
                            each.offsetHeight, each.offsetWidth])"""
    )
    assert len(controls) > 15
    assert [control for control in controls if not control[0].strip()] == []
    assert [control for control in controls if control[1] < 44 or control[2] < 44] == []


def test_the_keyboard_is_never_under_the_bars(page: Page, server: Server, chat: FakeChat) -> None:
    chat.answers = lambda text: [answer("Here.", matches=[place() for _ in range(5)])]
    page.goto(server.url)
    say(page, "food")
    expect(page.get_by_role("article")).to_have_count(5)
    page.evaluate("window.scrollTo(0, 0)")
    page.get_by_role("link", name="Call").first.focus()
    for _ in range(16):
        covered = page.evaluate(
            """() => {
                const box = document.activeElement.getBoundingClientRect();
                return box.top < document.getElementById("top").offsetHeight - 1
                    || box.bottom > document.getElementById("composer").getBoundingClientRect().top + 1;
            }"""
        )
        assert not covered, page.evaluate("document.activeElement.innerText")
        page.keyboard.press("Tab")
