"""DynamoDB through PynamoDB, the object mapper many Python services use."""

import pytest

pynamodb = pytest.importorskip("pynamodb")

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute, VersionAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite


def fresh(virga, name):
    """A model of its own table."""

    class BySubject(GlobalSecondaryIndex):
        class Meta:
            index_name = "by-subject"
            projection = AllProjection()

        subject = UnicodeAttribute(hash_key=True)
        number = NumberAttribute(range_key=True)

    class Note(Model):
        class Meta:
            table_name = name
            region = "us-east-1"
            host = virga.endpoint
            billing_mode = "PAY_PER_REQUEST"
            aws_access_key_id = "test"
            aws_secret_access_key = "test"

        owner = UnicodeAttribute(hash_key=True)
        number = NumberAttribute(range_key=True)
        subject = UnicodeAttribute(null=True)
        tags = UnicodeSetAttribute(null=True)
        lines = ListAttribute(null=True)
        version = VersionAttribute()
        by_subject = BySubject()

    Note.create_table(wait=True)
    return Note


def test_a_model_comes_back_as_it_was(virga):
    Note = fresh(virga, "model")
    Note("ann", 1, subject="work", tags={"a", "b"}, lines=["x", 1]).save()
    note = Note.get("ann", 1)
    assert (note.subject, note.tags, note.lines, note.version) == ("work", {"a", "b"}, ["x", 1], 1)
    note.update(actions=[Note.lines.set(Note.lines.append(["y"])), Note.tags.delete({"a"})])
    assert (note.lines, note.tags, note.version) == (["x", 1, "y"], {"b"}, 2)


def test_an_old_version_is_refused(virga):
    Note = fresh(virga, "version")
    Note("ann", 1).save()
    mine, theirs = Note.get("ann", 1), Note.get("ann", 1)
    mine.save()
    with pytest.raises(PutError) as refused:
        theirs.save()
    assert refused.value.cause_response_code == "ConditionalCheckFailedException"


def test_batches_queries_and_indexes(virga):
    Note = fresh(virga, "queries")
    with Note.batch_write() as batch:
        for number in range(60):
            batch.save(Note("ann", number, subject="even" if number % 2 == 0 else "odd"))
    assert [note.number for note in Note.query("ann", Note.number > 55)] == [56, 57, 58, 59]
    evens = Note.by_subject.query("even", scan_index_forward=False, limit=3)
    assert [note.number for note in evens] == [58, 56, 54]
    assert Note.count("ann", filter_condition=Note.subject == "odd") == 30
    assert len(list(Note.scan(page_size=7))) == 60


def test_a_transaction_is_all_or_nothing(virga):
    Note = fresh(virga, "transaction")
    connection = Connection(region="us-east-1", host=virga.endpoint)
    connection.session.set_credentials("test", "test")
    with pytest.raises(TransactWriteError) as cancelled:
        with TransactWrite(connection=connection) as transaction:
            transaction.save(Note("ann", 1))
            transaction.update(Note("ann", 2), actions=[Note.subject.set("x")], condition=Note.subject.exists())
    codes = [reason.code if reason else None for reason in cancelled.value.cancellation_reasons]
    assert codes == [None, "ConditionalCheckFailed"]
    assert list(Note.scan()) == []
