#include "runtime/host.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "runtime/host_test_support.h"

namespace runtime {
namespace {

using Kind = kernel::FunctionOutcome::Kind;

base::Value json(const std::string& text) { return base::parse_json(text).value_or(base::Value(text)); }

TEST(Host, RunsAFunctionInPython) {
  TestHost host;
  auto outcome =
      host.run(python("import os\n"
                      "def handler(event, context):\n"
                      "    print('hello')\n"
                      "    return {'got': event, 'id': context.aws_request_id, 'name': context.function_name}\n"),
               R"({"a":[1,2]})");
  ASSERT_EQ(outcome.kind, Kind::kAnswered) << outcome.problem << outcome.payload;
  EXPECT_EQ(outcome.payload, R"({"got": {"a": [1, 2]}, "id": "00000000-0000-4000-8000-000000000001", "name": "f"})");
  EXPECT_GT(outcome.init_ms, 0);
  EXPECT_GT(outcome.duration_ms, 0);
  EXPECT_GT(outcome.memory_used_mb, 0);
  std::vector<std::string> lines = (host.lines.await("REPORT"), host.lines.all());
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_TRUE(lines[0].starts_with("INIT_START Runtime Version: python:3.11.")) << lines[0];
  EXPECT_EQ(lines[1], "START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST");
  EXPECT_EQ(lines[2], "hello");
  EXPECT_EQ(lines[3], "END RequestId: 00000000-0000-4000-8000-000000000001");
  EXPECT_TRUE(lines[4].starts_with("REPORT RequestId: 00000000-0000-4000-8000-000000000001\tDuration: ")) << lines[4];
  EXPECT_NE(lines[4].find("Init Duration: "), std::string::npos);
  EXPECT_NE(outcome.log_tail.find("hello\nEND RequestId"), std::string::npos) << outcome.log_tail;
}

TEST(Host, KeepsAnEnvironmentForTheNextRun) {
  TestHost host;
  TestFunction function = python(
      "count = 0\n"
      "def handler(event, context):\n"
      "    global count\n"
      "    count += 1\n"
      "    return count\n");
  EXPECT_EQ(host.run(function).payload, "1");
  auto second = host.run(function);
  EXPECT_EQ(second.payload, "2");
  EXPECT_EQ(second.init_ms, 0);
  EXPECT_EQ(host->counts(host.request(function).environment_key).idle, 1);
}

TEST(Host, TellsOfAnErrorOfTheFunction) {
  TestHost host;
  auto outcome = host.run(python("def handler(event, context):\n    raise ValueError('no good')\n"));
  EXPECT_EQ(outcome.kind, Kind::kFailed);
  base::Value error = json(outcome.payload);
  EXPECT_EQ(error.at("errorType").str(), "ValueError");
  EXPECT_EQ(error.at("errorMessage").str(), "no good");
  ASSERT_EQ(error.at("stackTrace").list().size(), 1U);
  EXPECT_NE(error.at("stackTrace").list()[0].str().find("function.py\", line 2, in handler\n"), std::string::npos);
  EXPECT_NE(host.lines.await("[ERROR] ValueError: no good\nTraceback (most recent call last):"), "");
  EXPECT_NE(host.lines.await("Status: error\tError Type: ValueError"), "");
}

TEST(Host, InitializesAgainWithinTheRunWhenThatFailed) {
  TestHost host;
  auto outcome = host.run(python("import nothing_like_this\n"));
  EXPECT_EQ(outcome.kind, Kind::kFailed);
  base::Value error = json(outcome.payload);
  EXPECT_EQ(error.at("errorType").str(), "Runtime.ImportModuleError");
  EXPECT_EQ(error.at("errorMessage").str(), "Unable to import module 'function': No module named 'nothing_like_this'");
  EXPECT_EQ(error.at("requestId").str(), "00000000-0000-4000-8000-000000000001");
  EXPECT_NE(host.lines.await("Phase: init\tStatus: error\tError Type: Runtime.ImportModuleError"), "");
  EXPECT_NE(host.lines.await("Phase: invoke\tStatus: error\tError Type: Runtime.ImportModuleError"), "");
  EXPECT_EQ(host.lines.count("[ERROR] Runtime.ImportModuleError"), 2U);
}

TEST(Host, NamesHandlersThatAreNotThere) {
  TestHost host;
  TestFunction function = python("x = 1\n");
  EXPECT_EQ(json(host.run(function).payload).at("errorMessage").str(),
            "Handler 'handler' missing on module 'function'");
  function.handler = "handler";
  EXPECT_EQ(json(host.run(function).payload).at("errorType").str(), "Runtime.MalformedHandlerName");
  EXPECT_EQ(json(host.run(python("def handler(:\n")).payload).at("errorType").str(), "Runtime.UserCodeSyntaxError");
}

TEST(Host, RefusesAnswersThatAreNoJson) {
  TestHost host;
  auto outcome = host.run(python("def handler(event, context):\n    return {1, 2}\n"));
  EXPECT_EQ(json(outcome.payload).at("errorType").str(), "Runtime.MarshalError");
  EXPECT_EQ(json(outcome.payload).at("errorMessage").str(),
            "Unable to marshal response: Object of type set is not JSON serializable");
}

TEST(Host, EndsWhatTakesTooLong) {
  TestHost host;
  auto request = host.request(python("def handler(event, context):\n    while True: pass\n"));
  request.time_limit = kernel::Millis(1'000);
  auto outcome = host.run(std::move(request));
  EXPECT_EQ(outcome.kind, Kind::kTimedOut);
  EXPECT_EQ(json(outcome.payload).at("errorType").str(), "Sandbox.Timedout");
  EXPECT_EQ(json(outcome.payload).at("errorMessage").str(),
            "RequestId: 00000000-0000-4000-8000-000000000001 Error: Task timed out after 1.00 seconds");
  EXPECT_NE(host.lines.await("Status: timeout"), "");
  EXPECT_NE(host.lines.await(" Task timed out after 1.00 seconds"), "");
}

TEST(Host, EndsARunWhoseTimeIsUpByTheClockOfTheCloud) {
  TestHost host;
  auto run =
      host->prepare(host.request(python("def handler(event, context):\n"
                                        "    print('running')\n"
                                        "    while True: pass\n")));
  std::promise<void> over;
  run->start([&] { over.set_value(); });
  host.lines.await("running");
  run->time_out();
  over.get_future().wait();
  EXPECT_EQ(run->outcome().kind, Kind::kTimedOut);
}

TEST(Host, TellsOfARuntimeThatGoes) {
  TestHost host;
  auto outcome = host.run(python("import os\ndef handler(event, context):\n    os._exit(3)\n"));
  EXPECT_EQ(outcome.kind, Kind::kFailed);
  EXPECT_EQ(json(outcome.payload).at("errorType").str(), "Runtime.ExitError");
  EXPECT_EQ(json(outcome.payload).at("errorMessage").str(),
            "RequestId: 00000000-0000-4000-8000-000000000001 Error: Runtime exited with error: exit status 3");
  EXPECT_NE(host.lines.await("exit status 3\nRuntime.ExitError"), "");
}

TEST(Host, EndsWhatTakesTooMuchMemory) {
  TestHost host;
  TestFunction function = python("def handler(event, context):\n    return len(bytearray(400 << 20))\n");
  function.memory_mb = 128;
  auto outcome = host.run(function);
  EXPECT_EQ(json(outcome.payload).at("errorMessage").str(),
            "RequestId: 00000000-0000-4000-8000-000000000001 Error: Runtime exited with error: signal: killed");
}

TEST(Host, CutsAnswersThatAreTooLong) {
  TestHost host;
  TestFunction function = python("def handler(event, context):\n    return 'x' * event\n");
  EXPECT_EQ(host.run(function, "6291554").payload.size(), 6'291'556U);
  auto outcome = host.run(function, "6291555");
  EXPECT_EQ(outcome.kind, Kind::kFailed);
  EXPECT_EQ(outcome.payload,
            R"({"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum )"
            R"(allowed payload size (6291556 bytes)."})");
  EXPECT_EQ(host.run(function, "3").payload, "\"xxx\"");
}

TEST(Host, ThrottlesWhatIsMoreThanReserved) {
  TestHost host;
  auto request = host.request(python("def handler(event, context):\n    return 1\n"));
  request.reserved_concurrency = 0;
  auto outcome = host.run(request);
  EXPECT_EQ(outcome.kind, Kind::kThrottled);
  EXPECT_EQ(outcome.problem, "ReservedFunctionConcurrentInvocationLimitExceeded");
  request.reserved_concurrency.reset();
  request.unreserved_concurrency = 0;
  EXPECT_EQ(host.run(request).problem, "ConcurrentInvocationLimitExceeded");
  request.unreserved_concurrency = 1;
  EXPECT_EQ(host.run(request).payload, "1");
  EXPECT_EQ(host.run(request).payload, "1");
}

TEST(Host, SaysWhatToInstall) {
  TestHost host;
  TestFunction function = python("");
  function.runtime = "python3.99";
  auto outcome = host.run(function);
  EXPECT_EQ(outcome.kind, Kind::kUnable);
  EXPECT_TRUE(outcome.problem.starts_with("The runtime python3.99 needs python 3.99 on this machine; found: "))
      << outcome.problem;
}

TEST(Host, RunsABootstrap) {
  TestHost host;
  TestFunction function{.files = {{"bootstrap", "#!/bin/sh\necho starting\nexit 5\n", kProgramMode}}};
  auto outcome = host.run(function);
  EXPECT_EQ(json(outcome.payload).at("errorType").str(), "Runtime.ExitError");
  EXPECT_NE(outcome.payload.find("Runtime exited with error: exit status 5"), std::string::npos);
  EXPECT_EQ(host.lines.count("starting"), 2U);
  auto missing = host.run(TestFunction{.files = {{"other", "x"}}});
  EXPECT_EQ(missing.payload, R"({"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: )"
                             R"(00000000-0000-4000-8000-000000000002 Error: Couldn't find valid bootstrap(s): )"
                             R"([/var/task/bootstrap /opt/bootstrap]"})");
}

TEST(Host, KeepsEnvironmentsReady) {
  TestHost host;
  TestFunction function = python("def handler(event, context):\n    return 1\n");
  auto request = host.request(function);
  std::promise<void> ready;
  std::atomic<int> changes = 0;
  auto make = [&]() -> base::Result<kernel::FunctionEnvironment> {
    auto environment = host.make(function);
    environment->initialization_type = "provisioned-concurrency";
    return environment;
  };
  host->provision(request.environment_key, request.function_key, 2, make, [&] {
    if (++changes == 2) ready.set_value();
  });
  ready.get_future().wait();
  EXPECT_EQ(host->counts(request.environment_key).idle, 2);
  EXPECT_EQ(host.run(request).payload, "1");
  EXPECT_EQ(host.lines.count("Init Duration"), 0U);
}

TEST(Host, EndsEnvironmentsOfAFunctionThatWasChanged) {
  TestHost host;
  TestFunction function = python("import os\ndef handler(event, context):\n    return os.getpid()\n");
  auto request = host.request(function);
  std::string first = host.run(request).payload;
  host->retire(request.function_key);
  auto again = host.run(request);
  EXPECT_GT(again.init_ms, 0);
}

TestFunction node(const std::string& code, const std::string& file = "function.js") {
  return {.runtime = "nodejs20.x", .files = {{file, code}}};
}

TEST(NodeClient, RunsEveryFormOfHandler) {
  TestHost host;
  for (const char* code : {"exports.handler = async (event) => ({ got: event });",
                           "exports.handler = (event, context, callback) => callback(null, { got: event });",
                           "exports.handler = (event, context) => context.succeed({ got: event });",
                           "exports.handler = (event, context, callback) => { context.callbackWaitsForEmptyEventLoop = "
                           "false; setInterval(() => {}, 1000); callback(null, { got: event }); };"})
    EXPECT_EQ(host.run(node(code), "[1]").payload, R"({"got":[1]})") << code;
  TestFunction module = node("export const handler = async (event) => event;", "function.mjs");
  EXPECT_EQ(host.run(module, R"({"a":null})").payload, R"({"a":null})");
  TestFunction deep{
      .runtime = "nodejs20.x",
      .handler = "source/index.on.event",
      .files = {{"source/index.js", "exports.on = { event: (e, c, done) => setTimeout(done, 1, null, 5) };"}}};
  EXPECT_EQ(host.run(deep).payload, "5");
  EXPECT_EQ(host.run(node("exports.handler = () => {};")).payload, "null");
}

TEST(NodeClient, TellsOfErrors) {
  TestHost host;
  auto failed = host.run(node("exports.handler = () => Promise.reject(new TypeError('no good'));"));
  EXPECT_EQ(failed.kind, Kind::kFailed);
  EXPECT_EQ(json(failed.payload).at("errorType").str(), "TypeError");
  EXPECT_EQ(json(failed.payload).at("errorMessage").str(), "no good");
  EXPECT_EQ(json(failed.payload).at("trace").list()[0].str(), "TypeError: no good");
  EXPECT_NE(host.lines.await("\tERROR\tInvoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"no good\""), "");
  EXPECT_EQ(host.run(node("exports.handler = (e, c, done) => done('text');")).payload,
            R"({"errorType":"string","errorMessage":"text","trace":[]})");
  EXPECT_EQ(json(host.run(node("exports.other = 1;")).payload).at("errorMessage").str(),
            "function.handler is undefined or not exported");
  EXPECT_EQ(json(host.run(node("require('nothing-like-this');")).payload).at("errorType").str(),
            "Runtime.ImportModuleError");
  EXPECT_EQ(json(host.run(node("exports.handler = (")).payload).at("errorType").str(), "Runtime.UserCodeSyntaxError");
  auto rejected = host.run(node("exports.handler = (e, c, done) => { Promise.reject(new Error('lost')); };"));
  EXPECT_EQ(json(rejected.payload).at("errorType").str(), "Runtime.UnhandledPromiseRejection");
}

TEST(NodeClient, LogsWithTimeAndRequest) {
  TestHost host;
  host.run(node("exports.handler = async () => { console.log('one %d', 2); console.error('two\\nlines'); };"));
  std::string line = host.lines.await("one 2");
  EXPECT_EQ(line.substr(line.find('\t')), "\t00000000-0000-4000-8000-000000000001\tINFO\tone 2");
  EXPECT_NE(host.lines.await("\tERROR\ttwo\nlines"), "");
}

TEST(NodeClient, StreamsAnswers) {
  TestHost host;
  auto request =
      host.request(node("exports.handler = awslambda.streamifyResponse(async (event, out) => {\n"
                        "  out.setContentType('text/plain');\n"
                        "  for (let i = 0; i < 3; ++i) out.write('part' + i + ';');\n"
                        "  out.end();\n"
                        "});"));
  EXPECT_EQ(host.run(request).payload, "part0;part1;part2;");
  request.request_id = "00000000-0000-4000-8000-000000000002";
  request.answering = kernel::FunctionRequest::Answering::kStreamed;
  auto outcome = host.run(request);
  ASSERT_NE(outcome.stream, nullptr);
  EXPECT_EQ(outcome.content_type, "text/plain");
  auto reader = outcome.stream->reader();
  std::mutex mutex;
  std::condition_variable changed;
  bool has_more = false;
  reader->on_start([&] {
    std::lock_guard lock(mutex);
    has_more = true;
    changed.notify_all();
  });
  std::string text;
  for (auto next = base::BodySource::Next::kLater; next != base::BodySource::Next::kEnd;) {
    std::string piece;
    next = reader->next(piece);
    text += piece;
    ASSERT_NE(next, base::BodySource::Next::kFail);
    std::unique_lock lock(mutex);
    if (next == base::BodySource::Next::kLater) changed.wait(lock, [&] { return std::exchange(has_more, false); });
  }
  EXPECT_EQ(text, "part0;part1;part2;");
}

TestFunction ruby(const std::string& code) { return {.runtime = "ruby3.1", .files = {{"function.rb", code}}}; }

TEST(RubyClient, RunsFunctions) {
  TestHost host;
  if (host.run(ruby("def handler(event:, context:) = 1\n")).kind == Kind::kUnable) GTEST_SKIP() << "no ruby here";
  EXPECT_EQ(host.run(ruby("def handler(event:, context:)\n  { got: event, id: context.aws_request_id }\nend\n"), "[1]")
                .payload,
            R"({"got":[1],"id":"00000000-0000-4000-8000-000000000002"})");
  auto failed = host.run(ruby("def handler(event:, context:)\n  raise ArgumentError, 'no good'\nend\n"));
  EXPECT_EQ(json(failed.payload).at("errorType").str(), "Function<ArgumentError>");
  EXPECT_EQ(json(failed.payload).at("errorMessage").str(), "no good");
}

constexpr const char* kExtension = R"py(#!/usr/bin/python3
import http.server, json, os, sys, threading, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"]
def ask(method, path, body=None, headers={}):
    data = None if body is None else json.dumps(body).encode()
    return urllib.request.urlopen(urllib.request.Request(api + path, data, headers, method=method))
me = {"Lambda-Extension-Name": os.path.basename(__file__)}
answer = ask("POST", "/2020-01-01/extension/register", {"events": ["INVOKE", "SHUTDOWN"]}, me)
me["Lambda-Extension-Identifier"] = answer.headers["Lambda-Extension-Identifier"]
class Sink(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        for event in json.loads(self.rfile.read(int(self.headers["Content-Length"]))):
            print("telemetry", event["type"], json.dumps(event["record"]), flush=True)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_): pass
sink = http.server.HTTPServer(("127.0.0.1", 0), Sink)
threading.Thread(target=sink.serve_forever, daemon=True).start()
ask("PUT", "/2022-07-01/telemetry", {"schemaVersion": "2022-12-13", "types": ["platform", "function"],
    "buffering": {"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 25},
    "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:%d" % sink.server_port}}, me)
heard = None
while heard != "SHUTDOWN":
    event = json.load(ask("GET", "/2020-01-01/extension/event/next", headers=me))
    heard = event["eventType"]
    print("heard", heard, event.get("requestId", event.get("shutdownReason")), flush=True)
)py";

TEST(Extensions, HearOfInvocationsTelemetryAndTheEnd) {
  HostSettings settings;
  settings.freeze_after = std::chrono::seconds(30);
  TestHost host(settings);
  TestFunction function = python("def handler(event, context):\n    print('said')\n    return 1\n");
  function.layers = {{{"extensions/listener", kExtension, kProgramMode}}};
  auto request = host.request(function);
  EXPECT_EQ(host.run(request).payload, "1");
  EXPECT_NE(host.lines.await("heard INVOKE 00000000-0000-4000-8000-000000000001"), "");
  EXPECT_NE(host.lines.await("telemetry platform.initStart"), "");
  EXPECT_NE(host.lines.await("telemetry function \"said\""), "");
  EXPECT_NE(host.lines.await("telemetry platform.report"), "");
  EXPECT_NE(host.lines.await("EXTENSION\tName: listener\tState: Ready\tEvents: [\"INVOKE\",\"SHUTDOWN\"]"), "");
  EXPECT_NE(host.lines.await("TELEMETRY\tName: listener\tState: Subscribed\tTypes: [\"platform\",\"function\"]"), "");
  host->retire(request.function_key);
  EXPECT_NE(host.lines.await("heard SHUTDOWN spindown"), "");
}

TEST(Extensions, FailTheInitializationWhenTheyGo) {
  TestHost host;
  TestFunction function = python("def handler(event, context):\n    return 1\n");
  function.layers = {{{"extensions/broken", "#!/bin/sh\nexit 4\n", kProgramMode}}};
  auto outcome = host.run(function);
  EXPECT_EQ(outcome.kind, Kind::kFailed);
  EXPECT_EQ(json(outcome.payload).at("errorType").str(), "Extension.Crash");
}

}  // namespace
}  // namespace runtime
