"""What exports to S3 hold, as their readers find it."""

import gzip
import json
import uuid

import pytest
from conftest import make_client, needs_client_of_today

from virga import Virga

pytestmark = needs_client_of_today


@pytest.fixture(scope="module")
def cloud():
    """A cloud of its own, as its clock is moved."""
    with Virga(ephemeral=True) as virga:
        yield virga


@pytest.fixture
def dynamodb(cloud):
    return make_client("dynamodb", cloud.endpoint)


@pytest.fixture
def s3(cloud):
    return make_client("s3", cloud.endpoint)


@pytest.fixture
def table(dynamodb, s3):
    name = f"t-{uuid.uuid4().hex}"
    made = dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    s3.create_bucket(Bucket=name)
    return name, made["TableDescription"]["TableArn"]


def export(dynamodb, s3, table, **options):
    """The summary of an export, and its lines."""
    name, arn = table
    made = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=name, **options)["ExportDescription"]
    while made["ExportStatus"] == "IN_PROGRESS":
        made = dynamodb.describe_export(ExportArn=made["ExportArn"])["ExportDescription"]
    assert made["ExportStatus"] == "COMPLETED", made

    def read(key):
        return s3.get_object(Bucket=name, Key=key)["Body"].read()

    summary = json.loads(read(made["ExportManifest"]))
    files = [json.loads(line) for line in read(summary["manifestFilesS3Key"]).splitlines()]
    lines = [line for file in files for line in gzip.decompress(read(file["dataFileS3Key"])).decode().splitlines()]
    assert summary["itemCount"] == sum(file["itemCount"] for file in files) == len(lines)
    return made, summary, lines


def put(dynamodb, table, key, **attributes):
    dynamodb.put_item(TableName=table[0], Item={"k": {"S": key}, **attributes})


def test_a_full_export_in_ion_is_lines_with_version_markers(dynamodb, s3, table):
    put(dynamodb, table, "b", Authors={"SS": ["Author1", "Author2"]}, Id={"N": "103"}, PageCount={"N": "600"})
    _, summary, lines = export(dynamodb, s3, table, ExportFormat="ION")
    assert summary["outputFormat"] == "ION"
    assert lines == ['$ion_1_0 {Item:{Authors:$dynamodb_SS::["Author1","Author2"],Id:103.,PageCount:6d2,k:"b"}}']


def test_an_incremental_export_tells_what_became_of_items(cloud, dynamodb, s3, table):
    put(dynamodb, table, "changed", n={"N": "1"})
    put(dynamodb, table, "deleted")
    put(dynamodb, table, "untouched")
    cloud.advance(20 * 60)
    begin = dynamodb.describe_continuous_backups(TableName=table[0])["ContinuousBackupsDescription"][
        "PointInTimeRecoveryDescription"
    ]["LatestRestorableDateTime"]
    put(dynamodb, table, "changed", n={"N": "2"})
    put(dynamodb, table, "changed", n={"N": "3"})
    put(dynamodb, table, "new")
    put(dynamodb, table, "passing")
    for key in ("passing", "deleted"):
        dynamodb.delete_item(TableName=table[0], Key={"k": {"S": key}})
    cloud.advance(20 * 60)

    def changes(**options):
        specification = {"ExportFromTime": begin, **options.pop("specification", {})}
        _, summary, lines = export(
            dynamodb,
            s3,
            table,
            ExportType="INCREMENTAL_EXPORT",
            IncrementalExportSpecification=specification,
            **options,
        )
        return summary, lines

    summary, lines = changes()
    assert summary["exportType"] == "INCREMENTAL_EXPORT"
    assert summary["outputView"] == "NEW_AND_OLD_IMAGES"
    found = {}
    for line in map(json.loads, lines):
        at_micros = int(line.pop("Metadata")["WriteTimestampMicros"]["N"])
        assert begin.timestamp() * 1e6 <= at_micros
        found[line.pop("Keys")["k"]["S"]] = line
    assert found == {
        "changed": {
            "OldImage": {"k": {"S": "changed"}, "n": {"N": "1"}},
            "NewImage": {"k": {"S": "changed"}, "n": {"N": "3"}},
        },
        "new": {"NewImage": {"k": {"S": "new"}}},
        "deleted": {"OldImage": {"k": {"S": "deleted"}}},
    }

    summary, lines = changes(specification={"ExportViewType": "NEW_IMAGE"}, ExportFormat="ION")
    assert summary["outputView"] == "NEW_IMAGE"
    shown = sorted(line.split(",Keys:")[1] for line in lines)
    assert shown == [
        '{k:"changed"},NewImage:{k:"changed",n:3.}}}',
        '{k:"deleted"}}}',
        '{k:"new"},NewImage:{k:"new"}}}',
    ]
    assert all(line.startswith("$ion_1_0 {Record:{Metadata:{WriteTimestampMicros:") for line in lines)
