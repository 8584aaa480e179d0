#pragma once

#include <string_view>

#include "store/row.h"

// Tables: what a service remembers, declared as constants beside its rows.
//
//   struct Message {
//     std::string id, body;
//     std::int64_t visible_at_ms = 0;
//
//     static void fields(auto& self, auto& field) {   // one list: writes, reads and dumps
//       field("id", self.id);
//       field("body", self.body);
//       field("visible_at_ms", self.visible_at_ms);
//     }
//   };
//
//   inline constexpr store::Table<Message> kMessages{"sqs.messages"};  // a set of rows an account and region
//   inline constexpr store::Table<User> kUsers{"iam.users", store::Scope::kAccount};  // a set an account
//   inline constexpr store::Counter kDepth{"sqs.depth"};
//
// What a row may hold and how rows evolve is said in row.h; how keys are made in key.h; reading and writing in store.h.
//
// A row's full key is  <table> 0x00 <account> 0x00 <region> 0x00 <key>  with the account and the region escaped like
// the texts of key(), and left empty where the scope does not use them.
namespace store {

// What a table has one set of rows for.
enum class Scope { kRegion, kAccount, kGlobal };

template <class Row>
struct Table {
  std::string_view name;  // "<service>.<rows>", lower case, unique in the program; part of the data format
  Scope scope = Scope::kRegion;
};

// Whole numbers that many transactions change at once without ever conflicting (see Transaction::add). One that is zero
// takes no space: it cannot be told from one that never was.
struct Counter {
  std::string_view name;
  Scope scope = Scope::kRegion;
};

}  // namespace store
