// What happens to objects, told to those who listen.
#include "services/s3/objects.h"

namespace s3 {

namespace {

// An event costs a row for each listener and its delivery, which is much beside a small object.
bool has_listener(const Bucket& bucket, std::string_view type) {
  const bool is_replicated = bucket.has(Configuration::kReplication) && type.starts_with("ObjectTagging:");
  return is_replicated || bucket.has(Configuration::kNotification);
}

}  // namespace

void emit_object_event(Call& call, const Bucket& bucket, std::string_view type, std::string_view key,
                       const ObjectVersion& version, Value more) {
  if (!has_listener(bucket, type)) return;
  Value::Map detail{
      {"bucket", bucket.name},
      {"account", bucket.account},
      {"region", bucket.region},
      {"key", key},
      // "The sequencer key provides a way to determine the sequence of events." Greater as a text, too.
      {"sequencer", fmt::format("{:018X}", call.next_sequence())},
      {"requestId", call.request.id},
      {"sourceIp", call.request.source_ip},
      {"principal", call.caller.user_id},
      {"time", call.now_ms()},
  };
  // Of a function's request: a loop of functions can come by here.
  if (!call.request.trace_id.empty()) detail.emplace_back("trace", call.request.trace_id);
  if (bucket.versioning != Versioning::kNever) detail.emplace_back("versionId", shown_version_id(version));
  if (!version.is_delete_marker) {
    detail.emplace_back("eTag", version.etag);
    detail.emplace_back("size", static_cast<std::int64_t>(version.body.size));
  }
  if (!more.is_null()) detail.emplace_back("more", std::move(more));
  call.emit({.source = "s3",
             .type = std::string(type),
             .key = fmt::format("{}/{}", bucket.name, key),
             .detail = Value(std::move(detail))});
}

}  // namespace s3
