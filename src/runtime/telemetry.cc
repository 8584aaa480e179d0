#include "runtime/telemetry.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "base/json.h"
#include "base/strings.h"
#include "http/client.h"
#include "runtime/api_answer.h"
#include "runtime/log_format.h"

namespace runtime {

// The buffering of a subscription, with the limits of AWS's guide.
struct TelemetryBuffering {
  std::int64_t bytes_max = 262'144;
  std::int64_t items_max = 10'000;
  std::int64_t time_ms = 1'000;
};

// A server within the environment.
struct TelemetryDestination {
  std::uint16_t port = 0;
  std::string path = "/";
};

namespace {

constexpr std::size_t kEarlyBytesMax = 1024 * 1024;

std::optional<std::string> read_buffering(const base::Value& asked, TelemetryBuffering& buffering) {
  struct Limit {
    const char* name;
    std::int64_t low, high;
    std::int64_t* value;
  };
  for (const Limit& limit :
       {Limit{"maxBytes", 262'144, 1'048'576, &buffering.bytes_max},
        Limit{"maxItems", 1'000, 10'000, &buffering.items_max}, Limit{"timeoutMs", 25, 30'000, &buffering.time_ms}}) {
    const base::Value& value = asked.at(limit.name);
    if (value.is_null()) continue;
    if (!value.is_whole() || value.num() < limit.low || value.num() > limit.high)
      return fmt::format("{} must be between {} and {}", limit.name, limit.low, limit.high);
    *limit.value = value.num();
  }
  return std::nullopt;
}

// "http://sandbox.localdomain:8080/logs"
std::optional<TelemetryDestination> parse_destination(std::string_view uri) {
  constexpr std::string_view kScheme = "http://";
  if (!uri.starts_with(kScheme)) return std::nullopt;
  uri.remove_prefix(kScheme.size());
  std::size_t slash = uri.find('/');
  std::string_view authority = uri.substr(0, slash);
  std::size_t colon = authority.rfind(':');
  TelemetryDestination found;
  std::string_view host = authority.substr(0, colon);
  if (host != "sandbox.localdomain" && host != "sandbox" && host != "localhost" && host != "127.0.0.1")
    return std::nullopt;
  auto port = colon == authority.npos ? std::optional<std::uint16_t>(80)
                                      : base::parse_number<std::uint16_t>(authority.substr(colon + 1));
  if (!port) return std::nullopt;
  found.port = *port;
  if (slash != uri.npos) found.path = uri.substr(slash);
  return found;
}

constexpr std::string_view kTypeNames[] = {"platform", "function", "extension"};

}  // namespace

struct Telemetry::Subscriber {
  std::string extension_id;
  bool types[3] = {};
  TelemetryBuffering buffering;
  TelemetryDestination destination;
  std::string items;  // of a JSON list, without its brackets
  std::int64_t count = 0;
  http::Loop::TimerId timer;

  // Batches on their way: one job sends them in order.
  std::mutex mutex;
  std::vector<std::string> batches;
  bool is_sending = false;
};

Telemetry::Telemetry(Machine& machine) : machine_(machine) {}

Telemetry::~Telemetry() {
  for (auto& subscriber : subscribers_) machine_.loop.cancel(subscriber->timer);
}

void Telemetry::add(Type type, std::string_view name, const base::Value& record, std::int64_t time_ms) {
  bool is_kept = is_early_ && early_bytes_ < kEarlyBytesMax;
  if (!is_kept && subscribers_.empty()) return;
  base::Value item;
  item.set("time", log_time(time_ms));
  item.set("type", name);
  item.set("record", record);
  std::string text = base::to_json(item);
  for (auto& subscriber : subscribers_)
    if (subscriber->types[static_cast<int>(type)]) add_to(*subscriber, text);
  if (!is_kept) return;
  early_bytes_ += text.size();
  early_.emplace_back(type, std::move(text));
}

http::Response Telemetry::subscribe(const std::string& extension_id, const std::string& body, bool is_telemetry,
                                    bool is_open) {
  const char* const kind = is_telemetry ? "Telemetry" : "Logs";
  if (!is_open)
    return error_response(403, fmt::format("{}.SubscriptionClosed", kind),
                          fmt::format("{} API subscription is closed already", kind));
  auto asked = base::parse_json(body);
  if (!asked || !asked->is_map()) return error_response(400, "ValidationError", "Could not parse request body");
  auto subscriber = std::make_shared<Subscriber>();
  subscriber->extension_id = extension_id;
  for (const base::Value& type : asked->at("types").list()) {
    auto known = std::ranges::find(kTypeNames, type.str());
    if (known == std::end(kTypeNames))
      return error_response(400, "ValidationError", fmt::format("{}: unknown type", type.str()));
    subscriber->types[known - std::begin(kTypeNames)] = true;
  }
  if (asked->at("types").list().empty()) return error_response(400, "ValidationError", "types must not be empty");
  if (auto wrong = read_buffering(asked->at("buffering"), subscriber->buffering))
    return error_response(400, "ValidationError", *wrong);
  const base::Value& destination = asked->at("destination");
  auto where = parse_destination(destination.at("URI").str());
  if (destination.at("protocol").str() != "HTTP" || !where)
    return error_response(400, "ValidationError", "destination must be HTTP, at sandbox.localdomain");
  subscriber->destination = *where;
  std::erase_if(subscribers_, [&](const auto& each) { return each->extension_id == extension_id; });
  subscribers_.push_back(subscriber);
  for (const auto& [type, item] : early_)
    if (subscriber->types[static_cast<int>(type)]) add_to(*subscriber, item);
  http::Response response{.status = 200, .headers = {}, .body = std::string("\"OK\"")};
  response.headers.add("Content-Type", "application/json");
  return response;
}

base::Value Telemetry::types_of(const std::string& extension_id) const {
  base::Value types = base::Value::List{};
  for (const auto& subscriber : subscribers_)
    for (int index = 0; index < 3 && subscriber->extension_id == extension_id; ++index)
      if (subscriber->types[index]) types.push(kTypeNames[index]);
  return types;
}

void Telemetry::add_to(Subscriber& subscriber, const std::string& item) {
  if (subscriber.count > 0) subscriber.items += ',';
  subscriber.items += item;
  ++subscriber.count;
  const TelemetryBuffering& buffering = subscriber.buffering;
  if (static_cast<std::int64_t>(subscriber.items.size()) >= buffering.bytes_max ||
      subscriber.count >= buffering.items_max)
    return send(subscriber);
  if (subscriber.count > 1) return;
  auto found = std::ranges::find(subscribers_, &subscriber, [](const auto& each) { return each.get(); });
  if (found == subscribers_.end()) return;
  subscriber.timer =
      machine_.loop.post_after(std::chrono::milliseconds(buffering.time_ms), [this, kept = *found] { send(*kept); });
}

void Telemetry::end_of_initialization() {
  is_early_ = false;
  early_.clear();
}

void Telemetry::send(Subscriber& subscriber) {
  constexpr std::size_t kBatchesMax = 64;  // of a server that takes none; older ones are dropped
  machine_.loop.cancel(std::exchange(subscriber.timer, {}));
  auto found = std::ranges::find(subscribers_, &subscriber, [](const auto& each) { return each.get(); });
  if (found == subscribers_.end()) return;
  {
    std::lock_guard lock(subscriber.mutex);
    if (subscriber.batches.size() >= kBatchesMax) subscriber.batches.erase(subscriber.batches.begin());
    subscriber.batches.push_back("[" + std::exchange(subscriber.items, {}) + "]");
    subscriber.count = 0;
    if (std::exchange(subscriber.is_sending, true)) return;
  }
  machine_.telemetry_thread.run([kept = *found] {
    while (true) {
      std::string batch;
      {
        std::lock_guard lock(kept->mutex);
        kept->is_sending = !kept->batches.empty();
        if (!kept->is_sending) return;
        batch = std::move(kept->batches.front());
        kept->batches.erase(kept->batches.begin());
      }
      // A server that is not there, or frozen, misses it.
      constexpr std::chrono::milliseconds kSendPatience{1'000};
      auto client = http::Client::connect({.port = kept->destination.port, .patience = kSendPatience});
      if (!client) continue;
      http::Request request{.method = "POST", .target = kept->destination.path, .body = std::move(batch)};
      request.headers.add("Content-Type", "application/json");
      static_cast<void>(client->call(request));
    }
  });
}

}  // namespace runtime
