#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/value.h"
#include "model/shape.h"

// From HTTP to a typed request of an AWS operation, and from its answer back to HTTP, for every protocol AWS speaks.
// One file per protocol; this header is all the rest of the program sees.
namespace wire {

using base::Value;

struct Header {
  std::string_view name;
  std::string_view value;
};

// An HTTP request with its whole body, already freed of aws-chunked framing and gzip. Views outlive the call.
struct Request {
  std::string_view method;
  std::string_view path;   // raw, percent-encoded, without the query
  std::string_view query;  // raw, without '?'
  std::span<const Header> headers;
  std::string_view body;

  std::string_view header(std::string_view name) const;  // first value, name in any case; empty when absent
};

// What a request turned out to ask for.
struct Route {
  const model::Service* service = nullptr;
  const model::Operation* operation = nullptr;
  model::Protocol protocol = model::Protocol::kJson10;
  // Values of the URI labels of rest protocols by their name in the URI pattern, decoded ("Bucket" -> "photos"). A
  // bucket in the host name is one of them.
  std::vector<std::pair<std::string, std::string>> labels;
};

// Hints from outside the request's own text.
struct RouteHints {
  std::string_view signing_name;  // service of the credential scope, empty when unsigned
  std::string_view base_host;     // further host name that counts as ours ("localhost" always does), without port
  std::string_view region = {};   // of the credential scope
};

// Finds the operation by credential scope, X-Amz-Target, Smithy-Protocol, Action/Version, path and Host, in this order
// of trust. Errors (code, message as AWS words them): UnknownOperationException, InvalidAction, MissingAction,
// UnrecognizedClientException, … A service that is not modelled answers "UnknownService".
// On an error `route` has the protocol the client speaks, and the service as far as it is known, so that write_error
// can answer in the client's own words.
base::Result<void> find_route(const Request& request, const RouteHints& hints, Route& route);

// Reads the request's members by shape: a map. Unknown and null members are left out; a stream of events is a list of
// them. An SQS request by query to the URL of a queue has that URL as its QueueUrl. Errors: SerializationException,
// MalformedInput, InvalidParameterValue, ….
base::Result<Value> parse_input(const Route& route, const Request& request);

// An answer ready for HTTP.
struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // content type, request id and modelled headers included
  std::string body;
};

// Serializes an operation's output; of lists of events a whole stream is made (single events: event_stream.h). A
// streaming blob payload is taken from the value like any other text; the caller replaces it when the body comes from a
// file.
Answer write_output(const Route& route, const Value& output, std::string_view request_id);

// Serializes an error. Code, status and fault come from the model where it knows the code; otherwise
// from the table in error.cc (AccessDenied 403, NotImplemented 501, InternalFailure 500, Throttling 400, …) else 400.
// Further details become members of the answer where the model has them; XML protocols show the others too. A route
// without a service answers in its protocol, which find_route has taken from the request.
Answer write_error(const Route& route, const base::Error& error, std::string_view request_id);

// HTTP status write_error would answer.
int status_of(const Route& route, const base::Error& error);

}  // namespace wire
