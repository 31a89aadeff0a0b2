"""Documents published in advance, at each level."""

import asyncio
import contextlib
import hashlib
import json
import logging
import threading
from types import SimpleNamespace

import pytest

from gateway_graphql.errors import (
    CallerGone,
    MalformedRequest,
    OperationIdAndBody,
    OperationIdRequired,
    OperationNotInList,
    OperationNotInSafelist,
)
from gateway_graphql.exchange import GatewayResponse, GraphQLRequest, RequestContext
from gateway_graphql.policy.persisted import (
    Manifest,
    ManifestInvalid,
    PersistedOperations,
    SafelistLevel,
    read_manifest,
)
from gateway_graphql.policy.persisted import operations as module

TEXT = "query Me { me { id name } }"
OTHER = "query Me { me { id } }"


def apollo(**operations):
    return {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [
            {"id": key, "name": "Me", "type": "query", "body": text}
            for key, text in operations.items()
        ],
    }


@pytest.fixture
def path(tmp_path):
    it = tmp_path / "manifest.json"
    it.write_text(json.dumps(apollo(me=TEXT)))
    return it


async def echo(request, _context):
    if request.refusal is not None:
        raise request.refusal
    return GatewayResponse(request.query.encode(), has_errors=False)


async def ask(operations, query="", **more):
    request = GraphQLRequest(query, **more)
    return (await operations(request, RequestContext(), echo)).body.decode()


@pytest.mark.parametrize("level", SafelistLevel)
async def test_an_id_is_filled_in_at_every_level(path, level):
    operations = PersistedOperations([path], level=level)

    assert TEXT == await ask(operations, document_id="me")
    with pytest.raises(OperationNotInList):
        await ask(operations, document_id="absent")


async def test_an_id_in_the_extension_is_filled_in(path):
    key = "a" * 64
    path.write_text(json.dumps(apollo(**{key: TEXT})))
    hashed = {"persistedQuery": {"version": 1, "sha256Hash": key}}

    assert TEXT == await ask(PersistedOperations([path]), extensions=hashed)


@pytest.mark.parametrize("level", SafelistLevel)
async def test_an_id_with_a_document_is_refused_at_every_level(path, level):
    operations = PersistedOperations([path], level=level)

    with pytest.raises(OperationIdAndBody):
        await ask(operations, OTHER, document_id="me")
    with pytest.raises(MalformedRequest):
        await ask(operations, OTHER, document_id="")


async def test_other_documents_are_answered_when_all_are_allowed(path):
    assert OTHER == await ask(PersistedOperations([path]), OTHER)


async def test_unknown_documents_are_logged(path, caplog):
    operations = PersistedOperations([path], level=SafelistLevel.LOG_UNKNOWN)

    with caplog.at_level(logging.WARNING):
        assert TEXT == await ask(operations, TEXT)
        assert OTHER == await ask(operations, OTHER, operation_name="Me")

    assert [
        (
            "Operation 'Me' (document "
            f"{hashlib.sha256(OTHER.encode()).hexdigest()}) is not in the safelist"
        )
    ] == caplog.messages


async def test_of_a_name_without_end_the_beginning_is_logged(path, caplog):
    operations = PersistedOperations([path], level=SafelistLevel.LOG_UNKNOWN)

    with caplog.at_level(logging.WARNING):
        await ask(operations, OTHER, operation_name="a" * 10_000)

    assert f"Operation '{'a' * 200}' (" == caplog.messages[0][:214]


SAME = '# mine """\n query   Me {\n me , { id,\tname } }'


async def test_the_safelist_knows_documents_whatever_their_white_space(path):
    operations = PersistedOperations([path], level=SafelistLevel.SAFELIST)

    assert TEXT == await ask(operations, TEXT)
    assert SAME == await ask(operations, SAME)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        OTHER,
        "query Me { me { name id } }",
        "query Me { me { id name } } query You { me { id } }",
        "query Me { me { id name secret: password } }",
        TEXT + " " + TEXT,
    ],
)
async def test_the_safelist_refuses_all_others(path, text):
    operations = PersistedOperations([path], level=SafelistLevel.SAFELIST)

    for _ in range(2):
        with pytest.raises(OperationNotInSafelist):
            await ask(operations, text)


async def test_nobody_further_in_lets_a_refused_document_pass(path):
    async def lenient(_request, _context):
        return GatewayResponse(b"", has_errors=False)

    with pytest.raises(OperationNotInSafelist):
        await PersistedOperations([path], level=SafelistLevel.SAFELIST)(
            GraphQLRequest(OTHER), RequestContext(), lenient
        )


def test_a_document_is_read_only_as_far_as_known_ones_go(tmp_path):
    (tmp_path / "short.graphql").write_text(OTHER)
    (tmp_path / "long.graphql").write_text(TEXT)
    manifest = read_manifest([tmp_path])

    assert 9 == manifest.max_tokens
    assert manifest.knows(TEXT)
    assert not manifest.knows(TEXT[:-3] + " name" * 100_000)


async def test_judging_a_document_does_not_hold_up_other_requests(path):
    operations = PersistedOperations([path], level=SafelistLevel.SAFELIST)
    judged = asyncio.ensure_future(ask(operations, SAME))
    await asyncio.sleep(0)

    assert TEXT == await ask(operations, document_id="me")
    assert not judged.done()
    assert SAME == await judged


@pytest.mark.parametrize("text", ["", TEXT])
async def test_without_an_id_nothing_is_answered_by_ids_only(path, text):
    with pytest.raises(OperationIdRequired):
        await ask(PersistedOperations([path], level=SafelistLevel.IDS_ONLY), text)


def test_manifests_of_every_kind_are_read(tmp_path):
    folder = tmp_path / "operations" / "account"
    folder.mkdir(parents=True)
    (folder / "me.graphql").write_text(f"{TEXT}\n")
    (folder / "notes.txt").write_text("no operation")
    relay, pairs = tmp_path / "relay.json", tmp_path / "pairs.json"
    relay.write_text(json.dumps({"r": TEXT}))
    pairs.write_text(json.dumps([["p", TEXT], ["q", OTHER]]))

    manifest = read_manifest([tmp_path / "operations", relay, pairs])

    assert {
        hashlib.sha256(f"{TEXT}\n".encode()).hexdigest(): f"{TEXT}\n",
        hashlib.sha256(TEXT.encode()).hexdigest(): TEXT,
        "r": TEXT,
        "p": TEXT,
        "q": OTHER,
    } == manifest.texts


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is no manifest: Input data was truncated"),
        ("[1]", "is no manifest: Expected `array`, got `int` - at `$[0]`"),
        ('{"a": 1}', "is no manifest: Expected `str`, got `int` - at `$[...]`"),
        ('{"format": "x", "version": 1, "operations": []}', "unknown format"),
        ('{"a": "{"}', "operation 'a' is not GraphQL"),
    ],
)
def test_a_broken_manifest_is_named(path, content, message):
    path.write_text(content)

    with pytest.raises(ManifestInvalid) as caught:
        read_manifest([path])

    assert str(path) in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["manifest.json", "operations/me.graphql"])
def test_a_file_that_is_not_utf_8_is_named(tmp_path, name):
    (tmp_path / "operations").mkdir()
    (tmp_path / name).write_bytes(b'"\xff"')
    path = tmp_path / name.partition("/")[0]

    with pytest.raises(ManifestInvalid) as caught:
        read_manifest([path])

    assert str(caught.value).startswith(f"{path}: ")


def test_an_absent_manifest_is_an_error_at_start(tmp_path):
    with pytest.raises(ManifestInvalid):
        PersistedOperations([tmp_path / "absent.json"])


async def test_a_new_id_is_known_as_soon_as_it_is_published(path):
    operations = PersistedOperations(
        [path], level=SafelistLevel.IDS_ONLY, look_every_s=0
    )
    path.write_text(json.dumps(apollo(me=TEXT, more=OTHER)))

    assert OTHER == await ask(operations, document_id="more")

    path.write_text(json.dumps(apollo(more=OTHER)))
    with pytest.raises(OperationNotInList):
        await ask(operations, document_id="absent")  # waits for the look
    with pytest.raises(OperationNotInList):
        await ask(operations, document_id="me")
    await operations.aclose()


async def test_a_file_that_has_another_name_is_looked_at_again(tmp_path):
    file = tmp_path / "me.graphql"
    file.write_text(TEXT)
    key = hashlib.sha256(TEXT.encode()).hexdigest()
    operations = PersistedOperations([tmp_path], look_every_s=0)
    assert TEXT == await ask(operations, document_id=key)
    file.rename(tmp_path / "me.txt")

    with pytest.raises(OperationNotInList):
        await ask(operations, document_id="absent")  # waits for the look
    with pytest.raises(OperationNotInList):
        await ask(operations, document_id=key)
    await operations.aclose()


async def test_the_files_are_looked_at_once_in_an_interval(path, monkeypatch):
    now = 0.0
    clock = SimpleNamespace(monotonic=lambda: now)
    monkeypatch.setattr(module, "time", clock)
    operations = PersistedOperations([path], look_every_s=10)
    found = []
    for number, now in enumerate((9.9, 10, 19.9, 20)):
        path.write_text(json.dumps(apollo(**{f"n{number}": TEXT})))
        try:
            await ask(operations, document_id=f"n{number}")
        except OperationNotInList:
            continue
        found.append(now)

    assert [10, 20] == found
    await operations.aclose()


async def test_a_look_that_is_under_way_ends_with_the_operations(path):
    operations = PersistedOperations([path], look_every_s=0)
    await operations.aclose()
    await ask(operations, document_id="me")
    looking = asyncio.all_tasks() - {asyncio.current_task()}
    await operations.aclose()

    assert [True] == [task.cancelled() for task in looking]


async def test_a_broken_manifest_leaves_the_operations_as_they_are(path, caplog):
    operations = PersistedOperations([path], look_every_s=0)
    for content in ("[", None):
        path.unlink() if content is None else path.write_text(content)
        with pytest.raises(OperationNotInList):
            await ask(operations, document_id="absent")
        assert TEXT == await ask(operations, document_id="me")

    await asyncio.sleep(0)
    await operations.aclose()
    assert "Persisted operations are kept as they are" in caplog.messages[0]


SLOW = " " * 1_000_000 + "{ a }"
"""While it is read, everything else that is to be read waits for its turn."""


def from_address(address):
    return RequestContext(address=address)


@pytest.fixture
def read():
    """The texts that are read to be judged, in order, each with its thread."""
    texts = []

    def watch(frame, event, _arg):
        if event == "call" and frame.f_code is Manifest.knows.__code__:
            texts.append((frame.f_locals["text"], threading.current_thread().name))

    threading.setprofile(watch)
    yield texts
    threading.setprofile(None)


async def judged(operations, text, context):
    with contextlib.suppress(OperationNotInSafelist):
        await operations(GraphQLRequest(text), context, echo)
    return text


@pytest.mark.parametrize("level", [SafelistLevel.LOG_UNKNOWN, SafelistLevel.SAFELIST])
async def test_a_published_document_in_its_own_words_is_not_read(path, read, level):
    operations = PersistedOperations([path], level=level)

    for _ in range(2):
        assert TEXT == await ask(operations, TEXT)
    await operations.aclose()

    assert [] == read


async def test_an_unknown_document_is_read_once_however_many_send_it(path, read):
    operations = PersistedOperations([path], level=SafelistLevel.SAFELIST)
    contexts = [from_address(f"192.0.2.{n}") for n in range(5)]

    await asyncio.gather(*(judged(operations, OTHER, one) for one in contexts))
    await judged(operations, OTHER, contexts[0])
    await operations.aclose()

    assert [OTHER] == [text for text, _ in read]


async def test_unknown_documents_are_read_in_their_clients_turns(path, read):
    operations = PersistedOperations([path], level=SafelistLevel.SAFELIST)
    much = [
        judged(operations, text, from_address("192.0.2.1"))
        for text in (SLOW, *(f"{{ a{n} }}" for n in range(8)))
    ]
    little = judged(operations, "{ b }", from_address("192.0.2.2"))

    await asyncio.gather(*much, little)
    await operations.aclose()

    texts = [text for text, _ in read]
    assert (10, True) == (len(texts), texts.index("{ b }") <= 2)
    assert {"safelist_0"} == {thread for _, thread in read}


async def test_an_unknown_document_that_nobody_waits_for_is_not_read(path, read):
    operations = PersistedOperations([path], level=SafelistLevel.SAFELIST)

    async def gone():
        return

    leaving = RequestContext(address="192.0.2.1", gone=gone)
    first = asyncio.ensure_future(judged(operations, SLOW, RequestContext()))
    await asyncio.sleep(0)
    with pytest.raises(CallerGone):
        await judged(operations, OTHER, leaving)
    await first
    await operations.aclose()

    assert [SLOW] == [text for text, _ in read]
