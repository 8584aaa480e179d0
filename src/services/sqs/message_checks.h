#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/sqs/queue.h"

// What a message may be, and its digests.
namespace sqs {

base::Result<void> check_body(const std::string& body);

// Reads MessageAttributes, in order of their names. Errors as AWS words them.
base::Result<std::vector<MessageAttribute>> read_attributes(const Value::Map& given);

// Reads MessageSystemAttributes, of which there is only one: AWSTraceHeader.
base::Result<std::string> read_trace_header(const Value::Map& given);

// MessageGroupId and MessageDeduplicationId: "alphanumeric and punctuation characters", 1 to 128.
base::Result<void> check_fifo_id(std::string_view parameter, const std::string& id);

// The digest clients check, empty for no attributes. "Calculating the MD5 message digest for message attributes":
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
std::string attributes_md5(const std::vector<MessageAttribute>& attributes);

// What counts against MaximumMessageSize: "all components, such as name, value, and data type, are included".
std::size_t message_bytes(std::string_view body, const std::vector<MessageAttribute>& attributes);

}  // namespace sqs
