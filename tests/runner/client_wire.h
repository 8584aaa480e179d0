#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/value.h"
#include "model/shape.h"
#include "wire/wire.h"

// The client's half of every protocol, written from the protocols' descriptions and sharing nothing with src/wire, so
// that the two can check each other. A value goes out as a client would send it and an answer is read as a client would
// read it.
namespace runner {

using base::Result;
using base::Value;

struct ClientRequest {
  std::string method = "POST";
  std::string path = "/";
  std::string query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// A request for the operation. Members the shape does not know, and values of another kind than the shape wants, are
// sent as they are as far as the protocol can, so that scripts can show how wrong requests are answered.
ClientRequest encode_request(const model::Service& service, const model::Operation& operation, model::Protocol protocol,
                             const Value& input);

struct ClientError {
  std::string code;  // the error shape's name where the model knows the code, else as sent
  std::string message;
  Value members;  // the error's body
};

// What the client makes of an answer.
struct ClientAnswer {
  int status = 0;
  bool success = false;
  Value output;       // when successful
  ClientError error;  // when not
};

// Error: the answer is not what the protocol says an answer looks like.
Result<ClientAnswer> decode_answer(const model::Service& service, const model::Operation& operation,
                                   model::Protocol protocol, const wire::Answer& answer);

// --- for the files of the protocols
// -------------------------------------------------------------------------------------

// JSON bodies by shape. Timestamps are seconds unless the shape says otherwise.
std::string json_body(const model::Shape& shape, const Value& value);
Result<Value> read_json_body(const model::Shape& shape, std::string_view text);

// CBOR bodies by shape.
std::string cbor_body(const model::Shape& shape, const Value& value);
Result<Value> read_cbor_body(const model::Shape& shape, std::string_view bytes);

// XML bodies by shape.
std::string xml_body(const model::Shape& shape, std::string_view root, const model::XmlNamespace& xml_namespace,
                     const Value& value);
// `wrapper`: the element below the root that holds the output, empty when the root itself does.
Result<Value> read_xml_body(const model::Shape& shape, std::string_view text, std::string_view wrapper);
// Code and message of an error in XML, however deep it is wrapped.
Result<ClientError> read_xml_error(std::string_view text);

// Parameters of the query and ec2 protocols.
std::string form_body(const model::Service& service, const model::Operation& operation, model::Protocol protocol,
                      const Value& input);

ClientRequest encode_rest(const model::Service& service, const model::Operation& operation, model::Protocol protocol,
                          const Value& input);
Result<Value> decode_rest(const model::Operation& operation, model::Protocol protocol, const wire::Answer& answer);

// A scalar as text (XML, forms, headers, paths), with the timestamp format where none is said.
std::string scalar_text(const model::Member& member, const Value& value, model::TimestampFormat otherwise);
Result<Value> scalar_from_text(const model::Member& member, std::string_view text, model::TimestampFormat otherwise);
std::string format_time(std::int64_t time_ms, model::TimestampFormat format);
Result<Value> parse_time(std::string_view text, model::TimestampFormat format);

std::string_view find_header(const wire::Answer& answer, std::string_view name);

}  // namespace runner
