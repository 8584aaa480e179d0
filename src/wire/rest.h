#pragma once

#include "wire/members.h"
#include "wire/protocol.h"

// What rest-json and rest-xml share: members bound to labels, headers, the query string and the status; and the two
// bodies.
namespace wire {

// Request bodies without a payload member, read into the members that are bound to nothing else.
base::Result<Value> parse_rest_json_body(const Route& route, std::string_view body);
base::Result<Value> parse_rest_xml_body(const Route& route, std::string_view body);
// A structured payload member.
base::Result<Value> parse_rest_json_payload(const Route& route, const model::Member& member, std::string_view body);
base::Result<Value> parse_rest_xml_payload(const Route& route, const model::Member& member, std::string_view body);

void write_rest_json_body(Answer& answer, const Route& route, const Value& output);
void write_rest_xml_body(Answer& answer, const Route& route, const Value& output);
void write_rest_json_payload(Answer& answer, const Route& route, const model::Member& member, const Value& value);
void write_rest_xml_payload(Answer& answer, const Route& route, const model::Member& member, const Value& value);

// x-amzn-RequestId, or the pair of headers that S3 uses instead.
void add_rest_request_id(Answer& answer, const Route& route, std::string_view request_id);
// The second id of S3's answers. AWS puts routing information into it; here it only is as unique as the first.
std::string s3_host_id(std::string_view request_id);
bool is_s3(const Route& route);

// Adds the headers of the members bound to headers.
void add_bound_headers(Answer& answer, const model::Shape& shape, const Value& value);
bool has_header(const Answer& answer, std::string_view name);
// Whether any member goes into the body, the payload member aside.
bool has_body_members(const model::Shape& shape, Level level);

}  // namespace wire
