"""The root key: where it comes from, and what happens without it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "sdk"))
from virga import BINARY, Virga  # noqa: E402


def kms(virga):
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return boto3.client("kms", endpoint_url=virga.endpoint, **keys)


def seal(virga):
    key = kms(virga).create_key()["KeyMetadata"]["KeyId"]
    return kms(virga).encrypt(KeyId=key, Plaintext=b"hello")["CiphertextBlob"]


def opens(virga, blob):
    return kms(virga).decrypt(CiphertextBlob=blob)["Plaintext"] == b"hello"


def refused(data, *options, environment=None):
    done = subprocess.run(
        [BINARY, "start", "--port", "0", "--data", str(data), *options],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode in (1, 2), done.stdout
    return done.stderr


def test_the_folders_own_key_is_its_owners_only(tmp_path):
    data = tmp_path / "data"
    with Virga(data=data) as virga:
        blob = seal(virga)
    assert stat.S_IMODE((data / "root.key").stat().st_mode) == 0o600
    with Virga(data=data) as virga:
        assert opens(virga, blob)
    (data / "root.key").write_bytes(b"x" * 32)
    assert "another root key" in refused(data)
    (data / "root.key").write_bytes(b"short")
    assert "does not hold a root key" in refused(data)
    (data / "root.key").unlink()
    assert "is missing" in refused(data)
    assert not (data / "root.key").exists()


def test_a_key_file_elsewhere(tmp_path):
    data, key = tmp_path / "data", tmp_path / "elsewhere.key"
    with Virga("--root-key-file", str(key), data=data) as virga:
        blob = seal(virga)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not (data / "root.key").exists()
    assert "is missing" in refused(data)
    key.write_text(key.read_bytes().hex() + "\n")
    with Virga("--root-key-file", str(key), data=data) as virga:
        assert opens(virga, blob)
    assert "There is no file" in refused(data, "--root-passphrase-file", str(tmp_path / "none"))


def test_a_passphrase(tmp_path, monkeypatch):
    data, file = tmp_path / "data", tmp_path / "passphrase"
    file.write_text("correct horse\nnot this line\n")
    with Virga("--root-passphrase-file", str(file), data=data) as virga:
        blob = seal(virga)
        assert "horse" not in virga.run("status").stdout
    assert not (data / "root.key").exists()
    assert "another root key" in refused(data, environment={"VIRGA_ROOT_PASSPHRASE": "wrong"})
    monkeypatch.setenv("VIRGA_ROOT_PASSPHRASE", "correct horse")
    with Virga(data=data) as virga:
        assert opens(virga, blob)
    assert "not from both" in refused(data, "--root-key-file", str(tmp_path / "key"))


@pytest.mark.parametrize("ephemeral", [False, True])
def test_a_fork_reads_what_was_sealed(tmp_path, ephemeral):
    with Virga(ephemeral=ephemeral) as virga:
        blob = seal(virga)
        folder = tmp_path / "fork"
        virga.control("POST", "/_virga/fork", {"folder": str(folder)})
    assert stat.S_IMODE((folder / "root.key").stat().st_mode) == 0o600
    with Virga(data=folder) as fork:
        assert opens(fork, blob)


def test_a_fork_takes_a_key_from_elsewhere_along_only_by_name(tmp_path):
    key, folder = tmp_path / "key", tmp_path / "fork"
    with Virga("--root-key-file", str(key)) as virga:
        blob = seal(virga)
        virga.control("POST", "/_virga/fork", {"folder": str(folder)})
    assert not (folder / "root.key").exists()
    assert "is missing" in refused(folder)
    with Virga("--root-key-file", str(key), data=folder) as fork:
        assert opens(fork, blob)


def test_snapshots_and_reset_keep_the_key(tmp_path):
    with Virga(data=tmp_path / "data") as virga:
        blob = seal(virga)
        virga.control("POST", "/_virga/snapshots/save/one")
        virga.control("POST", "/_virga/reset")
        virga.stop()
        virga.start()
        virga.control("POST", "/_virga/snapshots/load/one")
        assert opens(virga, blob)
