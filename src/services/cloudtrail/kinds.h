#pragma once

#include <string>
#include <string_view>

#include "model/shape.h"

// What kind of event a call is. Mostly it follows from the model; what does not stands in tables in kinds.cc.
namespace cloudtrail {

// The type of resource whose data events the operation belongs to, "AWS::SQS::Queue"; empty: it is a management event.
std::string_view data_type_of(std::string_view service, std::string_view operation);
bool is_read_only(const model::Service& service, const model::Operation& operation);
std::string event_source_of(const model::Service& service);  // "sqs.amazonaws.com"
std::string event_name_of(std::string_view service, std::string_view operation);

// "AWS::IAM::User" for arn:aws:iam::…:user/…; empty when it is not known.
std::string_view resource_type_of(std::string_view arn);
// What is left of an ARN for people: "alice" of arn:aws:iam::…:user/alice.
std::string_view resource_name_of(std::string_view arn);

}  // namespace cloudtrail
