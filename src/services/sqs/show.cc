#include "services/sqs/show.h"

#include "services/sqs/message_checks.h"

namespace sqs {

namespace {

constexpr std::string_view kSystemNames[] = {
    "AWSTraceHeader",
    "All",
    "ApproximateFirstReceiveTimestamp",
    "ApproximateReceiveCount",
    "DeadLetterQueueSourceArn",
    "MessageDeduplicationId",
    "MessageGroupId",
    "SenderId",
    "SentTimestamp",
    "SequenceNumber",
};

// A system attribute of the message; empty when it has none of this name.
std::string show_system_attribute(const OpenQueue& queue, const Entry& entry, std::string_view name) {
  const Message& message = entry.message;
  if (name == "SenderId") return message.sender_id;
  if (name == "SentTimestamp") return std::to_string(message.sent_ms);
  if (name == "ApproximateReceiveCount") return std::to_string(message.receive_count);
  if (name == "ApproximateFirstReceiveTimestamp")
    return message.first_received_ms == 0 ? "" : std::to_string(message.first_received_ms);
  if (name == "MessageGroupId") return message.group_id;
  if (name == "MessageDeduplicationId") return message.deduplication_id;
  if (name == "SequenceNumber") return queue.row.is_fifo ? sequence_number(entry.sequence) : "";
  if (name == "AWSTraceHeader") return message.trace_header;
  if (name == "DeadLetterQueueSourceArn") return message.dead_letter_source;
  return "";
}

bool is_wanted(const std::vector<std::string>& wanted, const std::string& name) {
  return std::ranges::any_of(wanted, [&](const std::string& each) {
    if (each == "All" || each == ".*" || each == name) return true;
    // "You can also use all message attributes starting with a prefix, for example bar.*." The dot is no part of it.
    return each.ends_with(".*") && name.starts_with(std::string_view(each).substr(0, each.size() - 2));
  });
}

Value show_attribute(const MessageAttribute& attribute) {
  Out shown{{"DataType", attribute.type}};
  attribute.is_binary() ? shown.set("BinaryValue", attribute.value) : shown.set("StringValue", attribute.value);
  return shown;
}

}  // namespace

base::Result<WantedAttributes> read_wanted(In in) {
  WantedAttributes wanted;
  for (auto* names : {&in.list("AttributeNames"), &in.list("MessageSystemAttributeNames")}) {
    for (const Value& name : *names) {
      if (!std::ranges::binary_search(kSystemNames, std::string_view(name.str())))
        return error("InvalidAttributeName", fmt::format("Unknown Attribute {}.", name.str()));
      wanted.system_names.push_back(name.str());
    }
  }
  for (const Value& name : in.list("MessageAttributeNames")) wanted.message_names.push_back(name.str());
  return wanted;
}

Out show_message(const OpenQueue& queue, const Entry& entry, const WantedAttributes& wanted) {
  const Message& message = entry.message;
  Out shown{{"MessageId", message.id}, {"MD5OfBody", message.body_md5}, {"Body", read_body(queue, entry)}};
  Value system_attributes{Value::Map{}};
  const bool wants_all = std::ranges::find(wanted.system_names, "All") != wanted.system_names.end();
  for (std::string_view name : kSystemNames) {
    if (!wants_all && std::ranges::find(wanted.system_names, name) == wanted.system_names.end()) continue;
    if (std::string text = show_system_attribute(queue, entry, name); !text.empty())
      system_attributes.set(name, std::move(text));
  }
  if (!system_attributes.map().empty()) shown.set("Attributes", std::move(system_attributes));

  std::vector<MessageAttribute> answered;
  Value attributes{Value::Map{}};
  for (const MessageAttribute& attribute : message.attributes) {
    if (!is_wanted(wanted.message_names, attribute.name)) continue;
    attributes.set(attribute.name, show_attribute(attribute));
    answered.push_back(attribute);
  }
  if (answered.empty()) return shown;
  shown.set("MessageAttributes", std::move(attributes));
  // The digest is of what is answered, so that a client can check what it sees.
  shown.set("MD5OfMessageAttributes", attributes_md5(answered));
  return shown;
}

}  // namespace sqs
