#include "services/sqs/peek.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "server/admin.h"
#include "server/respond.h"
#include "wire/wire.h"

namespace server {

namespace {

// The parameters of a query string or form body.
std::map<std::string, std::string> parameters_of(std::string_view text) {
  std::map<std::string, std::string> parameters;
  for (std::string_view part : base::split(text, '&')) {
    std::size_t equals = std::min(part.find('='), part.size());
    auto name = base::percent_decode(part.substr(0, equals), base::Plus::kSpace);
    auto value = base::percent_decode(part.substr(std::min(equals + 1, part.size())), base::Plus::kSpace);
    if (name && value && !name->empty()) parameters[*name] = *value;
  }
  return parameters;
}

// Which queue, and where: "/_aws/sqs/messages/<region>/<account>/<queue>" or a QueueUrl, whose host may name the
// region.
struct Target {
  store::Place place{"000000000000", "us-east-1"};
  std::string queue_url;
};

Target target_of(std::string_view path, const std::string& queue_url) {
  Target target{.queue_url = queue_url};
  std::vector<std::string_view> parts = base::split(path, '/');  // "", _aws, sqs, messages, region, account, queue
  if (parts.size() == 7) {
    target.place = {std::string(parts[5]), std::string(parts[4])};
    target.queue_url = fmt::format("http://localhost/{}/{}", parts[5], parts[6]);
    return target;
  }
  std::vector<std::string_view> url = base::split(queue_url, '/');  // "http:", "", host, account, queue
  if (url.size() < 5) return target;
  target.place.account = url[3];
  std::vector<std::string_view> host = base::split(url[2], '.');
  if (host.size() > 2 && host[0] == "sqs") target.place.region = host[1];
  return target;
}

}  // namespace

http::Response Admin::peek_messages(const http::Request& request) {
  using Show = sqs::PeekOptions::Show;
  auto parameters = parameters_of(request.query());
  if (request.method == "POST") parameters.merge(parameters_of(request.body));
  auto show = [&](const char* name) {
    return base::equal_ignoring_case(parameters[name], "true") ? Show::kAll : Show::kVisibleOnly;
  };
  Target target = target_of(request.path(), parameters["QueueUrl"]);

  base::Value messages;
  base::Result<void> peeked = parts_.cloud.transact(target.place, [&](kernel::Call& call) -> base::Result<void> {
    messages = TRY(sqs::peek_messages(call, target.queue_url,
                                      {.delayed = show("ShowDelayed"), .invisible = show("ShowInvisible")}));
    return {};
  });

  bool wants_json = request.headers.value("Accept").find("json") != std::string_view::npos;
  const model::Service* service = model::find_service("sqs");
  wire::Route route{.service = service,
                    .operation = service->find_operation("ReceiveMessage"),
                    .protocol = wants_json ? model::Protocol::kJson10 : model::Protocol::kQuery,
                    .labels = {}};
  std::string request_id = base::random_uuid(parts_.cloud.dice());
  return to_response(peeked ? wire::write_output(route, messages, request_id)
                            : wire::write_error(route, peeked.error(), request_id));
}

}  // namespace server
