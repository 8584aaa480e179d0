#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/cloudtrail/state.h"

// Event selectors: the checks they must pass, and which events they choose.
namespace cloudtrail {

// Which may stand in advanced selectors.
enum class SelectorUse { kTrail, kStore };

std::vector<AdvancedSelector> read_advanced_selectors(const Value& list);
Value show_advanced_selectors(const std::vector<AdvancedSelector>& selectors);

// Errors: InvalidEventSelectorsException.
base::Result<void> check_advanced_selectors(const std::vector<AdvancedSelector>& selectors, SelectorUse use);
base::Result<void> check_event_selectors(const Value& list);

// Whether one of the selectors chooses the record (a whole CloudTrail event).
bool is_selected(const std::vector<AdvancedSelector>& selectors, const Value& record);
// Whether one might choose events of the category, whatever else it asks.
bool wants_category(const std::vector<AdvancedSelector>& selectors, std::string_view category);

std::vector<AdvancedSelector> default_store_selectors();

}  // namespace cloudtrail
