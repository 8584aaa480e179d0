// The tags of batch operations jobs.
#include "services/s3control/jobs.h"

namespace s3control {

namespace {

constexpr std::size_t kJobTagsMax = 50;

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutJobTagging.html
Result<Out> PutJobTagging(Call& call, In in) {
  Job job = TRY(find_job(call, in.value()));
  std::map<std::string, std::string> tags;
  for (const Value& tag : in.list("Tags")) tags[tag.at("Key").str()] = tag.at("Value").str();
  if (tags.size() > kJobTagsMax) return error("TooManyTagsException", "You can't have more than 50 tags on a job.");
  job.tags = std::move(tags);
  call.tx.put(kJobs, job.id, job);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetJobTagging.html
Result<Out> GetJobTagging(Call& call, In in) {
  const Job job = TRY(find_job(call, in.value()));
  Value::List tags;
  for (const auto& [key, value] : job.tags) tags.push_back(Value::Map{{"Key", key}, {"Value", value}});
  return Out{{"Tags", std::move(tags)}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteJobTagging.html
Result<Out> DeleteJobTagging(Call& call, In in) {
  Job job = TRY(find_job(call, in.value()));
  job.tags.clear();
  call.tx.put(kJobs, job.id, job);
  return Out{};
}

}  // namespace s3control
