// What AWS Identity and Access Management remembers: its rows, and the tables that hold them.
#pragma once

#include "api/iam.h"
#include "store/table.h"

namespace iam {

// struct Thing { ...; static void fields(auto& self, auto& field) { field("name", self.name); } };
// inline constexpr store::Table<Thing> kThings{"iam.things"};  // key: the thing's name

}  // namespace iam
