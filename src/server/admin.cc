#include "server/admin.h"

#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "server/version.h"
#include "services/lambda/downloads.h"

namespace server {

namespace {

using base::Result;
using base::Value;
using kernel::AdjustableClock;

// Key: "".
constexpr store::Table<AdjustableClock::State> kClock{"kernel.clock", store::Scope::kGlobal};

constexpr std::string_view kPeekPath = "/_aws/sqs/messages";

struct Status {
  std::string_view code;
  int status;
};
constexpr Status kStatuses[] = {{"SnapshotNotFound", 404}, {"NotFound", 404},        {"SnapshotExists", 409},
                                {"FolderNotEmpty", 409},   {"InvalidName", 400},     {"InvalidRequest", 400},
                                {"Forbidden", 403},        {"MethodNotAllowed", 405}};

http::Response json_response(int status, const Value& body) {
  http::Response response{.status = status};
  response.headers.add("Content-Type", "application/json");
  response.body = base::to_json(body) + "\n";
  return response;
}

http::Response error_response(const base::Error& error) {
  int status = 500;
  for (const Status& known : kStatuses)
    if (known.code == error.code) status = known.status;
  return json_response(status, Value::Map{{"error", error.code}, {"message", error.message}});
}

// A web page elsewhere may make a browser send requests here; they carry where the page came from.
bool is_from_another_site(const http::Request& request) {
  std::string_view origin = request.headers.value("Origin");
  if (origin.empty()) return false;
  std::size_t scheme_end = origin.find("://");
  return scheme_end == origin.npos || origin.substr(scheme_end + 3) != request.headers.value("Host");
}

Result<Value> body_of(const http::Request& request) {
  if (request.body.empty()) return Value(Value::Map{});
  auto body = base::parse_json(request.body);
  if (!body || !body->is_map()) return base::fail("InvalidRequest", "The body must be a JSON object.");
  return body;
}

Value services_as(const kernel::Cloud& cloud, std::string_view state) {
  Value services{Value::Map{}};
  for (const kernel::Service& service : cloud.services()) services.set(service.id, state);
  return services;
}

// The error of a handler that is to be asked again.
constexpr std::string_view kWaiting = "Waiting";

}  // namespace

kernel::AdjustableClock::State stored_clock(store::Store& store) {
  return store.begin({}).get(kClock, "").value_or(AdjustableClock::State{});
}

const Admin::Route Admin::kRoutes[] = {
    {"GET", "/_virga/health", &Admin::health},
    {"GET", "/_virga/explain", &Admin::explain},
    {"GET", "/_virga/clock", &Admin::show_clock},
    {"POST", "/_virga/clock/freeze", &Admin::freeze_clock},
    {"POST", "/_virga/clock/resume", &Admin::resume_clock},
    {"POST", "/_virga/clock/advance", &Admin::advance_clock},
    {"GET", "/_virga/snapshots", &Admin::list_snapshots},
    {"POST", "/_virga/snapshots/save/", &Admin::save_snapshot},
    {"POST", "/_virga/snapshots/load/", &Admin::load_snapshot},
    {"DELETE", "/_virga/snapshots/", &Admin::remove_snapshot},
    {"POST", "/_virga/fork", &Admin::fork},
    {"POST", "/_virga/reset", &Admin::reset},
    {"POST", "/_virga/stop", &Admin::stop},
    {"GET", "/_virga/ca", &Admin::ca},
    {"GET", "/_virga/policy", &Admin::policy},
    {"GET", "/_localstack/health", &Admin::known_health},
    {"GET", "/_localstack/info", &Admin::known_info},
    {"GET", "/_localstack/init", &Admin::init_state},
    {"POST", "/_localstack/state/reset", &Admin::reset},
};

bool Admin::serves(std::string_view path) {
  return path.starts_with("/_virga/") || path.starts_with("/_localstack/") || path.starts_with("/_aws/");
}

std::optional<http::Response> Admin::answer(const http::Request& request) {
  bool is_reading = request.method == "GET" || request.method == "HEAD";
  std::string_view path = request.path();
  // Whoever has the link may follow it, from wherever.
  if (is_reading && path.starts_with(lambda::kDownloadPath)) return download_code(request);
  if (!is_reading && is_from_another_site(request))
    return error_response({"Forbidden", "Control requests are not taken from pages of other sites."});
  if (parts_.options.strict && !request.peer_address.starts_with("127.") && request.peer_address != "::1")
    return error_response({"Forbidden", "With --strict, control requests are taken from this machine only."});

  if (path.starts_with(kPeekPath)) return peek_messages(request);
  bool path_known = false;
  for (const Route& route : kRoutes) {
    bool takes_rest = route.path.ends_with('/');
    if (takes_rest ? !path.starts_with(route.path) || path.size() == route.path.size() : path != route.path) continue;
    path_known = true;
    if (route.method != (request.method == "HEAD" ? "GET" : request.method)) continue;
    auto rest = base::percent_decode(path.substr(takes_rest ? route.path.size() : path.size()));
    if (!rest) return error_response({"InvalidRequest", "The path is not percent-encoded as it should be."});
    auto body = (this->*route.handler)(request, *rest);
    if (!body && body.error().code == kWaiting) return std::nullopt;
    if (!body) return error_response(body.error());
    if (!body->is_text()) return json_response(200, *body);
    http::Response response;
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    response.body = body->str();
    return response;
  }
  if (path_known) return error_response({"MethodNotAllowed", request.method + " is not for this path."});
  return error_response({"NotFound", "There is no " + std::string(path) + " here."});
}

void Admin::set_init_state(Value state) {
  std::lock_guard lock(mutex_);
  init_state_ = std::move(state);
}

// --- health
// ----------------------------------------------------------------------------------------------------------------

Result<Value> Admin::health(const http::Request&, std::string_view) {
  std::optional<base::Error> broken = parts_.cloud.store().broken();
  Value body{
      Value::Map{{"status", broken ? "broken" : "running"}, {"version", kVersion}, {"pid", std::int64_t{::getpid()}}}};
  if (broken) body.set("error", broken->message);
  body.set("data", parts_.options.data_folder.empty() ? Value() : Value(parts_.options.data_folder));
  body.set("clock", base::format_iso8601(kernel::to_ms(parts_.clock.now())));
  body.set("services", services_as(parts_.cloud, "running"));
  return body;
}

Result<Value> Admin::explain(const http::Request& request, std::string_view) {
  constexpr std::string_view kParameter = "request-id=";
  std::string_view query = request.query();
  if (!query.empty() && !query.starts_with(kParameter))
    return base::fail("InvalidRequest", "The one parameter is request-id.");
  std::string_view id = query.empty() ? query : query.substr(kParameter.size());
  Value decisions{Value::List{}};
  for (const kernel::DecisionRecord& record : parts_.cloud.authorizer().decisions().find(id))
    decisions.push(kernel::explain(record));
  if (decisions.list().empty())
    return base::fail(
        "NotFound", id.empty()
                        ? std::string("No call has been refused.")
                        : fmt::format("No decision is kept of request {}. Kept are the latest {}, without calls of an "
                                      "account's root that no policy had a say in.",
                                      id, kernel::Decisions::kKeptMax));
  return Value::Map{{"decisions", std::move(decisions)}};
}

Result<Value> Admin::known_health(const http::Request&, std::string_view) {
  return Value::Map{
      {"services", services_as(parts_.cloud, "available")}, {"edition", "community"}, {"version", kVersion}};
}

Result<Value> Admin::known_info(const http::Request&, std::string_view) {
  return Value::Map{{"version", kVersion},
                    {"edition", "community"},
                    {"is_license_activated", false},
                    {"system", "linux"},
                    {"is_docker", false}};
}

Result<Value> Admin::init_state(const http::Request&, std::string_view) {
  std::lock_guard lock(mutex_);
  return init_state_.is_null() ? Value(Value::Map{}) : init_state_;
}

// --- clock
// -----------------------------------------------------------------------------------------------------------------

Result<Value> Admin::show_clock(const http::Request&, std::string_view) {
  AdjustableClock::State state = parts_.clock.state();
  return Value::Map{{"now", base::format_iso8601(kernel::to_ms(parts_.clock.now()))},
                    {"now_ms", kernel::to_ms(parts_.clock.now())},
                    {"state", state.frozen ? "frozen" : "running"},
                    {"offset_ms", state.frozen ? Value() : Value(state.offset_ms)}};
}

Result<void> Admin::keep_clock() {
  TRY_VOID(parts_.cloud.transact({}, [&](kernel::Call& call) -> Result<void> {
    call.tx.put(kClock, "", parts_.clock.state());
    return {};
  }));
  parts_.cloud.clock_moved();
  return parts_.cloud.store().flush();
}

Result<Value> Admin::freeze_clock(const http::Request& request, std::string_view rest) {
  parts_.clock.freeze();
  TRY_VOID(keep_clock());
  return show_clock(request, rest);
}

Result<Value> Admin::resume_clock(const http::Request& request, std::string_view rest) {
  parts_.clock.resume();
  TRY_VOID(keep_clock());
  return show_clock(request, rest);
}

Result<Value> Admin::advance_clock(const http::Request& request, std::string_view rest) {
  constexpr std::int64_t kMost = std::int64_t{366} * 100 * 24 * 3'600'000;  // a hundred years
  Value body = TRY(body_of(request));
  std::int64_t by_ms = body.at("by_ms").num();
  if (by_ms <= 0 || by_ms > kMost)
    return base::fail("InvalidRequest", "by_ms must be a positive number of milliseconds.");
  using std::chrono::steady_clock;
  auto [found, is_new] = advances_.try_emplace(
      &request, Advance{parts_.clock.now() + kernel::Millis(by_ms), steady_clock::now() + kPatience});
  auto move = [&](kernel::Time time) { parts_.clock.advance(std::max(time - parts_.clock.now(), kernel::Millis(0))); };
  // What runs outside takes time that the clock does not know of: each stop waits for it, but not for ever.
  bool is_waiting = false;
  for (bool is_there = false; !is_there && !is_waiting;) {
    is_there = parts_.cloud.advance_once(found->second.target, move);
    is_waiting = !is_there && parts_.cloud.errands_running() > 0 && steady_clock::now() < found->second.patience_end;
  }
  if (is_waiting) return base::fail(std::string(kWaiting), "The move waits for what runs.");
  advances_.erase(found);
  TRY_VOID(keep_clock());
  return show_clock(request, rest);
}

// --- contents
// --------------------------------------------------------------------------------------------------------------

Result<Value> Admin::list_snapshots(const http::Request&, std::string_view) {
  Value snapshots{Value::List{}};
  for (const store::SnapshotInfo& snapshot : TRY(parts_.cloud.store().list_snapshots()))
    snapshots.push(Value::Map{{"name", snapshot.name},
                              {"created", base::format_iso8601(snapshot.created_at_ms)},
                              {"size_bytes", std::int64_t(snapshot.size_bytes)}});
  return Value::Map{{"snapshots", std::move(snapshots)}};
}

Result<Value> Admin::save_snapshot(const http::Request&, std::string_view name) {
  TRY_VOID(parts_.cloud.store().save_snapshot(name, kernel::to_ms(parts_.clock.now())));
  return Value::Map{{"saved", name}};
}

Result<Value> Admin::load_snapshot(const http::Request&, std::string_view name) {
  TRY_VOID(parts_.cloud.replace_contents([&] { return parts_.cloud.store().load_snapshot(name); }));
  TRY_VOID(keep_clock());
  return Value::Map{{"loaded", name}};
}

Result<Value> Admin::remove_snapshot(const http::Request&, std::string_view name) {
  TRY_VOID(parts_.cloud.store().remove_snapshot(name));
  return Value::Map{{"removed", name}};
}

Result<Value> Admin::fork(const http::Request& request, std::string_view) {
  Value body = TRY(body_of(request));
  if (body.at("folder").str().empty()) return base::fail("InvalidRequest", "folder must name the data folder to make.");
  TRY_VOID(parts_.cloud.store().copy_to(body.at("folder").str()));
  TRY_VOID(parts_.copy_root_key(body.at("folder").str()));
  return Value::Map{{"folder", body.at("folder")}};
}

Result<Value> Admin::reset(const http::Request&, std::string_view) {
  TRY_VOID(parts_.cloud.replace_contents([&] { return parts_.cloud.store().reset(); }));
  TRY_VOID(keep_clock());
  return Value::Map{{"reset", true}};
}

Result<Value> Admin::stop(const http::Request&, std::string_view) {
  parts_.stop();
  return Value::Map{{"stopping", true}};
}

Result<Value> Admin::ca(const http::Request&, std::string_view) { return Value(TRY(parts_.ca_certificate())); }

}  // namespace server
