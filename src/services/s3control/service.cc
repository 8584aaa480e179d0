// Amazon S3 Control: what concerns S3 but no single bucket. Operations are listed here and written in the files named
// beside them.
#include <fmt/format.h>

#include "services/s3control/access_points.h"
#include "services/s3control/jobs.h"
#include "services/s3control/multi_region.h"

namespace s3control {

namespace {

// Those of many regions are known by their aliases.
std::string multi_region_arn(Call& call, const Value& input) {
  std::string name = input.at("Mrap").str();
  if (name.starts_with("arn:")) return name;
  if (name.empty()) name = input.has("Details") ? input.at("Details").at("Name").str() : input.at("Name").str();
  auto point = get_own_point(call, name);
  if (name.empty()) return "*";
  return fmt::format("arn:aws:s3::{}:accesspoint/{}", input.at("AccountId").str(), point ? point->alias : name);
}

// What a call is authorised on: the access point or the job it names.
std::string resource_of(Call& call, std::string_view operation, const Value& input) {
  auto arn_of = [&](std::string_view kind, const std::string& name) {
    return fmt::format("arn:aws:s3:{}:{}:{}/{}", call.place.region, input.at("AccountId").str(), kind, name);
  };
  if (operation.ends_with("ForObjectLambda"))
    return input.has("Name") ? fmt::format("arn:aws:s3-object-lambda:{}:{}:accesspoint/{}", call.place.region,
                                           input.at("AccountId").str(), input.at("Name").str())
                             : "*";
  if (operation.find("MultiRegionAccessPoint") != operation.npos) return multi_region_arn(call, input);
  if (input.has("ResourceArn")) return input.at("ResourceArn").str();
  if (operation.ends_with("AccessPoint") || operation.find("AccessPointPolicy") != operation.npos)
    return arn_of("accesspoint", input.at("Name").str());
  if (input.has("JobId")) return arn_of("job", input.at("JobId").str());
  return "*";
}

}  // namespace

Result<void> check_account(const Call& call, const Value& input) {
  if (input.at("AccountId").str() == call.caller.account) return {};
  return error("AccessDenied", "Access Denied");
}

kernel::Service service() {
  auto service = kernel::make_service<Model>({
      // public_access.cc
      OPERATION(DeletePublicAccessBlock),
      OPERATION(GetPublicAccessBlock),
      OPERATION(PutPublicAccessBlock),
      // access_points.cc
      OPERATION(CreateAccessPoint),
      OPERATION(DeleteAccessPoint),
      OPERATION(GetAccessPoint),
      OPERATION(ListAccessPoints),
      // access_point_policies.cc
      OPERATION(DeleteAccessPointPolicy),
      OPERATION(GetAccessPointPolicy),
      OPERATION(GetAccessPointPolicyStatus),
      OPERATION(PutAccessPointPolicy),
      // object_lambda.cc
      OPERATION(CreateAccessPointForObjectLambda),
      OPERATION(DeleteAccessPointForObjectLambda),
      OPERATION(DeleteAccessPointPolicyForObjectLambda),
      OPERATION(GetAccessPointConfigurationForObjectLambda),
      OPERATION(GetAccessPointForObjectLambda),
      OPERATION(GetAccessPointPolicyForObjectLambda),
      OPERATION(GetAccessPointPolicyStatusForObjectLambda),
      OPERATION(ListAccessPointsForObjectLambda),
      OPERATION(PutAccessPointConfigurationForObjectLambda),
      OPERATION(PutAccessPointPolicyForObjectLambda),
      // resource_tags.cc
      OPERATION(ListTagsForResource),
      OPERATION(TagResource),
      OPERATION(UntagResource),
      // multi_region_requests.cc, multi_region.cc
      OPERATION(CreateMultiRegionAccessPoint),
      OPERATION(DeleteMultiRegionAccessPoint),
      OPERATION(DescribeMultiRegionAccessPointOperation),
      OPERATION(GetMultiRegionAccessPoint),
      OPERATION(GetMultiRegionAccessPointPolicy),
      OPERATION(GetMultiRegionAccessPointPolicyStatus),
      OPERATION(GetMultiRegionAccessPointRoutes),
      OPERATION(ListMultiRegionAccessPoints),
      OPERATION(PutMultiRegionAccessPointPolicy),
      OPERATION(SubmitMultiRegionAccessPointRoutes),
      // jobs.cc
      OPERATION(CreateJob),
      OPERATION(DescribeJob),
      OPERATION(ListJobs),
      OPERATION(UpdateJobPriority),
      OPERATION(UpdateJobStatus),
      // job_tags.cc
      OPERATION(DeleteJobTagging),
      OPERATION(GetJobTagging),
      OPERATION(PutJobTagging),
  });
  service.resource_of = resource_of;
  service.timers = {&kJobStep, &kCarryOut};
  service.listeners.push_back({kJobSource, "s3control.functions", step_functions});
  service.limits = {kAccessPointsMax, kObjectLambdaPointsMax, kMultiRegionPointsMax};
  return service;
}

}  // namespace s3control
