// What the tests of functions share: a host, and functions made of a few files.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"
#include "base/zip.h"
#include "runtime/host.h"
#include "runtime/test_support.h"

namespace runtime {

inline constexpr std::uint32_t kProgramMode = 0100755;

// The lines of all environments, in order.
class Lines {
 public:
  void add(std::vector<kernel::LogLine> lines) {
    std::lock_guard lock(mutex_);
    for (auto& line : lines) lines_.push_back(line.text);
    changed_.notify_all();
  }
  std::vector<std::string> all() {
    std::lock_guard lock(mutex_);
    return lines_;
  }
  // The first line that holds `text`; "" when none comes.
  std::string await(const std::string& text) {
    std::unique_lock lock(mutex_);
    std::string found;
    changed_.wait_for(lock, std::chrono::seconds(20), [&] {
      for (const std::string& line : lines_)
        if (found.empty() && line.find(text) != std::string::npos) found = line;
      return !found.empty();
    });
    return found;
  }
  std::size_t count(const std::string& text) {
    std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::ranges::count_if(lines_, [&](const std::string& line) { return line.find(text) != std::string::npos; }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

// A function as a test wants it.
struct TestFunction {
  std::string runtime = "provided.al2023";
  std::string handler = "function.handler";
  std::vector<base::ZipFile> files;
  std::vector<std::vector<base::ZipFile>> layers = {};
  std::map<std::string, std::string> variables = {};
  int memory_mb = 512;
  std::string log_format = "Text";
};

// A function in Python whose module is this text.
inline TestFunction python(const std::string& code) {
  return {.runtime = "python3.11", .files = {{"function.py", code}}};
}

class TestHost {
 public:
  explicit TestHost(HostSettings settings = {}) {
    auto started = Host::start({.spawner = *spawner_.operator->(), .clock = clock, .settings = settings});
    EXPECT_TRUE(started) << started.error().message;
    host_ = std::move(*started);
  }

  Host* operator->() { return host_.get(); }

  kernel::FunctionRequest request(const TestFunction& function, std::string payload = "{}") {
    kernel::FunctionRequest request;
    std::string files;
    for (const auto& file : function.files) files += file.name + "\n" + file.content + "\n";
    for (const auto& [name, value] : function.variables) files += name + "=" + value + "\n";
    request.function_key = "arn:aws:lambda:us-east-1:000000000000:function:f";
    request.environment_key = request.function_key + ":" + base::to_hex(base::sha256(files + function.handler));
    request.account_key = "000000000000/us-east-1";
    request.request_id = fmt::format("00000000-0000-4000-8000-{:012}", ++requests_);
    request.invoked_arn = request.function_key;
    request.payload = std::move(payload);
    request.time_limit = kernel::Millis(20'000);
    request.make_environment = [this, function] { return make(function); };
    return request;
  }

  kernel::FunctionOutcome run(kernel::FunctionRequest request) {
    auto run = host_->prepare(std::move(request));
    std::promise<void> over;
    run->start([&] { over.set_value(); });
    if (over.get_future().wait_for(std::chrono::seconds(40)) != std::future_status::ready) {
      ADD_FAILURE() << "The run is never over.";
      abort();
    }
    return run->outcome();
  }
  kernel::FunctionOutcome run(const TestFunction& function, std::string payload = "{}") {
    return run(request(function, std::move(payload)));
  }

  base::Result<kernel::FunctionEnvironment> make(const TestFunction& function) {
    kernel::FunctionEnvironment environment;
    environment.function_name = "f";
    environment.version = "$LATEST";
    environment.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
    environment.account = "000000000000";
    environment.region = "us-east-1";
    environment.runtime = function.runtime;
    environment.handler = function.handler;
    environment.memory_mb = function.memory_mb;
    environment.variables = function.variables;
    environment.code = package(function.files);
    for (const auto& layer : function.layers) environment.layers.push_back(package(layer));
    environment.log_group = "/aws/lambda/f";
    environment.log_stream = "2026/11/21/[$LATEST]0123";
    environment.log_format = function.log_format;
    environment.take_logs = [this](std::vector<kernel::LogLine> taken) { lines.add(std::move(taken)); };
    return environment;
  }

  static kernel::CodePackage package(const std::vector<base::ZipFile>& files) {
    std::string zip = *base::make_zip(files);
    return {.sha256 = base::to_hex(base::sha256(zip)), .read = [zip] { return zip; }};
  }

  Lines lines;
  kernel::AdjustableClock clock;

 private:
  int requests_ = 0;
  TestSpawner spawner_;
  std::unique_ptr<Host> host_;
};

}  // namespace runtime
