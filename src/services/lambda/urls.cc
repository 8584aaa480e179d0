// Function URLs: the addresses under which functions answer HTTP.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
#include "base/random.h"
#include "base/time_text.h"
#include "services/lambda/functions.h"

namespace lambda {

namespace {

constexpr int kIdCharacters = 32;

std::string format_url_time(std::int64_t time_ms) {
  std::string text = format_modified(time_ms);
  return text.substr(0, text.find('+')) + "Z";
}

// The scheme and authority under which function URLs are reached by whoever calls now. Names below an address of
// digits do not exist, and those below an endpoint of a service are nobody's.
std::string url_of(const Call& call, std::string_view id) {
  const std::string& base = call.request.base_url;
  const std::size_t scheme_end = base.find("://") + 3;
  std::string host = base.substr(scheme_end);
  const std::string service = fmt::format("lambda.{}.", call.place.region);
  if (host.starts_with(service)) host.erase(0, service.size());
  const std::size_t port = host.rfind(':');
  const bool is_address = host.starts_with('[') || host.find_first_not_of("0123456789.:") == std::string::npos;
  if (is_address) host = "localhost" + (port == std::string::npos ? "" : host.substr(port));
  return fmt::format("{}{}.lambda-url.{}.{}/", base.substr(0, scheme_end), id, call.place.region, host);
}

Value list_of_texts(const std::vector<std::string>& texts) {
  Value::List list;
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

Value show_cors(const Cors& cors) {
  Out shown;
  if (cors.tells_credentials) shown.set("AllowCredentials", cors.allows_credentials);
  if (!cors.headers.empty()) shown.set("AllowHeaders", list_of_texts(cors.headers));
  if (!cors.methods.empty()) shown.set("AllowMethods", list_of_texts(cors.methods));
  if (!cors.origins.empty()) shown.set("AllowOrigins", list_of_texts(cors.origins));
  if (!cors.exposed_headers.empty()) shown.set("ExposeHeaders", list_of_texts(cors.exposed_headers));
  if (cors.age_seconds_max) shown.set("MaxAge", *cors.age_seconds_max);
  return shown;
}

Out show_url(Call& call, const OpenFunction& function, std::string_view qualifier, const FunctionUrl& url) {
  Out shown{{"FunctionUrl", url_of(call, url.id)},
            {"FunctionArn", function.arn(qualifier == kLatestName ? "" : qualifier)},
            {"AuthType", url.auth_type},
            {"CreationTime", format_url_time(url.created_ms)},
            {"LastModifiedTime", format_url_time(url.modified_ms)},
            {"InvokeMode", url.invoke_mode}};
  if (url.cors.is_set) shown.set("Cors", show_cors(url.cors));
  return shown;
}

std::vector<std::string> texts_of(const Value& list) {
  std::vector<std::string> texts;
  for (const Value& each : list.list()) texts.push_back(each.str());
  return texts;
}

constexpr std::string_view kMethods[] = {"GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*"};

Result<void> apply_url(In in, FunctionUrl& url) {
  if (in.has("AuthType")) url.auth_type = in.str("AuthType");
  if (in.has("InvokeMode")) url.invoke_mode = in.str("InvokeMode");
  if (!in.has("Cors")) return {};
  const Value& given = in["Cors"];
  url.cors = {.is_set = !given.map().empty(),
              .allows_credentials = given.at("AllowCredentials").flag(),
              .headers = texts_of(given.at("AllowHeaders")),
              .methods = texts_of(given.at("AllowMethods")),
              .origins = texts_of(given.at("AllowOrigins")),
              .exposed_headers = texts_of(given.at("ExposeHeaders")),
              .age_seconds_max = std::nullopt,
              .tells_credentials = given.has("AllowCredentials")};
  if (given.has("MaxAge")) url.cors.age_seconds_max = given.at("MaxAge").num();
  for (const std::string& method : url.cors.methods)
    if (std::ranges::find(kMethods, method) == std::end(kMethods))
      return refuse("InvalidParameterValueException",
                    fmt::format("Cors method {} is not one of GET, PUT, HEAD, POST, PATCH, DELETE and *.", method));
  return {};
}

// Where a URL is set: on the function itself, or on an alias.
struct UrlPlace {
  OpenFunction function;
  std::string qualifier;  // "$LATEST" or an alias

  std::string key() const { return function.key(qualifier); }
};

Result<UrlPlace> find_url_place(Call& call, In in) {
  const FunctionName name = TRY(parse_function_name(call, in.str("FunctionName"), in.str("Qualifier")));
  if (is_version_number(name.qualifier))
    return error(
        "ValidationException",
        fmt::format("1 validation error detected: Value '{}' at 'qualifier' failed to satisfy constraint: Member "
                    "must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)",
                    name.qualifier));
  auto function = get_function(call, name.place, name.name);
  if (!function || (!name.qualifier.empty() && !get_alias(*function, name.qualifier)))
    return refuse("ResourceNotFoundException", "Function does not exist");
  return UrlPlace{*std::move(function), name.qualifier.empty() ? std::string(kLatestName) : name.qualifier};
}

struct FoundUrl {
  UrlPlace place;
  FunctionUrl url;
};

Result<FoundUrl> find_url(Call& call, In in) {
  auto place = find_url_place(call, in);
  if (!place && place.error().code == "ValidationException") return std::unexpected(std::move(place).error());
  auto url = place ? place->function.tx.get(kFunctionUrls, place->key()) : std::nullopt;
  if (!url) return refuse("ResourceNotFoundException", "The resource you requested does not exist.");
  return FoundUrl{*std::move(place), *std::move(url)};
}

}  // namespace

// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html
base::Result<Out> CreateFunctionUrlConfig(Call& call, In in) {
  const UrlPlace place = TRY(find_url_place(call, in));
  const store::Transaction& tx = place.function.tx;
  const std::string_view shown = place.qualifier == kLatestName ? "" : std::string_view(place.qualifier);
  if (tx.has(kFunctionUrls, place.key()))
    return refuse("ResourceConflictException",
                  fmt::format("Failed to create function url config for [functionArn = {}]. Error message:  "
                              "FunctionUrlConfig exists for this Lambda function",
                              place.function.arn(shown)));
  FunctionUrl url{.id = call.random_text(kIdCharacters, base::kDigitsAndLowerCase), .auth_type = {}, .cors = {}};
  url.created_ms = url.modified_ms = call.now_ms();
  TRY_VOID(apply_url(in, url));
  tx.put(kFunctionUrls, place.key(), url);
  tx.put(kUrlTargets, url.id,
         {.account = tx.place().account,
          .region = tx.place().region,
          .function = place.function.row.name,
          .qualifier = place.qualifier});
  return show_url(call, place.function, place.qualifier, url);
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionUrlConfig.html
base::Result<Out> GetFunctionUrlConfig(Call& call, In in) {
  const FoundUrl found = TRY(find_url(call, in));
  return show_url(call, found.place.function, found.place.qualifier, found.url);
}

// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html
base::Result<Out> UpdateFunctionUrlConfig(Call& call, In in) {
  FoundUrl found = TRY(find_url(call, in));
  TRY_VOID(apply_url(in, found.url));
  found.url.modified_ms = call.now_ms();
  found.place.function.tx.put(kFunctionUrls, found.place.key(), found.url);
  return show_url(call, found.place.function, found.place.qualifier, found.url);
}

// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionUrlConfig.html
base::Result<Out> DeleteFunctionUrlConfig(Call& call, In in) {
  const FoundUrl found = TRY(find_url(call, in));
  found.place.function.tx.erase(kFunctionUrls, found.place.key());
  found.place.function.tx.erase(kUrlTargets, found.url.id);
  return Out{};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html
base::Result<Out> ListFunctionUrlConfigs(Call& call, In in) {
  const OpenFunction function = TRY(find_function(call, in));
  const Page page = TRY(read_page(in));
  return list_page(function.tx, kFunctionUrls, store::key(function.row.name), page, "FunctionUrlConfigs",
                   [&](std::string_view key, const FunctionUrl& url) -> Value {
                     return show_url(call, function, qualifier_in(key), url);
                   });
}

}  // namespace lambda
