#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/lambda/run.h"

// Function URLs at work: HTTP requests become events, and what functions answer HTTP answers.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
namespace lambda {

// ---- url_requests.cc

// A URL by its id, as the server needs it before there is a call.
struct OpenUrl {
  std::string id;
  UrlTarget target;
  FunctionUrl row;

  store::Place place() const { return {target.account, target.region}; }
  std::string function_arn() const;  // with the alias, where the URL is of one
  bool is_signed() const { return row.auth_type == "AWS_IAM"; }
  bool is_streamed() const { return row.invoke_mode == "RESPONSE_STREAM"; }
};
std::optional<OpenUrl> get_url(const store::Transaction& tx, std::string_view id);

// For Service::needs_of: what a request to a URL must be allowed; nothing for other operations.
std::vector<kernel::Need> url_needs(Call& call, std::string_view operation, const Value& input);
// For AccessHooks::find_key: lambda:FunctionUrlAuthType and lambda:InvokedViaFunctionUrl of such a request.
bool find_url_key(Call& call, std::string_view key, policy::Values& values);

// ---- url_event.cc

struct HttpHeader {
  std::string name, value;
};

// An HTTP request to a URL, as it came.
struct UrlRequest {
  std::string method, path, query, protocol;
  std::vector<HttpHeader> headers;
  std::string body;
};

// The event of payload format 2.0, as JSON.
std::string event_of_request(Call& call, const OpenUrl& url, const UrlRequest& request, const std::string& trace_id);

// ---- url_answer.cc

struct UrlAnswer {
  int status = 200;
  std::vector<HttpHeader> headers;
  std::string body;
};
// What the function's answer means. Nothing when it cannot be understood, which clients see as 502.
std::optional<UrlAnswer> answer_of_payload(const std::string& payload);
// The head of a streamed answer, as awslambda.HttpResponseStream writes it.
std::optional<UrlAnswer> answer_of_prelude(const std::string& prelude);
// What ends that head.
inline constexpr std::string_view kPreludeEnd("\0\0\0\0\0\0\0\0", 8);
inline constexpr std::string_view kPreludeType = "application/vnd.awslambda.http-integration-response";

// ---- url_cors.cc

// The headers by which a browser lets the page of this origin see the answer; none where the URL does not allow it.
std::vector<HttpHeader> cors_headers(const Cors& cors, std::string_view origin);
// The same for the question before a request: its method, and the headers it wants to send with "," between them.
std::vector<HttpHeader> preflight_headers(const Cors& cors, std::string_view origin, std::string_view method,
                                          std::string_view headers);

}  // namespace lambda
