#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/appconfig.h"
#include "aws/app_configuration.h"
#include "base/bytes.h"

// What the operations of AppConfig are made of. Each part says in which file it is written. The rows that its data
// service reads as well stand in aws/app_configuration.h.
namespace appconfig {

using base::Result;
using base::Value;

// Tags of a resource.
struct TagSet {
  std::map<std::string, std::string> tags;

  static void fields(auto& self, auto& field) { field("tags", self.tags); }
};

struct AccountSettings {
  bool protects_from_deletion = false;
  std::int64_t protection_minutes = 60;
  bool has_vended_metrics = true;

  static void fields(auto& self, auto& field) {
    field("protects_from_deletion", self.protects_from_deletion);
    field("protection_minutes", self.protection_minutes);
    field("has_vended_metrics", self.has_vended_metrics);
  }
};

inline constexpr store::Table<aws::ConfigStrategy> kStrategies{"appconfig.strategies"};  // key: id
inline constexpr store::Table<TagSet> kTags{"appconfig.tags"};                           // key: ARN
inline constexpr store::Table<AccountSettings> kSettings{"appconfig.settings"};          // key: ""

// --- find.cc
std::string new_id(Call& call);
// Errors: ResourceNotFoundException.
Result<aws::ConfigApplication> find_application(Call& call, const std::string& named);
Result<aws::ConfigEnvironment> find_environment(Call& call, const std::string& application, const std::string& named);
Result<aws::ConfigProfile> find_profile(Call& call, const std::string& application, const std::string& named);
std::unexpected<base::Error> not_found(std::string_view kind, std::string_view id);
std::unexpected<base::Error> not_implemented(std::string_view what);
std::string arn_of(Call& call, std::string_view resource);
std::string resource_of(Call& call, std::string_view operation, const Value& input);

// One page of a list. Keys come in order; the token is the last one of the page before.
struct Page {
  Value::List items;
  std::string next_token;
};
template <class Row, class Show>
Result<Page> list_rows(Call& call, const store::Table<Row>& table, const std::string& prefix, In in, Show&& show);

// --- tags.cc
kernel::Tags tags_of(Call& call, std::string_view arn);
void put_tags(Call& call, const std::string& arn, const Value::Map& tags);
void forget_tags(Call& call, const std::string& arn);

// --- strategies.cc
// The user's or one of AWS's own. Errors: ResourceNotFoundException.
Result<aws::ConfigStrategy> find_strategy(Call& call, const std::string& id);
Value show_strategy(const aws::ConfigStrategy& strategy);

// --- profiles.cc
Result<void> check_not_read(Call& call, In in, std::int64_t read_ms);

// --- versions.cc
// A hosted version by its number or label. Errors: ResourceNotFoundException.
Result<aws::ConfigVersion> find_version(Call& call, const std::string& application, const aws::ConfigProfile& profile,
                                        const std::string& named);
// Errors: BadRequestException with what is wrong.
Result<void> check_content(const aws::ConfigProfile& profile, const std::string& content);
// What is asked of KMS, in words of AppConfig. Errors: BadRequestException.
std::unexpected<base::Error> translate_key_error(const base::Error& refused);

// --- flags.cc
// Why a text is no configuration of feature flags; empty: it is one.
std::string find_flag_mistake(const std::string& content);

template <class Row, class Show>
Result<Page> list_rows(Call& call, const store::Table<Row>& table, const std::string& prefix, In in, Show&& show) {
  store::Scan scan{.prefix = prefix};
  if (in.has("NextToken")) {
    scan.after = base::from_base64(in.str("NextToken"));
    if (!scan.after) return error("BadRequestException", "Invalid NextToken");
  }
  const auto count_max = static_cast<std::size_t>(in.num("MaxResults", 50));
  Page page;
  std::string last;
  call.tx.scan(table, scan, [&](std::string_view key, Row& row) {
    std::optional<Value> shown = show(row);
    if (!shown) return true;
    if (page.items.size() == count_max) {
      page.next_token = base::to_base64(last);
      return false;
    }
    page.items.push_back(*std::move(shown));
    last = key;
    return true;
  });
  return page;
}

inline Out answer_page(Page page) {
  Out answer{{"Items", std::move(page.items)}};
  if (!page.next_token.empty()) answer.set("NextToken", page.next_token);
  return answer;
}

}  // namespace appconfig
