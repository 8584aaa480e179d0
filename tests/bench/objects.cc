// The load on S3, and what the hashing and sealing of the same bytes costs by itself.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <utility>

#include "auth/sign.h"
#include "base/bytes.h"
#include "base/frames.h"
#include "bench/requests.h"

namespace bench {

namespace {

// Makes whole requests, signed with the credentials of the environment.
class ObjectRequests {
 public:
  explicit ObjectRequests(const Options& options)
      : options_(options), host_("127.0.0.1:" + std::to_string(options.port)), body_(noise(options.object_bytes)) {
    auto variable = [](const char* name) { return std::string(std::getenv(name) ? std::getenv(name) : ""); };
    credentials_ = {variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), variable("AWS_SESSION_TOKEN")};
  }

  std::string create_bucket() const { return make("PUT", "/" + options_.bucket, "", ""); }
  std::string put(std::int64_t number) const { return make("PUT", path_of(number), "", body_); }
  std::string get(std::int64_t number) const { return make("GET", path_of(number), "", ""); }
  // From the middle of the keys that are there.
  std::string list() const {
    return make("GET", "/" + options_.bucket, "list-type=2&start-after=" + key_of(options_.items / 2, "%2F"), "");
  }
  std::string list_folders() const { return make("GET", "/" + options_.bucket, "delimiter=%2F&list-type=2", ""); }

  static std::string noise(std::size_t size) {
    std::string bytes(size, '\0');
    std::uint64_t state = 1;
    for (char& byte : bytes) byte = char((state = state * 6364136223846793005u + 1442695040888963407u) >> 56);
    return bytes;
  }

 private:
  static std::string digits_of(std::int64_t number, std::size_t count) {
    std::string digits = std::to_string(number);
    return std::string(count - std::min(count, digits.size()), '0') + digits;
  }
  // A thousand keys stand in each folder.
  static std::string key_of(std::int64_t number, std::string_view slash) {
    return "folder-" + digits_of(number / 1'000, 6) + std::string(slash) + "object-" + digits_of(number, 9);
  }
  std::string path_of(std::int64_t number) const { return "/" + options_.bucket + "/" + key_of(number, "/"); }

  std::string make(std::string_view method, const std::string& path, const std::string& query,
                   const std::string& body) const {
    auto now = std::chrono::system_clock::now().time_since_epoch();
    auth::Header host{"Host", host_};
    std::string hash = base::to_hex(base::sha256(body));
    auto added =
        auth::sign_header({.method = method, .path = path, .query = query, .headers = {&host, 1}}, credentials_,
                          {.region = "us-east-1",
                           .service = "s3",
                           .time_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
                           .payload_hash = hash});
    std::string request(method);
    request.append(" ").append(path).append(query.empty() ? "" : "?").append(query).append(" HTTP/1.1\r\n");
    request.append("Host: ").append(host_).append("\r\n");
    for (const auto& [name, value] : added) request.append(name).append(": ").append(value).append("\r\n");
    return request + "User-Agent: virga_bench\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  const Options& options_;
  std::string host_;
  std::string body_;
  auth::Credentials credentials_;
};

Step cycle_through(std::vector<std::string> requests) {
  return [requests = std::move(requests), next = std::size_t{0}](std::string_view) mutable -> std::string_view {
    return requests[next++ % requests.size()];
  };
}

}  // namespace

bool make_object_script(const Options& options, Script& script) {
  if (!options.mode.starts_with("object-")) return false;
  static std::unique_ptr<ObjectRequests> requests;  // a step keeps a reference to it
  requests = std::make_unique<ObjectRequests>(options);
  script.preparation = {requests->create_bucket()};
  std::vector<std::string> puts, gets;
  const std::int64_t there = std::max<std::int64_t>(options.items, options.keys);
  for (int i = 0; i < options.keys; ++i) {
    std::int64_t number = std::int64_t{i} * 7'919 % there;
    if (options.mode == "object-put" || options.mode == "object-get") puts.push_back(requests->put(number));
    if (options.mode == "object-get") gets.push_back(requests->get(number));
  }
  if (options.mode == "object-put") {
    script.steps = {cycle_through(std::move(puts))};
  } else if (options.mode == "object-get") {
    if (options.items == 0)
      for (std::string& put : puts) script.preparation.push_back(std::move(put));
    script.steps = {cycle_through(std::move(gets))};
  } else if (options.mode == "object-list") {
    script.steps = {cycle_through({requests->list()})};
  } else if (options.mode == "object-list-folders") {
    script.steps = {cycle_through({requests->list_folders()})};
  } else if (options.mode == "object-fill") {
    script.steps = {[made = std::string(), number = std::int64_t{0}](std::string_view) mutable -> std::string_view {
      made = requests->put(number++);
      return made;
    }};
  } else {
    return false;
  }
  return true;
}

std::string object_mode_names() {
  return "object-put, object-get, object-list, object-list-folders, object-fill, raw-put, raw-get";
}

// What has to be done with the bytes of an object that is put, or got, on one processor and nothing else.
bool run_raw(const Options& options) {
  if (options.mode != "raw-put" && options.mode != "raw-get") return false;
  using Clock = std::chrono::steady_clock;
  const std::string text = ObjectRequests::noise(options.object_bytes), key(32, 'k');
  const std::string sealed = base::seal_frames(key, text);
  std::size_t count = 0;
  const std::clock_t processor_began = std::clock();
  auto began = Clock::now();
  double seconds = 0;
  for (; seconds < options.seconds; ++count) {
    if (options.mode == "raw-put") {
      if (base::md5(text).empty() || base::sha256(text).empty() || base::seal_frames(key, text).empty()) die("no hash");
    } else {
      base::FrameOpener opener(key, text.size());
      std::string out;
      for (std::size_t at = 0, index = 0; at < sealed.size(); at += base::kSealedFrameBytes, ++index) {
        out.clear();
        if (!opener.open(index, std::string_view(sealed).substr(at, base::kSealedFrameBytes), out)) die("not opened");
      }
    }
    seconds = std::chrono::duration<double>(Clock::now() - began).count();
  }
  std::printf(
      "{\"requests\":%zu,\"seconds\":%.4f,\"per_second\":%.2f,\"p50_us\":0,\"p99_us\":0,\"server_us\":%.3f,"
      "\"server_busy\":0,\"load_busy\":1}\n",
      count, seconds, double(count) / seconds,
      double(std::clock() - processor_began) * 1e6 / CLOCKS_PER_SEC / double(count));
  return true;
}

}  // namespace bench
