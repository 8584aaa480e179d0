"""DynamoDB from the command line: what the CLI cuts into pages, and what it asks for."""

import json

import pytest


@pytest.fixture(scope="module")
def table(request):
    return "cli-music"


@pytest.fixture(autouse=True)
def filled(aws, table):
    if table in aws("dynamodb", "list-tables")["TableNames"]:
        return
    aws(
        *("dynamodb", "create-table", "--table-name", table, "--billing-mode", "PAY_PER_REQUEST"),
        *("--attribute-definitions", "AttributeName=Artist,AttributeType=S", "AttributeName=Song,AttributeType=S"),
        *("--key-schema", "AttributeName=Artist,KeyType=HASH", "AttributeName=Song,KeyType=RANGE"),
    )
    aws("dynamodb", "wait", "table-exists", "--table-name", table)
    items = [
        {"Artist": {"S": "Ella"}, "Song": {"S": f"{n:02}"}, "Info": {"M": {"Year": {"N": str(n)}}}} for n in range(20)
    ]
    puts = [{"PutRequest": {"Item": item}} for item in items]
    aws("dynamodb", "batch-write-item", "--request-items", json.dumps({table: puts}))


def query(aws, table, *options):
    return aws(
        *("dynamodb", "query", "--table-name", table, "--key-condition-expression", "Artist = :a"),
        *("--expression-attribute-values", '{":a": {"S": "Ella"}}', *options),
    )


def test_a_projection_expression_names_parts_of_items(aws, table):
    got = aws(
        *("dynamodb", "get-item", "--table-name", table, "--key", '{"Artist": {"S": "Ella"}, "Song": {"S": "07"}}'),
        *("--projection-expression", "Song, Info.#y", "--expression-attribute-names", '{"#y": "Year"}'),
    )
    assert got == {"Item": {"Song": {"S": "07"}, "Info": {"M": {"Year": {"N": "7"}}}}}
    found = query(aws, table, "--projection-expression", "Song", "--no-scan-index-forward")["Items"]
    assert [item["Song"]["S"] for item in found] == [f"{n:02}" for n in reversed(range(20))]


def test_pages_of_any_size_add_up_to_all(aws, table):
    # --page-size is the Limit of each request; the CLI goes on until there is no more.
    for size in ("1", "7", "100"):
        assert len(query(aws, table, "--page-size", size)["Items"]) == 20
    assert query(aws, table, "--page-size", "3", "--select", "COUNT")["Count"] == 20


def test_a_starting_token_goes_on_where_max_items_stopped(aws, table):
    found, token = [], None
    while True:
        options = ("--starting-token", token) if token else ()
        page = query(aws, table, "--max-items", "6", "--page-size", "4", *options)
        found += [item["Song"]["S"] for item in page["Items"]]
        token = page.get("NextToken")
        if not token:
            break
    assert found == [f"{n:02}" for n in range(20)]
    page = aws("dynamodb", "scan", "--table-name", table, "--max-items", "5")
    assert len(page["Items"]) == 5 and page["NextToken"]


def test_tables_are_listed_page_by_page(aws, table):
    for n in range(3):
        aws(
            *("dynamodb", "create-table", "--table-name", f"cli-page-{n}", "--billing-mode", "PAY_PER_REQUEST"),
            *("--attribute-definitions", "AttributeName=k,AttributeType=S"),
            *("--key-schema", "AttributeName=k,KeyType=HASH"),
        )
    names = aws("dynamodb", "list-tables", "--page-size", "1")["TableNames"]
    assert {table, "cli-page-0", "cli-page-1", "cli-page-2"} <= set(names)
    first = aws("dynamodb", "list-tables", "--max-items", "2")
    rest = aws("dynamodb", "list-tables", "--starting-token", first["NextToken"])
    assert first["TableNames"] + rest["TableNames"] == names


def test_a_condition_that_fails_is_told(aws, table):
    refused = aws(
        *("dynamodb", "put-item", "--table-name", table, "--item", '{"Artist": {"S": "Ella"}, "Song": {"S": "00"}}'),
        *("--condition-expression", "attribute_not_exists(Artist)"),
        fails=True,
    )
    assert "ConditionalCheckFailedException" in refused and "The conditional request failed" in refused
