#pragma once

#include "base/xml.h"
#include "wire/wire.h"

// The protocols behind the functions of wire.h, one file each.
namespace wire {

base::Result<Value> parse_json_input(const Route& route, const Request& request);
base::Result<Value> parse_query_input(const Route& route, const Request& request);
base::Result<Value> parse_ec2_input(const Route& route, const Request& request);
base::Result<Value> parse_rest_input(const Route& route, const Request& request);  // rest-json and rest-xml
base::Result<Value> parse_cbor_input(const Route& route, const Request& request);

Answer write_json_output(const Route& route, const Value& output, std::string_view request_id);
Answer write_query_output(const Route& route, const Value& output, std::string_view request_id);
Answer write_ec2_output(const Route& route, const Value& output, std::string_view request_id);
Answer write_rest_output(const Route& route, const Value& output, std::string_view request_id);
Answer write_cbor_output(const Route& route, const Value& output, std::string_view request_id);

// An error with everything the protocols want to know of it.
struct ErrorAnswer {
  std::string_view name;  // of the exception shape, or the code itself
  std::string_view code;  // as query and XML send it
  std::string_view message;
  const model::Shape* shape = nullptr;  // null when the model does not know the error
  Value members;                        // a map: the modelled members, the message among them under its modelled name
  Value details;                        // what the service gave, members the model does not know included
  int status = 400;
  bool sender_fault = true;
  bool has_message_member = false;  // the message is among `members`
};

// Looks the error up in the model and in the table of errors that all services share.
ErrorAnswer describe_error(const Route& route, const base::Error& error);

Answer write_json_error(const Route& route, const ErrorAnswer& error, std::string_view request_id);
Answer write_query_error(const Route& route, const ErrorAnswer& error, std::string_view request_id);
Answer write_ec2_error(const Route& route, const ErrorAnswer& error, std::string_view request_id);
Answer write_rest_json_error(const Route& route, const ErrorAnswer& error, std::string_view request_id);
Answer write_rest_xml_error(const Route& route, const ErrorAnswer& error, std::string_view request_id);
Answer write_cbor_error(const Route& route, const ErrorAnswer& error, std::string_view request_id);

// Code, message and further members as XML elements, for the protocols that answer in XML.
void write_error_elements(base::XmlWriter& out, const ErrorAnswer& error);

// "<code>;Sender" in x-amzn-query-error, for services that moved from query to json or cbor.
void add_query_error_header(Answer& answer, const Route& route, const ErrorAnswer& error);

}  // namespace wire
