// Which operation of which service a request asks for. https://docs.aws.amazon.com has no page for this: each front end
// of AWS knows its own service from the host name, but here one port serves them all.
#include <algorithm>
#include <memory>
#include <mutex>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/strings.h"
#include "wire/form.h"
#include "wire/host.h"
#include "wire/uri_index.h"
#include "wire/wire.h"

namespace wire {

namespace {

using base::Result;
using model::Protocol;
using model::Service;
using model::ServiceHeader;

using Candidates = std::vector<const ServiceHeader*>;

// How a request names its operation.
enum class Manner { kCbor, kTarget, kAction, kPath };

struct Signals {
  Manner manner = Manner::kPath;
  std::string_view service_name;  // of the target or the cbor path
  std::string operation;          // of the target, the cbor path or the action
  std::string version;
  bool json_type = false;
  bool json11_type = false;
};

// AWS: names in credential scopes that stand for a service with another signing name.
struct Alias {
  std::string_view name;
  std::string_view meaning;
};
constexpr Alias kSigningAliases[] = {{"s3express", "s3"}, {"s3-outposts", "s3"}, {"s3-object-lambda", "s3"}};
// AWS: endpoint names that are not the endpoint prefix of their service's model.
constexpr Alias kHostAliases[] = {{"ddb", "dynamodb"}, {"queue", "sqs"}, {"cloudwatch", "monitoring"}};

// Services whose operations may come unsigned with nothing but a path to know them by.
constexpr std::string_view kUnsignedRestServices[] = {"sso", "sso-oidc", "signin"};

bool speaks_any(const ServiceHeader& header, std::initializer_list<Protocol> protocols) {
  return std::any_of(header.protocols.begin(), header.protocols.end(), [&](Protocol spoken) {
    return std::find(protocols.begin(), protocols.end(), spoken) != protocols.end();
  });
}

bool speaks_rest(const ServiceHeader& header) { return speaks_any(header, {Protocol::kRestJson, Protocol::kRestXml}); }
bool speaks_query(const ServiceHeader& header) { return speaks_any(header, {Protocol::kQuery, Protocol::kEc2}); }
bool speaks_json(const ServiceHeader& header) { return speaks_any(header, {Protocol::kJson10, Protocol::kJson11}); }

Protocol first_spoken(const Service& service, std::initializer_list<Protocol> protocols, Protocol otherwise) {
  for (Protocol spoken : service.protocols)
    if (std::find(protocols.begin(), protocols.end(), spoken) != protocols.end()) return spoken;
  return otherwise;
}

template <class Wanted>
Candidates narrowed(const Candidates& candidates, Wanted wanted) {
  Candidates kept;
  std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(kept),
               [&](auto* each) { return wanted(*each); });
  return kept;
}

template <class Wanted>
Candidates all_services(Wanted wanted) {
  Candidates found;
  for (const ServiceHeader& header : model::service_headers())
    if (wanted(header)) found.push_back(&header);
  return found;
}

// The services by each of their names. Made on first use, then only read.
class ServiceNames {
 public:
  ServiceNames() {
    for (const ServiceHeader& header : model::service_headers()) {
      signing_names_[header.signing_name].push_back(&header);
      endpoint_prefixes_[header.endpoint_prefix].push_back(&header);
      if (!header.target_prefix.empty()) target_prefixes_[header.target_prefix].push_back(&header);
    }
  }
  const Candidates& with_signing_name(std::string_view name) const { return find(signing_names_, name); }
  const Candidates& with_endpoint_prefix(std::string_view name) const { return find(endpoint_prefixes_, name); }
  const Candidates& with_target_prefix(std::string_view name) const { return find(target_prefixes_, name); }

 private:
  using Names = std::unordered_map<std::string_view, Candidates>;
  const Candidates& find(const Names& names, std::string_view name) const {
    auto found = names.find(name);
    return found == names.end() ? none_ : found->second;
  }
  Names signing_names_, endpoint_prefixes_, target_prefixes_;
  Candidates none_;
};

const ServiceNames& service_names() {
  static const ServiceNames instance;
  return instance;
}

const Candidates& signed_services(std::string_view signing_name) {
  for (const Alias& alias : kSigningAliases)
    if (alias.name == signing_name) signing_name = alias.meaning;
  const Candidates& found = service_names().with_signing_name(signing_name);
  return found.empty() ? service_names().with_endpoint_prefix(signing_name) : found;
}

// Services whose endpoint prefix the host ends with: "123456789012.ddb" is DynamoDB's, "data-ats.iot" is IoT's data
// plane.
Candidates hosted_services(std::string_view name) {
  while (!name.empty()) {
    std::string_view prefix = name;
    for (const Alias& alias : kHostAliases)
      if (alias.name == name) prefix = alias.meaning;
    if (const Candidates& found = service_names().with_endpoint_prefix(prefix); !found.empty()) return found;
    std::size_t dot = name.find('.');
    name = dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
  }
  return {};
}

std::string find_parameter(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.starts_with(name) && part.size() > name.size() && part[name.size()] == '=') {
      std::string_view value = part.substr(name.size() + 1);
      return base::percent_decode(value, base::Plus::kSpace).value_or(std::string(value));
    }
  }
  return {};
}

// "/service/GraniteServiceVersion20100801/operation/ListMetrics", possibly behind a prefix.
bool read_cbor_path(std::string_view path, Signals& signals) {
  std::size_t service = path.find("/service/");
  std::size_t operation = path.find("/operation/");
  if (service == std::string_view::npos || operation == std::string_view::npos || operation < service + 9) return false;
  signals.service_name = path.substr(service + 9, operation - service - 9);
  signals.operation = path.substr(operation + 11);
  if (signals.operation.ends_with('/')) signals.operation.pop_back();
  return true;
}

Signals read_signals(const Request& request) {
  Signals signals;
  // One pass over the headers: this is done for every request.
  std::string_view type_header, target, smithy_protocol;
  for (const Header& header : request.headers) {
    if (header.name.size() == 12 && base::equal_ignoring_case(header.name, "Content-Type")) type_header = header.value;
    if (header.name.size() == 12 && base::equal_ignoring_case(header.name, "X-Amz-Target")) target = header.value;
    if (header.name.size() == 15 && base::equal_ignoring_case(header.name, "Smithy-Protocol"))
      smithy_protocol = header.value;
  }
  std::string type = base::to_lower(type_header);
  signals.json_type = type.find("json") != std::string::npos;
  signals.json11_type = type.starts_with("application/x-amz-json-1.1");
  bool says_cbor = base::equal_ignoring_case(smithy_protocol, "rpc-v2-cbor") || type.starts_with("application/cbor");
  if (says_cbor && read_cbor_path(request.path, signals)) {
    signals.manner = Manner::kCbor;
    return signals;
  }
  if (!target.empty()) {
    signals.manner = Manner::kTarget;
    std::size_t dot = target.rfind('.');
    signals.service_name = dot == std::string_view::npos ? std::string_view() : target.substr(0, dot);
    signals.operation = target.substr(dot + 1);
    return signals;
  }
  bool is_form = type.starts_with("application/x-www-form-urlencoded");
  for (std::string_view text : {request.query, is_form ? request.body : std::string_view()}) {
    if (signals.operation.empty()) signals.operation = find_parameter(text, "Action");
    if (signals.version.empty()) signals.version = find_parameter(text, "Version");
  }
  if (!signals.operation.empty() || (is_form && !signals.version.empty())) signals.manner = Manner::kAction;
  return signals;
}

Result<void> unknown_operation(const Route& route, const Signals& signals) {
  if (route.protocol == Protocol::kEc2)
    return base::fail("InvalidAction",
                      fmt::format("The action {} is not valid for this web service.", signals.operation));
  if (route.protocol == Protocol::kQuery)
    return base::fail("InvalidAction", fmt::format("Could not find operation {} for version {}", signals.operation,
                                                   signals.version.empty() ? "NO_VERSION_SPECIFIED" : signals.version));
  return base::fail("UnknownOperationException", "The requested operation is not supported by this service.");
}

Result<void> unknown_service(std::string_view name) {
  return base::fail("UnknownService", fmt::format("No service is known by the name {}.", name));
}

// Among services that fit equally, the one that has the operation; the first when none has.
Result<void> route_by_name(const Candidates& candidates, const Signals& signals, Route& route) {
  for (const ServiceHeader* header : candidates) {
    const Service* service = model::find_service(header->id);
    if (!service) continue;
    const model::Operation* operation = service->find_operation(signals.operation);
    if (!route.service || operation) route.service = service;
    if (!operation) continue;
    route.operation = operation;
    return {};
  }
  return {};
}

bool same_cbor_name(const ServiceHeader& header, std::string_view name) {
  return header.target_prefix == name || base::equal_ignoring_case(header.id, name);
}

Result<void> route_cbor(const Candidates& known, const Signals& signals, Route& route) {
  route.protocol = Protocol::kCbor;
  auto speaks = [](const ServiceHeader& each) { return speaks_any(each, {Protocol::kCbor}); };
  Candidates candidates = narrowed(known, speaks);
  auto named = [&](const ServiceHeader& each) { return speaks(each) && same_cbor_name(each, signals.service_name); };
  if (Candidates exact = narrowed(candidates, named); !exact.empty()) candidates = exact;
  if (candidates.empty()) candidates = all_services(named);
  if (candidates.empty()) return unknown_service(signals.service_name);
  TRY_VOID(route_by_name(candidates, signals, route));
  return route.operation ? Result<void>() : unknown_operation(route, signals);
}

Result<void> route_target(const Candidates& candidates, const Signals& signals, Route& route) {
  route.protocol = signals.json11_type ? Protocol::kJson11 : Protocol::kJson10;
  auto named = [&](const ServiceHeader& each) {
    return speaks_json(each) && each.target_prefix == signals.service_name;
  };
  Candidates exact = narrowed(candidates, named);
  if (exact.empty()) exact = narrowed(service_names().with_target_prefix(signals.service_name), speaks_json);
  if (exact.empty()) exact = narrowed(candidates, speaks_json);
  if (exact.empty()) return unknown_operation(route, signals);
  TRY_VOID(route_by_name(exact, signals, route));
  route.protocol = first_spoken(*route.service, {Protocol::kJson10, Protocol::kJson11}, route.protocol);
  if (route.service->target_prefix != signals.service_name) route.operation = nullptr;
  return route.operation ? Result<void>() : unknown_operation(route, signals);
}

// AWS: DocumentDB and Neptune share RDS's signing name, version and most of its operations; only the client's own words
// tell them apart ("api/docdb#3.1" of JavaScript, "md/command#neptune.create-db-cluster" of the command line).
void prefer_named_by_client(const Request& request, Candidates& candidates) {
  if (candidates.size() < 2) return;
  std::string agent = base::to_lower(request.header("User-Agent"));
  auto named = [&](const ServiceHeader* each) {
    return agent.find(fmt::format("api/{}#", each->id)) != std::string::npos ||
           agent.find(fmt::format("command#{}.", each->id)) != std::string::npos;
  };
  // Without a hint the oldest of them: "rds" stands behind its younger sisters in the alphabet.
  auto rank = [&](const ServiceHeader* each) { return named(each) ? 0 : each->id == each->signing_name ? 1 : 2; };
  std::sort(candidates.begin(), candidates.end(), [&](const ServiceHeader* left, const ServiceHeader* right) {
    return std::tuple(rank(left), left->id) < std::tuple(rank(right), right->id);
  });
}

Result<void> route_action(const Candidates& known, const Request& request, const Signals& signals, Route& route) {
  route.protocol = Protocol::kQuery;
  bool was_known = !known.empty();
  Candidates candidates = was_known ? narrowed(known, speaks_query) : all_services(speaks_query);
  auto same_version = [&](const ServiceHeader& each) { return each.api_version == signals.version; };
  Candidates exact = narrowed(candidates, same_version);
  // Old clients name old versions; with the service known that does no harm.
  if (!exact.empty() || (!was_known && !signals.version.empty())) candidates = std::move(exact);
  if (candidates.empty()) return unknown_operation(route, signals);
  prefer_named_by_client(request, candidates);
  if (!was_known && candidates.size() > 1 && signals.operation.empty())
    return base::fail("MissingAction", "The request must contain the parameter Action.");
  TRY_VOID(route_by_name(candidates, signals, route));
  // With neither version nor host, a service is known by its operation only.
  if (!was_known && signals.version.empty() && !route.operation) route.service = nullptr;
  if (route.service)
    route.protocol = first_spoken(*route.service, {Protocol::kQuery, Protocol::kEc2}, Protocol::kQuery);
  if (signals.operation.empty()) return base::fail("MissingAction", "The request must contain the parameter Action.");
  return route.operation ? Result<void>() : unknown_operation(route, signals);
}

// The URI patterns of each service, made on first use.
class UriIndexes {
 public:
  const UriIndex& of(const ServiceHeader& header, const Service& service) {
    Entry& entry = entries_[static_cast<std::size_t>(&header - model::service_headers().data())];
    std::call_once(entry.once, [&] { entry.index = std::make_unique<UriIndex>(service); });
    return *entry.index;
  }

 private:
  struct Entry {
    std::once_flag once;
    std::unique_ptr<UriIndex> index;
  };
  std::vector<Entry> entries_ = std::vector<Entry>(model::service_headers().size());
};

UriIndexes& uri_indexes() {
  static UriIndexes instance;
  return instance;
}

// Takes the match if it is more certain than what `route` has.
void match_service(const ServiceHeader& header, const Request& request, std::string_view path, Route& route,
                   int& certainty) {
  const Service* service = model::find_service(header.id);
  if (!service) return;
  auto match = uri_indexes().of(header, *service).find(request, path);
  if (!match || match->literal_segments <= certainty) return;
  certainty = match->literal_segments;
  route.service = service;
  route.operation = match->operation;
  route.protocol = first_spoken(*service, {Protocol::kRestJson, Protocol::kRestXml}, Protocol::kRestJson);
  route.labels = std::move(match->labels);
}

// AWS: S3's account level has its own version in every path; its requests are signed as S3's.
bool is_s3_control(const Request& request, const HostParts& host) {
  return request.path.starts_with("/v20180820/") &&
         (!request.header("x-amz-account-id").empty() || host.service.ends_with("s3-control"));
}

bool is_service(const ServiceHeader& header, std::string_view id) { return header.id == id; }

// A bucket in the host is put before the path, so that both styles of S3 look alike from here on.
Result<void> route_s3(const ServiceHeader& header, const Request& request, const HostParts& host,
                      const RouteHints& hints, Route& route) {
  std::string bucket = host.bucket;
  if (bucket.empty() && host.service != "s3" && !host.rest.empty() && hosted_services(host.service).empty())
    bucket = host.rest;
  // Behind an endpoint of one's own, only the signature tells the two kinds of access points apart.
  if (hints.signing_name == "s3-object-lambda" && !bucket.empty() && !bucket.starts_with("arn:"))
    if (std::string arn = object_lambda_arn(bucket, hints.region); !arn.empty()) bucket = std::move(arn);
  // "{RequestRoute}.s3-object-lambda…": the host names who waits for the answer.
  if (request.method == "POST" && request.path == "/WriteGetObjectResponse") bucket.clear();
  std::string path(request.path);
  if (!bucket.empty()) path = fmt::format("/{}{}", base::percent_encode(bucket), request.path);
  int certainty = -1;
  match_service(header, request, path, route, certainty);
  // Two lists of buckets share a path; the other is asked of the endpoint of directory buckets.
  const bool is_of_directories =
      hints.signing_name == "s3express" || request.query.find("directory-buckets=") != request.query.npos;
  if (is_of_directories && route.operation && route.operation->name == "ListBuckets")
    route.operation = route.service->find_operation("ListDirectoryBuckets");
  if (route.operation) return {};
  route.service = model::find_service(header.id);
  route.protocol = Protocol::kRestXml;
  return base::fail("MethodNotAllowed", "The specified method is not allowed against this resource.");
}

// A first segment of 3 to 63 letters, digits, hyphens and dots; S3's own rules are stricter.
bool looks_like_bucket(std::string_view path) {
  if (!path.starts_with('/')) return false;
  std::string_view name = path.substr(1, path.find('/', 1) - 1);
  return name.size() >= 3 && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](unsigned char byte) {
           return std::islower(byte) || std::isdigit(byte) || byte == '-' || byte == '.';
         });
}

// The service of an unsigned request that only has a path.
Candidates unsigned_rest_services(const Request& request, const HostParts& host) {
  Candidates found = host.bucket.empty() ? hosted_services(host.service) : hosted_services("s3");
  if (!found.empty()) return found;
  for (std::string_view id : kUnsignedRestServices) {
    Candidates one = all_services([&](const ServiceHeader& each) { return each.id == id; });
    if (one.empty()) continue;
    const Service* service = model::find_service(id);
    if (service && uri_indexes().of(*one[0], *service).find(request, request.path)) return one;
  }
  bool s3_like = request.path == "/" ? request.method == "GET" : looks_like_bucket(request.path);
  if (!host.rest.empty() || s3_like) return hosted_services("s3");
  return {};
}

Result<void> route_path(const Candidates& known, const Request& request, const RouteHints& hints, Route& route) {
  HostParts host = parse_host(request.header("Host"), hints.base_host);
  const Candidates candidates = known.empty() ? unsigned_rest_services(request, host) : known;
  Candidates rest = narrowed(candidates, speaks_rest);
  bool control = is_s3_control(request, host);
  for (const ServiceHeader* header : rest)
    if (is_service(*header, "s3") && !control) return route_s3(*header, request, host, hints, route);
  int certainty = -1;
  for (const ServiceHeader* header : rest) match_service(*header, request, request.path, route, certainty);
  if (route.operation) return {};
  if (candidates.empty())
    return base::fail("UnknownOperationException", "The request names no operation of any service.");
  route.service = model::find_service(candidates.front()->id);
  if (!rest.empty()) {
    route.service = model::find_service(rest.front()->id);
    route.protocol = first_spoken(*route.service, {Protocol::kRestJson, Protocol::kRestXml}, Protocol::kRestJson);
    return unknown_operation(route, {});
  }
  // The service does not know its operations by paths, so the request is missing what names one.
  route.protocol = route.service->protocols.front();
  if (route.protocol == Protocol::kQuery || route.protocol == Protocol::kEc2)
    return base::fail("MissingAction", "The request must contain the parameter Action.");
  return unknown_operation(route, {});
}

Protocol protocol_to_answer(const Signals& signals) {
  switch (signals.manner) {
    case Manner::kCbor: return Protocol::kCbor;
    case Manner::kTarget: return signals.json11_type ? Protocol::kJson11 : Protocol::kJson10;
    case Manner::kAction: return Protocol::kQuery;
    case Manner::kPath: break;
  }
  return signals.json_type ? Protocol::kRestJson : Protocol::kRestXml;
}

}  // namespace

Result<void> find_route(const Request& request, const RouteHints& hints, Route& route) {
  route = {};
  Signals signals = read_signals(request);
  route.protocol = protocol_to_answer(signals);
  // Looked at where they stand: nearly every request is signed, and copies would be made for each.
  const Candidates& signed_by = signed_services(hints.signing_name);
  Candidates hosted;
  if (!hints.signing_name.empty()) {
    if (signed_by.empty() && signals.manner == Manner::kPath) return unknown_service(hints.signing_name);
    // What looks like a form may be an object on its way to S3.
    bool only_paths = !signed_by.empty() && std::none_of(signed_by.begin(), signed_by.end(), [](auto* each) {
      return speaks_query(*each) || speaks_json(*each);
    });
    if (only_paths) signals.manner = Manner::kPath;
  } else if (signals.manner == Manner::kAction) {
    hosted = narrowed(hosted_services(parse_host(request.header("Host"), hints.base_host).service), speaks_query);
  }
  const Candidates& candidates = hints.signing_name.empty() ? hosted : signed_by;
  switch (signals.manner) {
    case Manner::kCbor: return route_cbor(candidates, signals, route);
    case Manner::kTarget: return route_target(candidates, signals, route);
    case Manner::kAction: {
      // A service that speaks no query does not know actions: "?Action=" is then a parameter like any other.
      bool no_query = !candidates.empty() && std::none_of(candidates.begin(), candidates.end(),
                                                          [](auto* each) { return speaks_query(*each); });
      if (!no_query) return route_action(candidates, request, signals, route);
      route.protocol = signals.json_type ? Protocol::kRestJson : Protocol::kRestXml;
      break;
    }
    case Manner::kPath: break;
  }
  return route_path(candidates, request, hints, route);
}

}  // namespace wire
