"""Secrets Manager and Parameter Store with the AWS CLI."""

import json


def test_parameters_below_a_path(aws):
    aws("ssm", "put-parameter", "--name", "/cli/db/user", "--type", "String", "--value", "app")
    aws("ssm", "put-parameter", "--name", "/cli/db/password", "--type", "SecureString", "--value", "hunter2")
    got = aws("ssm", "get-parameters-by-path", "--path", "/cli", "--recursive", "--with-decryption")["Parameters"]
    assert {parameter["Name"]: parameter["Value"] for parameter in got} == {
        "/cli/db/user": "app",
        "/cli/db/password": "hunter2",
    }
    sealed = aws("ssm", "get-parameter", "--name", "/cli/db/password")["Parameter"]["Value"]
    assert "hunter2" not in sealed


def test_a_secret_as_a_parameter(aws):
    aws("secretsmanager", "create-secret", "--name", "cli/creds", "--secret-string", '{"user": "u"}')
    got = aws("ssm", "get-parameter", "--name", "/aws/reference/secretsmanager/cli/creds", "--with-decryption")
    assert json.loads(got["Parameter"]["Value"]) == {"user": "u"}


def test_errors_are_told(aws):
    said = aws("secretsmanager", "get-secret-value", "--secret-id", "nope", fails=True)
    assert "(ResourceNotFoundException)" in said
    assert "Secrets Manager can't find the specified secret." in said
    assert "(ParameterNotFound)" in aws("ssm", "get-parameter", "--name", "/nope", fails=True)


def test_a_random_password(aws):
    password = aws("secretsmanager", "get-random-password", "--password-length", "20", "--exclude-punctuation")
    assert len(password["RandomPassword"]) == 20 and password["RandomPassword"].isalnum()
