#include "server/coverage.h"

#include <iostream>

#include "base/json.h"
#include "kernel/service.h"
#include "model/shape.h"
#include "server/all_services.h"

namespace server {

void print_coverage(CoverageForm form) {
  using base::Value;
  std::vector<kernel::Service> services = all_services();
  Value all{Value::List{}};
  for (std::string_view id : model::service_ids()) {
    const model::Service* modelled = model::find_service(id);
    auto implemented = std::ranges::find(services, id, &kernel::Service::id);
    int works = 0;
    Value operations{Value::Map{}};
    int count = 0;
    for (const model::Operation& operation : modelled->operations) {
      if (operation.method.empty()) continue;
      ++count;
      bool is_there = implemented != services.end() && implemented->find(operation.name);
      works += is_there;
      operations.map_to_change().emplace_back(std::string(operation.name), is_there ? "works" : "NotImplemented");
    }
    if (form == CoverageForm::kText) {
      fmt::print("{:32} {:4} of {:4}  {}\n", id, works, count, modelled->full_name);
      continue;
    }
    all.push(Value::Map{{"service", id},
                        {"name", modelled->full_name},
                        {"implemented", works},
                        {"modelled", count},
                        {"operations", std::move(operations)}});
  }
  if (form == CoverageForm::kJson) std::cout << base::to_json(all) << "\n";
}

}  // namespace server
