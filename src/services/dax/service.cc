// Amazon DynamoDB Accelerator. Operations are listed here and written in the files named beside them; README.md tells
// how it all works.
#include "services/dax/state.h"

namespace dax {

namespace {

std::string resource_of(Call& call, std::string_view, const Value& input) {
  if (input.has("ResourceName")) return input.at("ResourceName").str();
  if (input.has("ClusterName")) return cluster_arn(call, input.at("ClusterName").str());
  return "*";
}

kernel::Tags tags_of(Call& call, std::string_view arn) {
  const auto cluster = call.tx.get(kClusters, arn.substr(std::min(arn.find('/') + 1, arn.size())));
  return cluster ? cluster->tags : kernel::Tags{};
}

}  // namespace

kernel::Service service() {
  auto service = kernel::make_service<Model>({
      // clusters.cc
      OPERATION(CreateCluster),
      OPERATION(DeleteCluster),
      OPERATION(DescribeClusters),
      OPERATION(UpdateCluster),
      // nodes.cc
      OPERATION(DecreaseReplicationFactor),
      OPERATION(IncreaseReplicationFactor),
      OPERATION(RebootNode),
      // parameter_groups.cc
      OPERATION(CreateParameterGroup),
      OPERATION(DeleteParameterGroup),
      OPERATION(DescribeDefaultParameters),
      OPERATION(DescribeParameterGroups),
      OPERATION(DescribeParameters),
      OPERATION(UpdateParameterGroup),
      // subnet_groups.cc
      OPERATION(CreateSubnetGroup),
      OPERATION(DeleteSubnetGroup),
      OPERATION(DescribeSubnetGroups),
      OPERATION(UpdateSubnetGroup),
      // events.cc
      OPERATION(DescribeEvents),
      // tags.cc
      OPERATION(ListTags),
      OPERATION(TagResource),
      OPERATION(UntagResource),
  });
  service.resource_of = resource_of;
  service.access = {.tags_of = tags_of};
  service.timers = {&kForgetCluster};
  return service;
}

}  // namespace dax
