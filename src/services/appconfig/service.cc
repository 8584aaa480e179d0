// AWS AppConfig. Operations are listed here and written in the files named beside them; README.md tells how it all
// works.
#include "services/appconfig/config.h"

namespace appconfig {

kernel::Service service() {
  auto service = kernel::make_service<Model>({
      // applications.cc
      OPERATION(CreateApplication),
      OPERATION(DeleteApplication),
      OPERATION(GetAccountSettings),
      OPERATION(GetApplication),
      OPERATION(ListApplications),
      OPERATION(UpdateAccountSettings),
      OPERATION(UpdateApplication),
      // environments.cc
      OPERATION(CreateEnvironment),
      OPERATION(DeleteEnvironment),
      OPERATION(GetEnvironment),
      OPERATION(ListEnvironments),
      OPERATION(UpdateEnvironment),
      // profiles.cc
      OPERATION(CreateConfigurationProfile),
      OPERATION(DeleteConfigurationProfile),
      OPERATION(GetConfigurationProfile),
      OPERATION(ListConfigurationProfiles),
      OPERATION(UpdateConfigurationProfile),
      // versions.cc
      OPERATION(CreateHostedConfigurationVersion),
      OPERATION(DeleteHostedConfigurationVersion),
      OPERATION(GetHostedConfigurationVersion),
      OPERATION(ListHostedConfigurationVersions),
      OPERATION(ValidateConfiguration),
      // strategies.cc
      OPERATION(CreateDeploymentStrategy),
      OPERATION(DeleteDeploymentStrategy),
      OPERATION(GetDeploymentStrategy),
      OPERATION(ListDeploymentStrategies),
      OPERATION(UpdateDeploymentStrategy),
      // deployments.cc
      OPERATION(GetConfiguration),
      OPERATION(GetDeployment),
      OPERATION(ListDeployments),
      OPERATION(StartDeployment),
      OPERATION(StopDeployment),
      // tags.cc
      OPERATION(ListTagsForResource),
      OPERATION(TagResource),
      OPERATION(UntagResource),
  });
  service.resource_of = resource_of;
  service.access = {.tags_of = tags_of};
  return service;
}

}  // namespace appconfig
