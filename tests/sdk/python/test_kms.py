"""KMS through boto3 and the AWS Encryption SDK, with OpenSSL's command line as the judge of keys and signatures."""

import json
import subprocess
import urllib.request
import uuid

import pytest
from botocore.exceptions import ClientError

from conftest import make_client, needs_client_of_today
from virga import Virga

pytestmark = needs_client_of_today
PSS = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:48"]
SECRET = "planted-" + uuid.uuid4().hex


@pytest.fixture(scope="module")
def kms(virga):
    return make_client("kms", virga.endpoint)


def make_key(kms, **options):
    return kms.create_key(**options)["KeyMetadata"]["KeyId"]


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *arguments], capture_output=True, timeout=60, check=False, **options)


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return str(path)


def test_what_is_encrypted_is_decrypted(kms):
    key = make_key(kms)
    blob = kms.encrypt(KeyId=key, Plaintext=b"hello", EncryptionContext={"a": "b"})["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})["Plaintext"] == b"hello"
    with pytest.raises(kms.exceptions.InvalidCiphertextException):
        kms.decrypt(CiphertextBlob=blob)


@pytest.mark.parametrize(
    "spec, algorithm, options",
    [
        ("ECC_NIST_P256", "ECDSA_SHA_256", ["-sha256"]),
        ("ECC_NIST_P384", "ECDSA_SHA_384", ["-sha384"]),
        ("ECC_NIST_P521", "ECDSA_SHA_512", ["-sha512"]),
        ("ECC_SECG_P256K1", "ECDSA_SHA_256", ["-sha256"]),
        ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", ["-sha256"]),
        ("RSA_2048", "RSASSA_PSS_SHA_384", ["-sha384", *PSS]),
    ],
)
def test_openssl_verifies_signatures(kms, tmp_path, spec, algorithm, options):
    key = make_key(kms, KeySpec=spec, KeyUsage="SIGN_VERIFY")
    signature = kms.sign(KeyId=key, Message=b"message", SigningAlgorithm=algorithm)["Signature"]
    public = write(tmp_path, "public.der", kms.get_public_key(KeyId=key)["PublicKey"])
    good, bad = write(tmp_path, "good", b"message"), write(tmp_path, "bad", b"massage")
    signed = write(tmp_path, "signature", signature)
    pem = str(tmp_path / "public.pem")
    assert openssl("pkey", "-pubin", "-inform", "DER", "-in", public, "-out", pem).returncode == 0
    assert openssl("dgst", *options, "-verify", pem, "-signature", signed, good).returncode == 0
    assert openssl("dgst", *options, "-verify", pem, "-signature", signed, bad).returncode != 0


def test_openssl_encrypts_for_an_rsa_key(kms, tmp_path):
    key = make_key(kms, KeySpec="RSA_3072", KeyUsage="ENCRYPT_DECRYPT")
    public = write(tmp_path, "public.der", kms.get_public_key(KeyId=key)["PublicKey"])
    padding = ["rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256"]
    options = [part for option in padding for part in ("-pkeyopt", option)]
    sealed = openssl("pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", public, *options, input=b"hello")
    opened = kms.decrypt(KeyId=key, CiphertextBlob=sealed.stdout, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    assert opened["Plaintext"] == b"hello"


def test_a_data_key_pair_works_in_openssl(kms, tmp_path):
    pair = kms.generate_data_key_pair(KeyId=make_key(kms), KeyPairSpec="ECC_NIST_P256")
    private = write(tmp_path, "private.der", pair["PrivateKeyPlaintext"])
    told = openssl("pkey", "-inform", "DER", "-in", private, "-pubout", "-outform", "DER")
    assert told.stdout == pair["PublicKey"]
    assert kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"] == pair["PrivateKeyPlaintext"]


def test_material_wrapped_by_openssl_is_imported(kms, tmp_path):
    key = make_key(kms, Origin="EXTERNAL")
    offer = kms.get_parameters_for_import(
        KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
    )
    public = write(tmp_path, "public.der", offer["PublicKey"])
    options = ["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256"]
    wrapped = openssl("pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", public, *options, input=b"m" * 32)
    kms.import_key_material(
        KeyId=key,
        ImportToken=offer["ImportToken"],
        EncryptedKeyMaterial=wrapped.stdout,
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
    )
    blob = kms.encrypt(KeyId=key, Plaintext=b"hello")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"hello"


@pytest.fixture
def sdk_provider(virga, monkeypatch):
    """Makes what the Encryption SDK asks for data keys, pointed at the cloud."""
    import aws_encryption_sdk

    settings = {
        "AWS_ENDPOINT_URL_KMS": virga.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return lambda arn: aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[arn])


def test_the_encryption_sdk_seals_and_opens(kms, sdk_provider):
    """KMS.12, ESDK.1, ESDK.2: more than 4 KB, the sealed data key in the message itself."""
    import aws_encryption_sdk

    arn = kms.create_key()["KeyMetadata"]["Arn"]
    client = aws_encryption_sdk.EncryptionSDKClient()
    provider = sdk_provider(arn)
    text = b"long " * 10_000
    sealed, header = client.encrypt(source=text, key_provider=provider, encryption_context={"purpose": "test"})
    assert text[:100] not in sealed
    assert len(header.encrypted_data_keys) == 1
    opened, _ = client.decrypt(source=sealed, key_provider=provider)
    assert opened == text
    kms.disable_key(KeyId=arn)
    with pytest.raises(aws_encryption_sdk.exceptions.DecryptKeyError):
        client.decrypt(source=sealed, key_provider=sdk_provider(arn))


def test_the_encryption_sdk_caches_data_keys(virga, kms, sdk_provider):
    """ESDK.3"""
    import aws_encryption_sdk

    arn = kms.create_key()["KeyMetadata"]["Arn"]
    client = aws_encryption_sdk.EncryptionSDKClient()
    manager = aws_encryption_sdk.CachingCryptoMaterialsManager(
        master_key_provider=sdk_provider(arn),
        cache=aws_encryption_sdk.LocalCryptoMaterialsCache(10),
        max_age=60.0,
        max_messages_encrypted=100,
    )
    for _ in range(5):
        client.encrypt(source=b"text", materials_manager=manager)
    events = make_client("cloudtrail", virga.endpoint).lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "GenerateDataKey"}]
    )["Events"]
    assert sum(arn in event["CloudTrailEvent"] for event in events) == 1


def test_secrets_are_readable_nowhere(tmp_path):
    """S100: not in the data folder, not in the log, not in CloudTrail."""
    with Virga(data=tmp_path / "data") as virga:
        kms, sqs = make_client("kms", virga.endpoint), make_client("sqs", virga.endpoint)
        key = make_key(kms)
        blob = kms.encrypt(KeyId=key, Plaintext=SECRET.encode())["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == SECRET.encode()
        for name, attributes in [("managed", {}), ("kms", {"KmsMasterKeyId": key})]:
            url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
            sqs.send_message(
                QueueUrl=url,
                MessageBody=SECRET,
                MessageAttributes={"a": {"DataType": "String", "StringValue": SECRET}},
            )
            sqs.send_message(QueueUrl=url, MessageBody=SECRET * 200)
            received = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
            assert received[0]["Body"].startswith(SECRET)
            seen = urllib.request.urlopen(f"{virga.endpoint}/_aws/sqs/messages?QueueUrl={url}", timeout=30).read()
            assert SECRET.encode() in seen
        data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"]
        events = make_client("cloudtrail", virga.endpoint).lookup_events(MaxResults=50)["Events"]
        assert len(events) > 5
        assert SECRET not in json.dumps(events, default=str)
        assert SECRET not in virga.log()
        virga.stop()
        searched = 0
        for path in (tmp_path / "data").rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                searched += len(content)
                assert SECRET.encode() not in content, path
                assert data_key not in content, path
        assert searched > 1000


def test_a_plain_queue_shows_that_the_search_finds(tmp_path):
    with Virga(data=tmp_path / "data") as virga:
        sqs = make_client("sqs", virga.endpoint)
        url = sqs.create_queue(QueueName="plain", Attributes={"SqsManagedSseEnabled": "false"})["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=SECRET)
        virga.stop()
        files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
        assert any(SECRET.encode() in path.read_bytes() for path in files)


def test_errors_have_their_names(kms):
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.describe_key(KeyId=str(uuid.uuid4()))
    key = make_key(kms)
    kms.disable_key(KeyId=key)
    with pytest.raises(kms.exceptions.DisabledException):
        kms.encrypt(KeyId=key, Plaintext=b"a")
    with pytest.raises(ClientError, match="ValidationException"):
        kms.encrypt(KeyId=key, Plaintext=b"a" * 4097)
