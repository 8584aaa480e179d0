// What Access Analyzer remembers: its rows, and the tables that hold them.
#pragma once

#include "api/accessanalyzer.h"
#include "store/table.h"

namespace accessanalyzer {

// struct Thing { ...; static void fields(auto& self, auto& field) { field("name", self.name); } };
// inline constexpr store::Table<Thing> kThings{"accessanalyzer.things"};  // key: the thing's name

}  // namespace accessanalyzer
