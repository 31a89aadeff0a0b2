import asyncio
import sqlite3
import statistics
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

REGISTER = """
mutation ($username: String!, $password: String!, $email: String) {
  register(username: $username, password: $password, email: $email) {
    accessToken
    expiresAt
    user { id username email roles }
  }
}
"""
LOGIN = """
mutation ($username: String, $email: String, $password: String!) {
  login(username: $username, email: $email, password: $password) {
    accessToken
    expiresAt
    user { id username email phone }
  }
}
"""
PRIVATE = """
query ($id: ID!) {
  user(id: $id) {
    username name email phone roles scopes loyaltyPoints
    address { street city postcode country zone { country postcode } }
  }
}
"""


async def test_alice_is_the_first_user_and_shows_her_email_to_everybody(shop):
    data = await shop.data("users", '{ user(id: "1") { username email } }')

    assert data == {"user": {"username": "Alice", "email": "alice@example.com"}}


async def test_admin_is_the_second_user_and_hides_the_email(shop):
    data = await shop.data("users", '{ user(id: "2") { username email } }')

    assert data == {"user": {"username": "Admin", "email": None}}


@pytest.mark.parametrize(
    "who",
    [
        {"username": "Alice"},
        {"username": "alice"},
        {"username": "alice@example.com"},
        {"email": "alice@example.com"},
        {"email": "Alice@Example.com"},
    ],
)
async def test_login_accepts_name_and_address_in_any_case(shop, who):
    data = await shop.data("users", LOGIN, {**who, "password": "demo-password"})

    assert data["login"]["user"]["username"] == "Alice"
    assert data["login"]["user"]["phone"] == "+49 30 5550001"


async def test_login_says_when_the_token_ends(any_unchanged_shop):
    data = await any_unchanged_shop.data(
        "users", LOGIN, {"username": "Alice", "password": "demo-password"}
    )

    ends = datetime.fromisoformat(data["login"]["expiresAt"])
    assert ends.utcoffset() == timedelta(0)
    assert timedelta() < ends - datetime.now(UTC) <= timedelta(minutes=15)


@pytest.mark.parametrize(
    "who",
    [
        {"username": "Alice", "password": "wrong-password"},
        {"username": "Nobody", "password": "demo-password"},
        {"email": "nobody@example.com", "password": "demo-password"},
        {"username": "", "password": ""},
        {"username": "Alice\0", "password": "demo-password"},
        {"username": "Alice", "password": "\0"},
        {"username": "Alice", "password": "x" * 1_000_000},
    ],
)
async def test_every_failed_login_has_the_same_error(shop, who):
    answer = await shop.ask("users", LOGIN, who)

    (error,) = answer["errors"]
    assert error["message"] == "The name or the password is wrong."
    assert error["extensions"] == {"code": "INVALID_CREDENTIALS"}


async def test_unknown_user_and_wrong_password_take_the_same_time(shop):
    members = ("Alice", "Admin", "bob.baker", "carla.costa")

    async def seconds(username):
        start = time.perf_counter()
        variables = {"username": username, "password": "wrong-password"}
        await shop.code("users", LOGIN, variables)
        return time.perf_counter() - start

    known, unknown = [], []
    for turn in range(9):
        # Fewer with each name than are refused.
        known.append(await seconds(members[turn % 4]))
        unknown.append(await seconds(f"Nobody{turn % 4}"))

    ratio = statistics.median(known) / statistics.median(unknown)
    assert 0.6 < ratio < 1.7


@pytest.mark.parametrize(
    "names",
    [
        [{"username": "Alice"}, {"email": "alice@example.com"}],
        [{"username": "ALICE"}, {"username": "alice@example.com"}],
        [{"username": "Nobody"}, {"username": "NOBODY"}],
    ],
)
async def test_five_failed_logins_close_an_account_by_all_its_names(shop, names):
    tries = [{**names[n % 2], "password": "wrong-password"} for n in range(5)]
    codes = [await shop.code("users", LOGIN, variables) for variables in tries]

    assert {"INVALID_CREDENTIALS"} == set(codes)
    for who in names:
        answer = await shop.ask("users", LOGIN, {**who, "password": "demo-password"})
        (error,) = answer["errors"]
        assert "RATE_LIMITED" == error["extensions"]["code"]
        assert 0 < error["extensions"]["rateLimit"]["retryAfterMs"] <= 60_000
    assert await shop.sign_in("bob.baker")


async def test_failed_logins_at_once_are_counted_before_they_are_verified(shop):
    variables = {"username": "Alice", "password": "wrong-password"}
    await shop.start()

    codes = await asyncio.gather(
        *(shop.code("users", LOGIN, variables) for _ in range(8))
    )

    assert (5, 3) == (codes.count("INVALID_CREDENTIALS"), codes.count("RATE_LIMITED"))


async def test_logins_that_succeed_are_not_counted(shop):
    variables = {"username": "Alice", "password": "demo-password"}

    for _ in range(8):
        assert (await shop.data("users", LOGIN, variables))["login"]["accessToken"]


@pytest.mark.parametrize(
    "who", [{}, {"username": "Alice", "email": "alice@example.com"}]
)
async def test_login_wants_either_a_name_or_an_address(shop, who):
    code = await shop.code("users", LOGIN, {**who, "password": "x"})

    assert code == "BAD_USER_INPUT"


async def test_register_opens_an_account_that_can_sign_in(any_shop):
    variables = {"username": "newcomer", "password": "correct horse"}
    registered = (await any_shop.data("users", REGISTER, variables))["register"]
    signed_in = (await any_shop.data("users", LOGIN, variables))["login"]
    me = await any_shop.data(
        "users", "{ me { id username } }", token=registered["accessToken"]
    )

    assert registered["user"] == {
        "id": "51",
        "username": "newcomer",
        "email": None,
        "roles": ["CUSTOMER"],
    }
    assert signed_in["user"]["id"] == "51"
    assert me == {"me": {"id": "51", "username": "newcomer"}}


async def test_a_new_account_keeps_its_email_to_itself(shop):
    variables = {
        "username": "newcomer",
        "password": "correct horse",
        "email": "new@example.com",
    }
    data = await shop.data("users", REGISTER, variables)
    seen_by_others = await shop.data("users", '{ user(id: "51") { email } }')

    assert data["register"]["user"]["email"] == "new@example.com"
    assert seen_by_others == {"user": {"email": None}}


@pytest.mark.parametrize("username", ["Alice", "ALICE", "bob.baker"])
async def test_a_taken_name_is_a_clear_error_in_any_case(shop, username):
    variables = {"username": username, "password": "correct horse"}
    taken = {"bob.baker": "bob.baker"}.get(username, username)
    answer = await shop.ask("users", REGISTER, variables)

    (error,) = answer["errors"]
    assert error["message"] == f"The username {taken!r} is taken."
    assert error["extensions"] == {"code": "USERNAME_TAKEN", "field": "username"}


async def test_a_taken_email_is_a_clear_error(any_unchanged_shop):
    variables = {
        "username": "newcomer",
        "password": "correct horse",
        "email": "ALICE@example.com",
    }

    assert await any_unchanged_shop.code("users", REGISTER, variables) == "EMAIL_TAKEN"


async def test_of_two_registrations_at_once_one_wins(any_shop):
    variables = {"username": "newcomer", "password": "correct horse"}
    answers = await asyncio.gather(
        *(any_shop.ask("users", REGISTER, variables) for _ in range(4))
    )

    codes = [a["errors"][0]["extensions"]["code"] for a in answers if "errors" in a]
    assert codes == ["USERNAME_TAKEN"] * 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "ab"),
        ("username", "a" * 33),
        ("username", "has space"),
        ("username", "an@address"),
        ("username", "-dash"),
        ("username", "\u0410lice"),
        ("username", "nul\0"),
        ("password", "short"),
        ("password", "x" * 129),
        ("email", "nonsense"),
        ("email", "two@at@example.com"),
        ("email", "a@b"),
        ("email", "nul\0@example.com"),
        ("email", "x" * 250 + "@example.com"),
    ],
)
async def test_register_states_which_rule_is_broken(shop, field, value):
    variables = {"username": "newcomer", "password": "correct horse", field: value}
    answer = await shop.ask("users", REGISTER, variables)

    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": field}


async def test_passwords_are_kept_as_argon2id_hashes(shop, data_dir):
    variables = {"username": "newcomer", "password": "correct horse"}
    await shop.data("users", REGISTER, variables)
    with closing(sqlite3.connect(data_dir / "users.db")) as connection:
        hashes = connection.execute("SELECT password_hash FROM accounts").fetchall()

    assert len(hashes) == 51
    assert all(value.startswith("$argon2id$") for (value,) in hashes)
    assert b"correct horse" not in (data_dir / "users.db").read_bytes()


async def test_me_is_null_without_a_token(shop):
    assert await shop.data("users", "{ me { id } }") == {"me": None}


async def test_me_is_whoever_the_token_speaks_for(shop):
    token = await shop.sign_in("Alice")
    data = await shop.data("users", "{ me { id username } }", token=token)

    assert data == {"me": {"id": "1", "username": "Alice"}}


async def test_strangers_see_no_personal_data(shop):
    for token in (None, await shop.sign_in("bob.baker")):
        data = await shop.data("users", PRIVATE, {"id": "4"}, token=token)

        assert data["user"] == {
            "username": "carla.costa",
            "name": "Carla Costa",
            "email": None,
            "phone": None,
            "address": None,
            "roles": None,
            "scopes": None,
            "loyaltyPoints": None,
        }


async def test_owners_see_their_own_data(any_unchanged_shop):
    token = await any_unchanged_shop.sign_in("carla.costa")
    user = (await any_unchanged_shop.data("users", PRIVATE, {"id": "4"}, token=token))[
        "user"
    ]

    assert user["email"] == "carla.costa@example.com"
    assert user["phone"] == "+49 30 5550004"
    assert user["roles"] == ["CUSTOMER"]
    assert user["scopes"] == []
    assert user["address"] == {
        "street": user["address"]["street"],
        "city": "Amsterdam",
        "postcode": "1015",
        "country": "NL",
        "zone": {"country": "NL", "postcode": "1015"},
    }


async def test_admins_see_everybodys_data(shop):
    token = await shop.sign_in("Admin")
    user = (await shop.data("users", PRIVATE, {"id": "4"}, token=token))["user"]

    assert user["email"] == "carla.costa@example.com"
    assert user["address"]["city"] == "Amsterdam"


async def test_admins_have_scopes(shop):
    token = await shop.sign_in("Admin")
    data = await shop.data("users", "{ me { roles scopes } }", token=token)

    assert data["me"]["roles"] == ["ADMIN"]
    assert "products:write" in data["me"]["scopes"]


@pytest.mark.parametrize(
    "id_", ["0", "51", "-1", "01", "x", "", "1e3", "9" * 19, "9" * 40, "\u0661"]
)
async def test_a_user_that_does_not_exist_is_null(shop, id_):
    data = await shop.data(
        "users", "query ($id: ID!) { user(id: $id) { id } }", {"id": id_}
    )

    assert data == {"user": None}


async def test_users_are_listed_in_pages(any_unchanged_shop):
    query = """
    query ($after: String) {
      users(first: 20, after: $after) {
        edges { cursor node { id } }
        nodes { id }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        totalCount
      }
    }
    """
    seen, after = [], None
    for size, more in ((20, True), (20, True), (10, False)):
        page = (await any_unchanged_shop.data("users", query, {"after": after}))[
            "users"
        ]
        edges = page["edges"]
        assert len(edges) == size
        assert page["nodes"] == [edge["node"] for edge in edges]
        assert page["totalCount"] == 50
        assert page["pageInfo"] == {
            "hasNextPage": more,
            "hasPreviousPage": after is not None,
            "startCursor": edges[0]["cursor"],
            "endCursor": edges[-1]["cursor"],
        }
        seen += [edge["node"]["id"] for edge in edges]
        after = edges[-1]["cursor"]

    assert seen == [str(number) for number in range(1, 51)]


@pytest.mark.parametrize("first", [-1, 101])
async def test_a_page_has_a_limited_size(shop, first):
    query = "query ($first: Int) { users(first: $first) { totalCount } }"

    code = await shop.code("users", query, {"first": first})

    assert code == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "after",
    [
        "",
        "nonsense",
        "WyJ4Il0=",  # ["x"]
        "WzEsMl0=",  # [1,2]
        "W3RydWVd",  # [true]
        "WzFlOTld",  # [1e99]
        "WzEwMDAwMDAwMDAwMDAwMDAwMDAwMF0=",  # more than 64 bits
        "é",
    ],
)
async def test_a_cursor_that_is_not_ours_is_refused(shop, after):
    query = "query ($after: String) { users(after: $after) { totalCount } }"

    assert await shop.code("users", query, {"after": after}) == "BAD_USER_INPUT"


async def test_first_may_be_nothing_or_null(shop):
    empty = await shop.data("users", "{ users(first: 0) { edges { cursor } } }")
    usual = await shop.data("users", "{ users(first: null) { edges { cursor } } }")

    assert empty == {"users": {"edges": []}}
    assert len(usual["users"]["edges"]) == 10
