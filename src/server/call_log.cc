#include "server/call_log.h"

namespace server {

const base::Logger& CallLog::logger_of(std::string_view service) {
  std::lock_guard lock(mutex_);
  auto found = loggers_.find(service);
  if (found == loggers_.end()) found = loggers_.emplace(service, log_.part(service)).first;
  return found->second;
}

void CallLog::on_call(const kernel::Record& record) {
  const base::Logger& logger = logger_of(record.service.id);
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
