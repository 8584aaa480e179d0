#include "runtime/extensions.h"

#include <algorithm>

#include "base/json.h"
#include "base/strings.h"
#include "runtime/api_answer.h"

namespace runtime {

namespace {

constexpr std::string_view kIdentifier = "Lambda-Extension-Identifier";

http::Response no_extension(const http::Request& request) {
  if (!request.headers.has(kIdentifier))
    return error_response(403, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header");
  return error_response(403, "Extension.UnknownExtensionIdentifier", "Unknown extension identifier");
}

}  // namespace

void Extensions::expect(const std::string& name) { extensions_.push_back({.name = name}); }

void Extensions::set_gone(std::string_view name) {
  for (Extension& each : extensions_) {
    if (!each.is_external || each.name != name) continue;
    if (each.state != Extension::State::kFailed) each.error_type = "Extension.Crash";
    each.state = Extension::State::kGone;
    each.waiting = nullptr;
  }
}

void Extensions::clear() {
  extensions_.clear();
  is_open_ = true;
}

http::Response Extensions::register_one(const http::Request& request) {
  std::string name(request.headers.value("Lambda-Extension-Name"));
  if (name.empty()) return error_response(403, "Extension.InvalidExtensionName", "Empty extension name");
  if (!is_open_) return error_response(403, "Extension.RegistrationClosed", "Extension registration closed already");
  auto body = base::parse_json(request.body);
  if (!body || !body->is_map()) return error_response(400, "InvalidRequestFormat", "Could not parse request body");
  auto found = std::ranges::find(extensions_, name, &Extension::name);
  if (found == extensions_.end()) {
    if (extensions_.size() >= kExtensionsMax)
      return error_response(403, "Extension.TooManyExtensions", "Extension limit (10) reached");
    extensions_.push_back({.name = name, .is_external = false});
    found = extensions_.end() - 1;
  } else if (found->state != Extension::State::kStarted) {
    return error_response(403, "Extension.AlreadyRegistered", "Extension with this name already registered");
  }
  for (const base::Value& event : body->at("events").list()) {
    bool is_known = event.str() == "INVOKE" || event.str() == "SHUTDOWN";
    if (is_known && event.str() == "SHUTDOWN" && !found->is_external)
      return error_response(403, "ShutdownEventNotSupportedForInternalExtension",
                            "Shutdown event not supported for internal extension");
    if (!is_known) return error_response(400, "Extension.InvalidEventType", event.str() + ": Invalid event type");
    found->events.insert(event.str());
  }
  found->state = Extension::State::kRegistered;
  found->id = new_uuid();
  base::Value answer;
  answer.set("functionName", about_.function_name);
  answer.set("functionVersion", about_.version);
  answer.set("handler", about_.handler);
  for (std::string_view feature : base::split(request.headers.value("Lambda-Extension-Accept-Feature"), ','))
    if (base::trim(feature) == "accountId") answer.set("accountId", about_.account);
  http::Response response = json_response(200, base::to_json(answer));
  response.headers.add(kIdentifier, found->id);
  return response;
}

void Extensions::take_next(std::shared_ptr<http::Exchange> exchange) {
  Extension* extension = find_mutable(exchange->request());
  if (extension == nullptr) return exchange->respond(no_extension(exchange->request()));
  if (extension->state == Extension::State::kFailed || extension->state == Extension::State::kGone)
    return exchange->respond(error_response(403, "Extension.InvalidExtensionState", "Extension is in a failed state"));
  extension->state = Extension::State::kReady;
  extension->waiting = std::move(exchange);
  if (!extension->due.empty()) deliver(*extension);
}

http::Response Extensions::take_error(const http::Request& request) {
  Extension* extension = find_mutable(request);
  if (extension == nullptr) return no_extension(request);
  std::string type(request.headers.value("Lambda-Extension-Function-Error-Type"));
  if (type.empty())
    return error_response(403, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found");
  extension->state = Extension::State::kFailed;
  extension->error_type = type;
  extension->waiting = nullptr;
  return accepted();
}

bool Extensions::has_registered() const {
  return std::ranges::none_of(extensions_,
                              [](const Extension& each) { return each.state == Extension::State::kStarted; });
}

bool Extensions::is_ready() const {
  return std::ranges::all_of(extensions_, [](const Extension& each) {
    return (each.state == Extension::State::kReady && each.due.empty()) || each.state == Extension::State::kFailed ||
           each.state == Extension::State::kGone;
  });
}

bool Extensions::has_external() const {
  return std::ranges::any_of(
      extensions_, [](const Extension& each) { return each.is_external && each.state != Extension::State::kGone; });
}

bool Extensions::wants(std::string_view event) const {
  return std::ranges::any_of(extensions_, [&](const Extension& each) {
    return each.events.contains(std::string(event)) && each.state != Extension::State::kGone;
  });
}

const Extensions::Extension* Extensions::failed() const {
  auto found = std::ranges::find_if(extensions_, [](const Extension& each) {
    return each.state == Extension::State::kFailed || (each.state == Extension::State::kGone && each.is_external);
  });
  return found == extensions_.end() ? nullptr : &*found;
}

Extensions::Extension* Extensions::find_mutable(const http::Request& request) {
  std::string_view id = request.headers.value(kIdentifier);
  if (id.empty()) return nullptr;
  auto found = std::ranges::find(extensions_, id, &Extension::id);
  return found == extensions_.end() ? nullptr : &*found;
}

const Extensions::Extension* Extensions::find(const http::Request& request) const {
  return const_cast<Extensions*>(this)->find_mutable(request);
}

void Extensions::send(std::string_view kind, const base::Value& event) {
  std::string text = base::to_json(event);
  for (Extension& each : extensions_) {
    if (!each.events.contains(std::string(kind))) continue;
    if (each.state == Extension::State::kFailed || each.state == Extension::State::kGone) continue;
    each.due = text;
    if (each.waiting != nullptr) deliver(each);
  }
}

void Extensions::deliver(Extension& extension) {
  http::Response response = json_response(200, std::exchange(extension.due, {}));
  response.headers.add("Lambda-Extension-Event-Identifier", new_uuid());
  extension.state = Extension::State::kBusy;
  std::exchange(extension.waiting, nullptr)->respond(std::move(response));
}

}  // namespace runtime
