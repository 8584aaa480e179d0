#pragma once

#include "services/cloudtrail/state.h"

// From a note of a call to the CloudTrail record of it.
namespace cloudtrail {

std::string uuid_text(std::uint64_t high, std::uint64_t low);

// The whole record, as it stands in log files. `account` is the one in whose history it is.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
Value show_record(const Block& block, const Note& note, const std::string& account);

// What LookupEvents answers besides the record itself, told from the record.
std::string user_name_of(const Value& record);
struct Resource {
  std::string type, name;
};
std::vector<Resource> resources_of(const Value& record);
Value show_event(const Value& record);  // an Event of LookupEvents

}  // namespace cloudtrail
