// AWS AppConfig Data: what applications read their configurations by. Written in sessions.cc.
#include "services/appconfigdata/state.h"

namespace appconfigdata {

kernel::Service service() {
  auto service = kernel::make_service<Model>({
      OPERATION(GetLatestConfiguration),
      OPERATION(StartConfigurationSession),
  });
  service.resource_of = resource_of;
  return service;
}

}  // namespace appconfigdata
