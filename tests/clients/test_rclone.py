"""rclone: folders of many files, there and back."""

import os

import pytest
from conftest import files_in, make_files, needs

pytestmark = needs("rclone")
MIB = 1024 * 1024


@pytest.fixture
def rclone(run, virga):
    remote = {
        "RCLONE_CONFIG_CLOUD_TYPE": "s3",
        "RCLONE_CONFIG_CLOUD_PROVIDER": "Other",
        "RCLONE_CONFIG_CLOUD_ENDPOINT": virga.endpoint,
        "RCLONE_CONFIG_CLOUD_REGION": "us-east-1",
        "RCLONE_CONFIG_CLOUD_ENV_AUTH": "true",
        "RCLONE_CONFIG_CLOUD_FORCE_PATH_STYLE": "true",
        # New buckets admit no other ACLs.
        "RCLONE_CONFIG_CLOUD_ACL": "bucket-owner-full-control",
        "RCLONE_CONFIG_CLOUD_BUCKET_ACL": "private",
    }
    return lambda *words, **more: run("rclone", *words, "--retries", "1", "--transfers", "16", **remote, **more)


def test_a_thousand_files_make_the_round_trip(rclone, s3, bucket, tmp_path):
    source, back = tmp_path / "source", tmp_path / "back"
    made = make_files(source, 1_000)
    rclone("copy", source, f"cloud:{bucket}/all")
    assert "0 differences found" in rclone("check", source, f"cloud:{bucket}/all")
    rclone("copy", f"cloud:{bucket}/all", back)
    assert files_in(back) == made


def test_sync_removes_what_is_gone_and_sends_what_is_new(rclone, s3, bucket, tmp_path):
    source = tmp_path / "source"
    made = make_files(source, 40)
    rclone("sync", source, f"cloud:{bucket}")
    gone, changed = sorted(made)[:2]
    (source / gone).unlink()
    (source / changed).write_bytes(b"changed")
    rclone("sync", source, f"cloud:{bucket}")
    keys = {entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert keys == set(made) - {gone}
    assert s3.get_object(Bucket=bucket, Key=changed)["Body"].read() == b"changed"


def test_long_files_go_in_parts_and_moves_are_copies(rclone, s3, bucket, tmp_path):
    content = os.urandom(23 * MIB + 5)
    (tmp_path / "long").write_bytes(content)
    rclone("copy", tmp_path / "long", f"cloud:{bucket}", "--s3-upload-cutoff", "5M", "--s3-chunk-size", "5M")
    assert s3.head_object(Bucket=bucket, Key="long")["ETag"].endswith('-5"')
    rclone("moveto", f"cloud:{bucket}/long", f"cloud:{bucket}/moved/long", "--s3-copy-cutoff", "10M")
    rclone("copyto", f"cloud:{bucket}/moved/long", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == content
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["moved/long"]


def test_buckets_are_made_and_purged(rclone, s3, bucket):
    rclone("mkdir", f"cloud:{bucket}-more")
    rclone("touch", f"cloud:{bucket}-more/deep/a file")
    assert "deep/a file" in rclone("lsf", "-R", f"cloud:{bucket}-more")
    rclone("purge", f"cloud:{bucket}-more")
    assert f"{bucket}-more" not in {each["Name"] for each in s3.list_buckets()["Buckets"]}
