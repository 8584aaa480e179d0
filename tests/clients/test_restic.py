"""restic: what is backed up comes back with equal bytes."""

import os

import pytest
from conftest import files_in, make_files, needs

pytestmark = needs("restic")


@pytest.fixture
def restic(run, virga, bucket):
    where = {"RESTIC_REPOSITORY": f"s3:{virga.endpoint}/{bucket}/backups", "RESTIC_PASSWORD": "secret"}
    return lambda *words, **more: run("restic", *words, **{**where, **more})


def test_backups_come_back(restic, tmp_path):
    source = tmp_path / "source"
    first = make_files(source, 200)
    (source / "long").write_bytes(os.urandom(20_000_000))
    first = files_in(source)
    restic("init")
    restic("backup", source)
    (source / "long").write_bytes(os.urandom(1_000_000))
    (source / "new").write_bytes(b"new")
    second = files_in(source)
    restic("backup", source)
    assert "no errors were found" in restic("check", "--read-data")
    restic("restore", "latest", "--target", tmp_path / "second")
    assert files_in(tmp_path / "second" / str(source).lstrip("/")) == second
    oldest = restic("snapshots", "--compact").splitlines()
    oldest = next(line.split()[0] for line in oldest if line[:8].strip().isalnum() and len(line.split()[0]) == 8)
    restic("restore", oldest, "--target", tmp_path / "first")
    assert files_in(tmp_path / "first" / str(source).lstrip("/")) == first


def test_old_backups_are_forgotten(restic, tmp_path):
    source = tmp_path / "source"
    restic("init")
    for number in range(3):
        make_files(source, 20 + number)
        restic("backup", source)
    restic("forget", "--keep-last", "1", "--prune")
    assert "no errors were found" in restic("check", "--read-data")
    restic("restore", "latest", "--target", tmp_path / "back")
    assert files_in(tmp_path / "back" / str(source).lstrip("/")) == files_in(source)


def test_a_wrong_password_opens_nothing(restic):
    restic("init")
    assert "wrong password" in restic("snapshots", fails=True, RESTIC_PASSWORD="another")
