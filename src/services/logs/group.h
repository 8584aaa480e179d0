#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

#include "services/logs/events.h"

// Groups and streams at work: what the operations are made of. Each part says in which file it is written.
namespace logs {

// groups.cc
// The group that logGroupName names, or logGroupIdentifier by name or ARN; of those that operations have, in `input`.
// Errors: ResourceNotFoundException.
Result<OpenGroup> find_group(Call& call, const Value& input);
Result<OpenGroup> find_group_named(Call& call, const std::string& name_or_arn);
std::optional<OpenGroup> get_group(const store::Transaction& tx, std::string_view name);
// The name in a name or an ARN of a group, which may end in ":*".
std::string group_name_of(std::string_view name_or_arn);
void put_group(const OpenGroup& group);
// Some things only groups of the class STANDARD have.
bool is_class_standard(const OpenGroup& group);

// streams.cc
std::optional<Stream> get_stream(const OpenGroup& group, std::string_view name);
Result<Stream> find_stream(const OpenGroup& group, const std::string& name);

// paging: a token tells the key that the page before ended with.
std::string write_token(std::string_view last_key);
// Errors: InvalidParameterException, where it is none of ours.
Result<std::optional<std::string>> read_token(const Value& input);

// cleanup.cc: what goes in its own time.
Result<void> clean_step(Call& call, std::string_view key);
Result<void> retention_step(Call& call, std::string_view key);
// Removes what a deleted group or stream has left, step by step.
inline constexpr kernel::Timer kClean{"logs.clean", clean_step};
// Removes events whose retention period has ended, once a day for each group that has one.
inline constexpr kernel::Timer kRetention{"logs.retention", retention_step};
void begin_cleaning(Call& call, std::uint64_t group_id, std::uint64_t stream_id);
void begin_retention(Call& call, const OpenGroup& group);

// access.cc: the hooks of kernel::AccessHooks, and what an operation acts on.
std::string resource_of(Call& call, std::string_view operation, const Value& input);
std::string policy_for(Call& call, std::string_view arn);
kernel::Tags tags_of(Call& call, std::string_view arn);
void each_policy(Call& call, const kernel::Place& place, const kernel::VisitResource& visit);

// run_filters.cc: what metric and subscription filters, and audits, make of events that have been accepted. Writes
// findings and emits events of the outbox.
Result<void> run_filters(Call& call, const OpenGroup& group, const Stream& stream, const std::vector<NewEvent>& events,
                         std::uint64_t first_ordinal);

// metric_filters.cc: the points that a filter makes of events, as an event of the outbox tells them. Null: none.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringPolicyExamples.html
Value metric_points(const MetricFilter& filter, const std::vector<NewEvent>& events);

// transformers.cc: has the transformer of the group, its own or the account's, make what it can of events that come.
// The texts are what the events then look into.
std::vector<std::string> transform_events(Call& call, const OpenGroup& group, const Stream& stream,
                                          std::vector<NewEvent>& events);
// The processors of a transformer in JSON. Errors: InvalidParameterException, NotImplemented.
Result<void> check_transformer(const std::string& config);

// queries_indexes.cc: the fields that an index policy names. Errors: InvalidParameterException.
Result<std::vector<std::string>> read_index_policy(const std::string& text);

// subscriptions.cc
// Whether events can be delivered to a destination, which is tried. Errors: InvalidParameterException, as AWS words
// them; AccessDeniedException.
Result<void> check_target(Call& call, const OpenGroup* group, const std::string& arn, const std::string& role_arn);
void emit_to_subscriber(Call& call, const OpenGroup& group, const Stream& stream, const SubscriptionFilter& filter,
                        Value::List events);
Result<void> deliver_to_subscriber(Call& call, const kernel::Event& event);

// exports.cc
Result<void> export_step(Call& call, std::string_view key);
// Writes the next file of an export task. Key: its id.
inline constexpr kernel::Timer kExport{"logs.export", export_step};

// live_tail.cc
Result<void> tail_step(Call& call, std::string_view key);
// Sends a session what has come in the last second. Key: the session's id, and when it began.
inline constexpr kernel::Timer kTail{"logs.tail", tail_step};

// account_policies.cc
// Visits the account's policies of a type that are meant for the group.
void each_account_policy(Call& call, std::string_view type, const std::string& group,
                         const std::function<void(const AccountPolicy&)>& visit);

// tags.cc
// Errors: InvalidParameterException, TooManyTagsException.
Result<void> add_tags(std::map<std::string, std::string>& tags, const Value::Map& given);

}  // namespace logs
