#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "services/accessanalyzer/state.h"

// What the operations share.
namespace accessanalyzer {

std::string analyzer_arn(const Call& call, std::string_view name);
// Errors: ResourceNotFoundException.
Result<Analyzer> find_analyzer(Call& call, const std::string& name);
Result<Analyzer> find_analyzer_by_arn(Call& call, const std::string& arn);

// The accounts an analyzer trusts, and looks into. Errors: AccessDeniedException, ValidationException for an analyzer
// of an organization that the account does not manage.
struct Zone {
  std::vector<std::string> accounts;
  std::string organization_id;
};
Result<Zone> zone_of(Call& call, const Analyzer& analyzer);

// Looks at all resources of the zone in this region as they are now, and brings findings up to date: new ones become
// active, or archived where a rule says so, those no longer true resolved.
Result<void> analyze(Call& call, Analyzer& analyzer);

std::vector<Finding> findings_of(Call& call, const Analyzer& analyzer);
std::string finding_key(const Analyzer& analyzer, const Finding& finding);
std::string_view name_of(Status status);

// filter.cc. Errors: ValidationException.
Result<Filter> read_filter(const Value& input);
Value show_filter(const Filter& filter);
bool matches(const Filter& filter, const Finding& finding);
// Whether an archive rule of the analyzer wants it archived.
bool is_archived_by_rules(Call& call, const Analyzer& analyzer, const Finding& finding);

// A page of `list`: at most maxResults of it after the place that nextToken says. Sets nextToken in `answer`. Errors:
// ValidationException.
Result<Value::List> page_of(In in, Value::List list, Out& answer);

std::unexpected<base::Error> not_found(std::string_view type, const std::string& id);
std::unexpected<base::Error> invalid(std::string message);

}  // namespace accessanalyzer
