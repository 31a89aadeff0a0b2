"""The playground of the demo in a real browser."""

import os
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.playground_page import PlaygroundPage

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"


@pytest.fixture
def playground(page, demo):
    return PlaygroundPage(page, demo).open()


def test_a_typed_query_gives_data(playground, seen):
    playground.type("{ products(first: 2, sort: NAME) { nodes { name } } }")
    playground.run()

    expect(playground.response).to_contain_text('"data"')
    expect(playground.response).to_contain_text('"name"')
    assert [] == seen.problems


def test_plan_and_waterfall_show_how_the_answer_came_about(playground):
    playground.choose("Examples", "Catalogue")
    playground.run()

    expect(playground.plan).to_contain_text("2 fetches · 2 in the longest chain")
    expect(playground.fetches).to_have_count(2)
    expect(playground.fetches.first).to_have_attribute(
        "aria-label", "Fetch 0 from products, answered"
    )
    expect(playground.waterfall.get_by_role("row")).to_have_count(3)
    expect(playground.waterfall).to_contain_text(re.compile(r"5 entities"))
    expect(playground.plan.get_by_role("table", name="Cost")).to_contain_text("orders")
    expect(playground.plan.get_by_role("table", name="Limits")).to_contain_text(
        "client"
    )
    expect(playground.response).not_to_contain_text("extensions")


def test_a_fetch_shows_its_operation_and_variables(playground, page):
    playground.choose("Examples", "Catalogue")
    playground.run()
    playground.fetches.nth(1).click()

    detail = page.get_by_role("region", name="Fetch 1")
    expect(detail).to_contain_text("_entities(representations: $representations)")
    expect(detail).to_contain_text('"__typename": "Product"')
    expect(detail).to_contain_text("HTTP 200")


def test_a_protected_field_is_withheld_until_one_logs_in(playground):
    playground.type("{ me { name } }")
    playground.run()
    expect(playground.response).to_contain_text("Unauthorized field or type")
    expect(playground.plan.get_by_role("table", name="Removed")).to_contain_text("me")

    playground.log_in("Alice")
    playground.run()

    expect(playground.headers).to_contain_text("Bearer")
    expect(playground.response).to_contain_text("Alice Archer")
    expect(playground.response).not_to_contain_text("errors")


def test_logging_out_takes_the_token_away(playground):
    playground.log_in("Alice")
    playground.choose("Alice", "Log out")

    expect(playground.headers).not_to_contain_text("Bearer")


def test_an_error_is_readable(playground):
    playground.type("{ products { nodes { nme } } }")
    playground.run()

    expect(playground.response).to_contain_text("Cannot query field 'nme'")
    expect(playground.plan).to_contain_text("refused before there was a plan")


def test_tabs_are_kept_when_the_page_is_opened_again(playground, page):
    playground.choose("Examples", "Catalogue")
    playground.run()
    expect(playground.fetches).to_have_count(2)
    playground.choose("Examples", "A wishlist")
    expect(playground.tabs).to_have_count(3)
    page.wait_for_timeout(1000)  # they are stored with a delay

    page.reload()

    expect(playground.tabs).to_have_count(3)
    expect(playground.tabs.nth(1)).to_contain_text("Catalogue")
    expect(playground.editor).to_contain_text("Wishlist")


def test_each_tab_shows_its_own_plan(playground):
    playground.choose("Examples", "Catalogue")
    playground.run()
    expect(playground.fetches).to_have_count(2)

    playground.choose("Examples", "A wishlist")
    expect(playground.plan).to_contain_text("Run an operation")
    playground.tabs.nth(1).click()

    expect(playground.fetches).to_have_count(2)


def test_documentation_says_who_serves_a_field_and_what_it_takes(playground, page):
    playground.log_in("Alice")
    page.get_by_role("button", name="Show Documentation Explorer").click()
    page.locator(".graphiql-doc-explorer-type-name").first.click()

    facts = page.get_by_role("region", name="Facts")
    expect(facts.get_by_role("row", name="me users")).to_contain_text("Signed in")

    page.locator(".graphiql-doc-explorer-field-name").get_by_text(
        "me", exact=True
    ).click()
    expect(facts).to_contain_text("users")
    expect(facts).to_contain_text("Signed in")


def test_nothing_is_loaded_from_elsewhere(playground, demo, page, seen):
    playground.log_in("Alice")
    playground.choose("Examples", "My orders")
    playground.run()
    expect(playground.response).to_contain_text("loyaltyPoints")
    expect(playground.fetches).to_have_count(5)
    page.wait_for_timeout(1000)  # what loads last are fonts and the editor's workers

    elsewhere = [
        url
        for url in seen.requests
        if not url.startswith((f"{demo}/", "data:", f"blob:{demo}/"))
    ]
    assert ([], []) == (elsewhere, seen.problems)


def test_the_root_leads_to_the_playground(page, demo):
    page.goto(demo)
    page.get_by_role("link", name="Playground").click()

    expect(PlaygroundPage(page, demo).editor).to_be_visible()


def test_the_first_tab_runs_for_who_is_not_logged_in(playground, seen):
    playground.run()

    expect(playground.response).to_contain_text("shippingEstimate")
    expect(playground.response).not_to_contain_text("errors")
    expect(playground.fetches).to_have_count(2)
    expect(playground.log_in_offer).to_be_hidden()
    assert [] == seen.problems


@pytest.mark.parametrize("text", ["", "# nothing yet"])
def test_an_empty_editor_is_answered_with_what_to_do(playground, text):
    playground.type(text)
    playground.run()

    expect(playground.response).to_contain_text("There is nothing to run yet")
    expect(playground.response).not_to_contain_text("EOF")


def test_a_log_in_is_offered_where_the_answer_needs_one(playground, page):
    playground.type("{ me { name } }")
    playground.run()
    expect(playground.log_in_offer).to_contain_text("Not all of this is for everybody")
    keep_image(page, "playground-log-in")

    playground.log_in_offer.get_by_role("button", name="Alice").click()
    expect(playground.log_in_offer).to_be_hidden()
    playground.run()

    expect(playground.response).to_contain_text("Alice Archer")
    expect(playground.log_in_offer).to_be_hidden()


def test_a_log_in_that_fails_is_offered_again(playground, page):
    playground.type("{ me { name } }")
    playground.run()
    alice = playground.log_in_offer.get_by_role("button", name="Alice")

    page.context.set_offline(True)
    alice.click()
    expect(playground.log_in_problem).to_be_visible()
    expect(alice).to_be_visible()

    page.context.set_offline(False)
    alice.click()
    expect(playground.log_in_offer).to_be_hidden()
    expect(playground.log_in_problem).to_be_hidden()


def test_serve_shows_plan_and_log_in_where_the_settings_allow_it(page, served):
    playground = PlaygroundPage(page, served).open()
    playground.log_in("Alice")
    playground.type("{ me { name } }")
    playground.run()

    expect(playground.response).to_contain_text("Alice Archer")
    expect(playground.fetches).to_have_count(1)


def test_a_token_that_does_not_hold_is_met_by_a_log_in(playground):
    playground.log_in("Alice")
    playground.type_headers('{"Authorization": "Bearer old"}')
    playground.run()

    expect(playground.log_in_offer).to_contain_text("Alice (customer) may not have all")
    playground.log_in_offer.get_by_role("button", name="Admin").click()
    expect(playground.log_in_offer).to_be_hidden()
    playground.run()
    expect(playground.response).to_contain_text("shippingEstimate")


def test_a_link_brings_its_operation_and_variables(page, demo):
    variables = quote('{"first": 2}')
    query = quote(
        "query Linked($first: Int) { products(first: $first) { totalCount } }"
    )
    playground = PlaygroundPage(page, demo)
    playground.open(f"?query={query}&variables={variables}")
    expect(playground.editor).to_contain_text("query Linked")
    playground.run()
    expect(playground.response).to_contain_text("totalCount")
    page.wait_for_timeout(1000)  # tabs are stored with a delay

    page.reload()

    expect(playground.editor).to_contain_text("query Linked")
    expect(playground.tabs).to_have_count(1)


def test_a_link_opens_beside_the_tabs_that_were_there(playground, page):
    page.wait_for_timeout(1000)  # tabs are stored with a delay
    playground.open(f"?query={quote('{ __typename }')}")

    expect(playground.editor).to_contain_text("__typename")
    expect(playground.tabs).to_have_count(2)


def test_a_withheld_field_has_its_full_path(playground):
    playground.type("{ users(first: 2) { nodes { name roles } } }")
    playground.run()

    removed = playground.plan.get_by_role("table", name="Removed")
    expect(removed).to_contain_text("users.nodes.roles")


def test_boxes_show_what_a_path_ends_in(playground):
    playground.log_in("Alice")
    playground.choose("Examples", "My orders")
    playground.run()
    expect(playground.fetches).to_have_count(5)

    places = playground.fetches.locator(".place").all_text_contents()
    assert all(not place.endswith("…") for place in places)
    assert any(place.endswith(".product") for place in places)


def test_a_failed_fetch_is_red_in_picture_and_waterfall(playground):
    playground.type(
        'mutation { login(email: "nobody@example.com", password: "-") { accessToken } }'
    )
    playground.run()

    row = playground.waterfall.get_by_role("row", name="Fetch 0 from users, failed")
    expect(row).to_contain_text("1 error")
    expect(row.locator(".bar")).to_have_css("background-color", playground.red)
    expect(playground.fetches.first.locator(".frame")).to_have_css(
        "stroke", playground.red
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes_keep_everything_in_view(playground, page, scheme):
    playground.log_in("Alice")
    playground.choose("Examples", "My orders")
    playground.run()
    expect(playground.fetches).to_have_count(5)
    keep_image(page, f"playground-{scheme}")
    playground.fetches.nth(1).click()
    expect(page.get_by_role("region", name="Fetch 1")).to_be_in_viewport()

    height = "document.querySelector('.graphiql-sessions').scrollHeight"
    assert 900 > page.evaluate(height)
    if scheme == "dark":
        keep_image(page, "playground-fetch")
    playground.fetches.nth(1).click()
    expect(page.get_by_role("region", name="Fetch 1")).to_be_hidden()


def keep_image(page, name):
    """Write an image for the documentation, where it is asked for."""
    if os.environ.get("UPDATE_IMAGES"):
        IMAGES.mkdir(exist_ok=True)
        page.mouse.move(720, 20)
        page.wait_for_timeout(800)
        page.screenshot(path=IMAGES / f"{name}.png")
