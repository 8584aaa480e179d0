#include "server/call_log.h"

namespace server {

CallLog::CallLog(base::Log& log, const std::vector<kernel::Service>& services) {
  for (const kernel::Service& service : services) loggers_.emplace(service.id, log.part(service.id));
}

void CallLog::on_call(const kernel::Record& record) {
  auto found = loggers_.find(record.service.id);
  if (found == loggers_.end()) return;  // of a service that is not there
  const base::Logger& logger = found->second;
  if (!logger.is_on(base::Level::kDebug)) return;
  base::Fields fields{{"request", record.request.id},
                      {"account", record.place.account},
                      {"region", record.place.region},
                      {"caller", record.caller.arn}};
  if (!record.result) {
    fields.emplace_back("error", record.result.error().code);
    fields.emplace_back("message", record.result.error().message);
  }
  logger.write(base::Level::kDebug, record.operation.name, fields);
}

}  // namespace server
