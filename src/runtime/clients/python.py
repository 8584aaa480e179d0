"""The client of the Runtime API for Python functions: what AWS's own does, with little code and a raw socket."""

import _socket
import json
import os
import sys
import time



def await_function():
    """Waits to be told, by standard input, for which function this interpreter was started ahead."""
    for name in ("base64", "datetime", "decimal", "logging", "traceback", "typing", "urllib.parse", "uuid"):
        __import__(name)
    os.write(0, b".")
    told = b""
    while part := os.read(0, 65536):
        told += part
    if not told:
        os._exit(0)
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    own = {name: value for name, value in os.environ.items() if name == "LC_CTYPE"}  # set by the interpreter itself
    os.environ.clear()
    os.environ.update({**own, **json.loads(told)})
    os.chdir(os.environ["LAMBDA_TASK_ROOT"])


if "VIRGA_SPARE" in os.environ:
    await_function()
_FRAME = b"\xa5\x5a\x00\x01"
_NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n"
_IS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
_LEVELS = {"TRACE": 5, "DEBUG": 10, "INFO": 20, "WARN": 30, "ERROR": 40, "FATAL": 50}
_current = {"request_id": None}


class Fault(Exception):
    """What keeps a handler from being found or its answer from being sent, under a name of Lambda's."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind = kind
        self.trace = list(trace)


def write_message(text):
    """One message of the log, however many lines it has."""
    data = text.rstrip("\n").encode("utf-8", "backslashreplace")
    framed = _FRAME + len(data).to_bytes(4, "big") + data if b"\n" in data else data + b"\n"
    sys.stdout.flush()
    while framed:
        framed = framed[os.write(1, framed):]


# --- The log ------------------------------------------------------------------------------------------------------


def utc(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def set_up_logging(logging):
    """The root logger writes to the log of the function, as AWS sets it up before the function's code runs."""
    known = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "aws_request_id"}

    class Formatter(logging.Formatter):
        def format(self, record):
            message = record.getMessage()
            if _IS_JSON:
                return self.as_json(record, message)
            if record.exc_info:
                message += "\n" + self.formatException(record.exc_info)
            if record.stack_info:
                message += "\n" + self.formatStack(record.stack_info)
            when = f"{utc(record.created)}.{int(record.msecs)}Z"
            return f"[{record.levelname}]\t{when}\t{_current['request_id'] or ''}\t{message}"

        def as_json(self, record, message):
            line = {
                "timestamp": utc(record.created) + "Z",
                "level": record.levelname,
                "message": message,
                "logger": record.name,
            }
            if record.exc_info and record.exc_info[0]:
                import traceback

                kind, error, trace = record.exc_info
                frames = traceback.format_list(traceback.extract_tb(trace))
                line["stackTrace"] = [frame.rstrip("\n") for frame in frames]
                line["errorType"] = kind.__name__
                line["errorMessage"] = str(error)
                line["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
            line.update((name, value) for name, value in vars(record).items() if name not in known)
            if _current["request_id"]:
                line["requestId"] = _current["request_id"]
            return json.dumps(line, ensure_ascii=False, default=str)

    class Handler(logging.Handler):
        def emit(self, record):
            try:
                write_message(self.format(record))
            except Exception:
                self.handleError(record)

    handler = Handler()
    handler.setFormatter(Formatter())
    logging.root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    if _IS_JSON and level in _LEVELS:
        logging.addLevelName(_LEVELS["TRACE"], "TRACE")
        logging.root.setLevel(_LEVELS[level])


class LoggingHook:
    """Sets logging up at the moment it is imported: many functions never do, and it takes milliseconds."""

    def find_spec(self, name, path=None, target=None):
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, path)
        load = spec.loader.exec_module

        def load_and_set_up(module):
            load(module)
            set_up_logging(module)

        spec.loader.exec_module = load_and_set_up
        return spec


def log_error(error):
    """An error as the log shows it."""
    if _IS_JSON:
        line = {"timestamp": utc(time.time()) + "Z", "log_level": "ERROR", **error}
        return write_message(json.dumps(line, ensure_ascii=False))
    text = f"[ERROR] {error['errorType']}: {error['errorMessage']}"
    if error.get("stackTrace") is not None:
        lines = "".join(error["stackTrace"]).rstrip("\n").split("\n") if error["stackTrace"] else []
        text += "\nTraceback (most recent call last):"
        for line in lines:
            bare = line.lstrip(" ")
            text += "\n" + "\u00a0" * (len(line) - len(bare)) + bare
    write_message(text)


# --- Context ------------------------------------------------------------------------------------------------------


class Plain:
    """Named values, as objects that print themselves."""

    def __init__(self, names, values):
        self._names = names
        for name in names:
            setattr(self, name, values.get(name) if values else None)

    def __repr__(self):
        return f"{type(self).__name__}([{','.join(f'{name}={getattr(self, name)}' for name in self._names)}])"


class CognitoIdentity(Plain):
    def __init__(self, values):
        values = values or {}
        super().__init__(
            ("cognito_identity_id", "cognito_identity_pool_id"),
            {
                "cognito_identity_id": values.get("cognitoIdentityId"),
                "cognito_identity_pool_id": values.get("cognitoIdentityPoolId"),
            },
        )


class Client(Plain):
    def __init__(self, values):
        names = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")
        super().__init__(names, values)


class ClientContext(Plain):
    def __init__(self, values):
        super().__init__(("custom", "env", "client"), values)
        self.client = Client(values.get("client"))


class LambdaContext:
    def __init__(self, head):
        environment = os.environ
        self.aws_request_id = head["lambda-runtime-aws-request-id"]
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = head.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = head.get("lambda-runtime-aws-tenant-id")
        client = head.get("lambda-runtime-client-context")
        self.client_context = ClientContext(json.loads(client)) if client else None
        identity = head.get("lambda-runtime-cognito-identity")
        self.identity = CognitoIdentity(json.loads(identity) if identity else None)
        self._epoch_deadline_time_in_ms = int(head["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(self._epoch_deadline_time_in_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        values = ",".join(f"{name}={value}" for name, value in vars(self).items() if not name.startswith("_"))
        return f"{type(self).__name__}([{values}])"


# --- The API ------------------------------------------------------------------------------------------------------


class Api:
    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self._socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        self._socket.connect((host, int(port)))
        self._socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self._read = b""

    def receive(self):
        """The next answer: status, head, body."""
        while (end := self._read.find(b"\r\n\r\n")) < 0:
            self._fill()
        lines = self._read[:end].decode("utf-8").split("\r\n")
        head = {}
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            head[name.lower()] = value
        end += 4
        size = int(head.get("content-length", 0))
        if len(self._read) < end + size:
            parts, missing = [self._read], end + size - len(self._read)
            while missing > 0:
                part = self._socket.recv(min(missing, 1 << 20))
                if not part:
                    sys.exit(1)
                parts.append(part)
                missing -= len(part)
            self._read = b"".join(parts)
        body = self._read[end:end + size]
        self._read = self._read[end + size:]
        return int(lines[0][9:12]), head, body

    def _fill(self):
        part = self._socket.recv(65536)
        if not part:
            sys.exit(1)
        self._read += part

    def send(self, data):
        sent = self._socket.send(data)
        while sent < len(data):
            data = memoryview(data)[sent:]
            sent = self._socket.send(data)

    def next(self):
        self.send(_NEXT)
        return self.receive()

    def answer(self, request_id, body, kind="response", error_type=None):
        """Answers, and asks for what comes next."""
        more = f"Lambda-Runtime-Function-Error-Type: {error_type}\r\n" if error_type else ""
        head = (
            f"POST /2018-06-01/runtime/invocation/{request_id}/{kind} HTTP/1.1\r\nHost: runtime\r\n"
            f"Content-Type: application/json\r\n{more}Content-Length: {len(body)}\r\n\r\n"
        )
        self.send(head.encode() + body + _NEXT)
        self.receive()
        return self.receive()

    def fail_initialization(self, error):
        body = json.dumps(error, ensure_ascii=False).encode("utf-8", "backslashreplace")
        head = (
            "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: runtime\r\nContent-Type: application/json\r\n"
            f"Lambda-Runtime-Function-Error-Type: {error['errorType']}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.send(head.encode() + body)
        self.receive()


# --- The function -------------------------------------------------------------------------------------------------


def error_of(error, request_id):
    """An exception as its caller sees it."""
    if isinstance(error, Fault):
        return {
            "errorMessage": str(error),
            "errorType": error.kind,
            "requestId": request_id,
            "stackTrace": error.trace,
        }
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    own = os.path.abspath(__file__)
    while frames and (frames[0].filename == own or "importlib" in frames[0].filename):
        frames = frames[1:]
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id,
        "stackTrace": traceback.format_list(frames),
    }


def find_handler(name):
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}") from None
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault(
            "Runtime.BuiltInModuleConflict",
            f"Cannot use built-in module {module_name} as a handler module",
        )
    from importlib import import_module

    try:
        module = import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from None
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", trace) from None
    try:
        return getattr(module, function_name)
    except AttributeError:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise Fault("Runtime.HandlerNotFound", message) from None


def as_json_value(value):
    if type(value).__name__ == "Decimal" and type(value).__module__ == "decimal":
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def run(handler, head, body):
    """The answer's body, and the type of the error where it is one."""
    request_id = head["lambda-runtime-aws-request-id"]
    try:
        try:
            event = json.loads(body)
        except ValueError as error:
            raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None
        result = handler(event, LambdaContext(head))
        try:
            return json.dumps(result, ensure_ascii=False, default=as_json_value).encode(), None
        except (TypeError, ValueError, RecursionError) as error:
            raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None
    except Exception as error:
        told = error_of(error, request_id)
    log_error(told)
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace"), told["errorType"]


def main():
    sys.stdout.reconfigure(line_buffering=True)
    task_root = os.environ["LAMBDA_TASK_ROOT"]
    layers = os.environ.pop("VIRGA_LAYERS", "/opt")
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    runtime = os.path.dirname(os.path.abspath(__file__))
    rest = [path for path in sys.path if path != runtime]
    sys.path[:] = [task_root, f"{layers}/python/lib/{version}/site-packages", f"{layers}/python", *rest, runtime]
    # Functions do not see this module as __main__ of theirs.
    sys.argv[:] = ["bootstrap"]
    if "logging" in sys.modules:
        set_up_logging(sys.modules["logging"])
    else:
        sys.meta_path.insert(0, LoggingHook())
    api = Api(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = find_handler(os.environ["_HANDLER"])
    except Exception as error:
        told = error_of(error, "")
        log_error(told)
        api.fail_initialization(told)
        sys.stdout.flush()
        os._exit(1)
    status, head, body = api.next()
    while status == 200:
        request_id = _current["request_id"] = head["lambda-runtime-aws-request-id"]
        trace = head.get("lambda-runtime-trace-id")
        if trace:
            os.environ["_X_AMZN_TRACE_ID"] = trace
        elif "_X_AMZN_TRACE_ID" in os.environ:
            del os.environ["_X_AMZN_TRACE_ID"]
        answer, error_type = run(handler, head, body)
        sys.stdout.flush()
        sys.stderr.flush()
        status, head, body = api.answer(request_id, answer, "error" if error_type else "response", error_type)
    sys.exit(1)


main()
