#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.h"

// The AWS API models as data. `tools/compile_models.py` packs botocore's models into one table that is embedded in the
// program; a service's part is decoded on first use. All texts point into that table and live as long as the program.
namespace model {

using base::Value;

enum class Kind : std::uint8_t {
  kStructure,
  kUnion,
  kList,
  kMap,
  kString,
  kInteger,
  kLong,
  kFloat,
  kDouble,
  kBoolean,
  kBlob,
  kTimestamp,
  kDocument
};
enum class TimestampFormat : std::uint8_t { kDefault, kIso8601, kRfc822, kUnix };
enum class Location : std::uint8_t { kBody, kHeader, kHeaders, kQuery, kUri, kStatusCode };
enum class Protocol : std::uint8_t { kJson10, kJson11, kQuery, kEc2, kRestJson, kRestXml, kCbor };

struct Shape;

// An XML namespace declaration: xmlns="uri" or xmlns:prefix="uri". Empty when there is none.
struct XmlNamespace {
  std::string_view prefix;
  std::string_view uri;
};

// How one shape uses another: a member of a structure, an element of a list, a key or a value of a map.
struct Member {
  std::string_view name;           // in the API; "member", "key" or "value" for list and map parts
  std::string_view location_name;  // on the wire where it differs from `name`, else empty
  std::string_view query_name;     // for query (from an overlay) and ec2 (`queryName`) where it differs, else empty;
                                   // query: query_name, else location_name, else name
  const Shape* shape = nullptr;
  XmlNamespace xml_namespace;
  Location location = Location::kBody;
  TimestampFormat timestamp_format = TimestampFormat::kDefault;  // overrides the shape's
  bool required = false;
  bool flattened = false;  // from the member or its shape
  bool xml_attribute = false;
  bool idempotency_token = false;
  bool json_value = false;  // the text is itself JSON (base64 in headers)
  bool host_label = false;
  bool event_payload = false;
  bool event_header = false;
  bool streaming = false;
  bool validated = true;  // false: an overlay leaves the checks to the service

  // The name a protocol other than query and ec2 uses.
  std::string_view wire_name() const { return location_name.empty() ? name : location_name; }
};

// What an exception shape says about its answer.
struct ErrorTrait {
  // "AWS.SimpleQueueService.NonExistentQueue"; the shape's name where the model is silent. Query and XML protocols send
  // it; json ones send the shape's name, and a query-compatible service this one too, in x-amzn-query-error.
  std::string_view code;
  int http_status = 0;  // 0: not said; the service's default (400 for client faults, 500 for server faults)
  bool sender_fault = true;
};

struct Shape {
  std::string_view name;
  Kind kind = Kind::kString;
  std::vector<Member> members;  // structure, union: in the model's order; list: {member}; map: {key, value}
  std::vector<std::string_view> enum_values;  // empty: any text
  std::string_view pattern;                   // empty: any text
  std::optional<double> min, max;             // of a number, or of the length of a text, blob, list or map
  TimestampFormat timestamp_format = TimestampFormat::kDefault;
  std::string_view location_name;  // of the root element (rest-xml)
  std::string_view payload;        // name of the member that is the whole body, empty when there is none
  XmlNamespace xml_namespace;
  std::optional<ErrorTrait> error;  // set for exceptions
  bool streaming = false;           // a blob that may be long
  bool event_stream = false;        // a union sent as a stream of events
  bool event = false;
  bool sensitive = false;
  bool sparse = false;  // list or map that may hold nulls
  bool wrapper = false;
  bool flattened = false;
  bool requires_length = false;
  bool constrained = false;  // validation can refuse something in it or below it

  const Member* find(std::string_view member_name) const;  // by API name; null when there is none
  const Member& element() const { return members[0]; }     // list
  const Member& key() const { return members[0]; }         // map
  const Member& value() const { return members[1]; }       // map
};

// How an operation that answers in pages is called again. Names are paths as botocore writes them ("Marker",
// "NextMarker || Contents[-1].Key"); `result_keys` are what a page adds.
struct Paginator {
  std::vector<std::string_view> input_tokens;
  std::vector<std::string_view> output_tokens;
  std::vector<std::string_view> result_keys;
  std::string_view limit_key;     // member that limits a page, empty when there is none
  std::string_view more_results;  // member that says whether there are more pages, empty when the token does
};

struct Operation {
  std::string_view name;
  std::string_view method;  // "POST"
  std::string_view uri;     // "/{Bucket}/{Key+}?uploads"
  int response_code = 200;
  const Shape* input = nullptr;          // never null: an empty structure stands for none
  const Shape* output = nullptr;         // likewise
  std::string_view input_location_name;  // root element of the input (rest-xml), from the operation
  XmlNamespace input_xml_namespace;
  std::string_view result_wrapper;  // query: "SendMessageResult"; empty when the output has none
  std::vector<const Shape*> errors;
  std::string_view host_prefix;  // "data-", "{AccountId}."
  bool unsigned_payload = false;
  bool no_auth = false;    // authtype none: the request may be anonymous
  bool read_only = false;  // as the model says, where it says
  bool idempotent = false;
  bool checksum_required = false;
  std::string_view checksum_member;  // request member naming the checksum algorithm (S3)
  bool deprecated = false;
  std::optional<Paginator> paginator;
};

// How a service words the refusal of a request that breaks its model.
enum class ValidationFamily : std::uint8_t {
  kNone,              // the service checks by itself
  kJson,              // ValidationException "1 validation error detected: Value …"
  kQuery,             // ValidationError, same wording
  kSqs,               // MissingParameter "The request must contain the parameter QueueUrl."
  kEc2,               // MissingParameter, InvalidParameterValue "Value (…) for parameter … is invalid."
  kMissingParameter,  // as kQuery, but an absent member is MissingParameter as in kSqs
};

struct Service {
  std::string_view id;               // the model's folder: "sqs", "stepfunctions"
  std::string_view service_id;       // "SQS", "SFN"
  std::string_view full_name;        // "Amazon Simple Queue Service"
  std::string_view api_version;      // "2012-11-05"
  std::string_view endpoint_prefix;  // "sqs"
  std::string_view signing_name;     // credential scope: "sqs"; the endpoint prefix where the model is silent
  std::string_view target_prefix;    // "AmazonSQS", empty outside json and cbor
  std::string_view xml_namespace;
  std::string_view
      error_namespace;  // json: "com.amazonaws.sqs" where `__type` is "com.amazonaws.sqs#QueueDoesNotExist"
  std::string_view validation_error;  // code that validation answers instead of the family's, else empty
  std::string_view refusal;           // code that says that no policy allows the call: "AccessDenied"
  ValidationFamily validation = ValidationFamily::kJson;
  std::vector<Protocol> protocols;    // the declared one first, then those an overlay adds for older clients
  bool query_compatible = false;      // answers carry x-amzn-query-error
  bool global = false;                // has one endpoint for all regions (iam, s3's account level, …)
  std::vector<Operation> operations;  // ordered by name
  std::deque<Shape> shapes;           // stable addresses

  const Operation* find_operation(std::string_view name) const;  // null when there is none
  const Shape* find_shape(std::string_view name) const;
  // The exception with this shape name or error code, from the model or its overlay; null
  // when there is none (see find_common_error).
  const Shape* find_error(std::string_view name_or_code) const;
  bool speaks(Protocol protocol) const;
};

// Errors that every service may answer, whatever its model says.
struct CommonError {
  std::string_view name;
  int http_status = 400;
  bool sender_fault = true;
};
const CommonError* find_common_error(std::string_view name);  // null when it is none

// All modelled services, ordered by id. Cheap: only names are read.
const std::vector<std::string_view>& service_ids();
// The model of a service; null when it is not modelled. Decoded on the first call, thread-safe.
const Service* find_service(std::string_view id);
// What routing needs of every service without decoding it.
struct ServiceHeader {
  std::string_view id, endpoint_prefix, signing_name, target_prefix, api_version;
  std::vector<Protocol> protocols;
  int operation_count = 0;
};
const std::vector<ServiceHeader>& service_headers();

}  // namespace model
