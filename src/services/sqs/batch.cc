#include "services/sqs/batch.h"

#include <set>

namespace sqs {

namespace {

constexpr std::size_t kBatchEntriesMax = 10;
constexpr std::size_t kEntryIdCharactersMax = 80;

// Entries tell KMS's errors by their codes ("KMS.DisabledException"), as AWS does.
std::string code_of(const base::Error& why) {
  if (!why.code.starts_with("Kms")) return why.code;
  const model::Shape* shape = model::find_service(Model::id)->find_error(why.code);
  return shape ? std::string(shape->error->code) : why.code;
}

bool is_entry_id(std::string_view id) {
  auto is_allowed = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_'; };
  return !id.empty() && id.size() <= kEntryIdCharactersMax && std::ranges::all_of(id, is_allowed);
}

}  // namespace

base::Result<void> check_batch(const Value::List& entries, std::string_view entry_name) {
  if (entries.empty())
    return error("EmptyBatchRequest", fmt::format("There should be at least one {} in the request.", entry_name));
  if (entries.size() > kBatchEntriesMax)
    return error("TooManyEntriesInBatchRequest",
                 fmt::format("Maximum number of entries per request are {}. You have sent {}.", kBatchEntriesMax,
                             entries.size()));
  std::set<std::string_view> seen;
  for (const Value& entry : entries) {
    const std::string& id = entry.at("Id").str();
    if (!is_entry_id(id))
      return error("InvalidBatchEntryId",
                   "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at "
                   "most 80 letters "
                   "long.");
    if (!seen.insert(id).second) return error("BatchEntryIdsNotDistinct", fmt::format("Id {} repeated.", id));
  }
  return {};
}

void BatchAnswer::add(const Value& entry, base::Result<Out> result) {
  const Value& id = entry.at("Id");
  if (result) {
    result->set("Id", id);
    successful_.push_back(*std::move(result));
  } else {
    failed_.push_back(
        Out{{"Id", id}, {"SenderFault", true}, {"Code", code_of(result.error())}, {"Message", result.error().message}});
  }
}

Out BatchAnswer::take() {
  Out answer;
  if (!successful_.empty()) answer.set("Successful", std::move(successful_));
  if (!failed_.empty()) answer.set("Failed", std::move(failed_));
  return answer;
}

}  // namespace sqs
