#pragma once

#include "services/cloudtrail/state.h"

namespace cloudtrail {

std::string trail_arn(const Call& call, const Trail& trail);
std::string trail_key(const Trail& trail);

struct NamedTrail {
  std::string region, name;
};
// A name, in the caller's region, or an ARN. Errors: InvalidTrailNameException, CloudTrailARNInvalidException.
base::Result<NamedTrail> read_trail_name(Call& call, const std::string& text);
base::Result<Trail> find_trail(Call& call, const std::string& name_or_arn);  // TrailNotFoundException besides
// For what may only be done in the trail's home region. InvalidHomeRegionException besides.
base::Result<Trail> find_trail_at_home(Call& call, const std::string& name_or_arn);

base::Result<void> check_tags(const Tags& old, const Value& added);
Tags read_tags(const Value& list);
Value show_tags(const Tags& tags);

// After a change of trails or event data stores: what the recorder goes by.
void update_selection(Call& call, const Trail& trail);
void update_selection(Call& call, const EventDataStore& store);

}  // namespace cloudtrail
