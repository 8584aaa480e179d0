#pragma once

#include <string>
#include <string_view>

#include "services/lambda/lookup.h"

// Functions and versions as the control plane makes and shows them.
namespace lambda {

inline constexpr std::string_view kServicePrincipal = "lambda.amazonaws.com";
inline constexpr std::string_view kLatestName = "$LATEST";

// ---- show.cc

enum class Detail {
  kWhole,
  kCreated,  // without the status of an update, as CreateFunction answers
  kListed,   // without states: "returns a subset of the FunctionConfiguration fields"
};
Value show_version(Call& call, const OpenFunction& function, const Version& version, const std::string& arn,
                   Detail detail);
// "2026-01-01T00:00:00.000+0000"
std::string format_modified(std::int64_t time_ms);

// ---- settings.cc: what CreateFunction and UpdateFunctionConfiguration set

enum class Purpose { kCreate, kChange };
// Checks the settings given and sets them in `version`. Errors: AWS's, for each.
Result<void> apply_settings(Call& call, In in, Purpose purpose, const OpenFunction& function, Version& version);
// Whether what the function is to be attached to is there. Errors: InvalidParameterValueException.
Result<void> check_attachments(In in);
Result<void> apply_role(Call& call, In in, const OpenFunction& function, Version& version);
// Whether the role may do this, as far as policies say: for what it will be asked to do later.
bool role_may(Call& call, const std::string& role, std::string_view action, const std::string& resource);

// ---- variable_settings.cc
Result<void> apply_variables(Call& call, In in, const OpenFunction& function, Version& version);

// ---- layer_uses.cc
Result<void> apply_layers(Call& call, In in, const OpenFunction& function, Version& version);

// ---- sources of code: packages.cc

// Reads the code that a FunctionCode structure, or UpdateFunctionCode, gives and sets it in `version`.
Result<void> apply_code(Call& call, const Value& given, const OpenFunction& function, Version& version);
// The archive of a layer. Errors: AWS's.
struct Package {
  std::string bytes;
  std::int64_t unzipped_bytes = 0;
};
Result<Package> read_package(Call& call, const Value& given, std::string_view operation);
// Whether code and layers together are small enough. Errors: InvalidParameterValueException.
Result<void> check_unzipped_size(Call& call, const Version& version);
// What the code of all functions and layers here takes.
inline constexpr store::Counter kCodeBytes{"lambda.code_bytes"};  // key: ""
inline constexpr std::int64_t kCodeBytesMax = 80'530'636'800;     // 75 GB
inline constexpr std::int64_t kZipBytesMax = 52'428'800;
inline constexpr std::int64_t kUnzippedBytesMax = 262'144'000;

// ---- versions.cc

// Makes what $LATEST is now the next version, unless it is the last one already.
Result<Version> publish(Call& call, OpenFunction& function, const Value& description);
void share_version_code(Call& call, const Version& version);
void leave_version_code(Call& call, const Version& version);
void put_version(const OpenFunction& function, const Version& version);
// Gives up a version or all of a function with everything that is set for it.
void erase_version(Call& call, const OpenFunction& function, const Version& version);
void erase_settings(Call& call, const OpenFunction& function, std::string_view qualifier);

// Becomes active, or has been updated, once this is committed: see states.cc.
void begin_settling(Call& call, const OpenFunction& function, const Version& version);
inline constexpr std::string_view kSettle = "Settle";
inline constexpr std::string_view kRetire = "Retire";
Result<void> settle(Call& call, const kernel::Event& event);

// Errors: PreconditionFailedException.
Result<void> check_revision(In in, std::string_view current, std::string_view operations = "GetFunction/GetAlias");

// ---- tags.cc
Result<void> check_tags(const Value::Map& given, std::size_t count);

// ---- pages of lists
struct Page {
  std::string after;  // the key of the last row of the page before; empty: the first
  std::size_t count_max = 50;
};
// From Marker and MaxItems.
Result<Page> read_page(In in, std::size_t count_max = 50);
std::string write_marker(std::string_view last_key);
// One page of the rows of a table whose keys begin with `prefix`: under `name` what `show(key, row)` gives of each, and
// NextMarker when there are more. Rows of which it gives null are passed over.
template <class Row, class Show>
Out list_page(const store::Transaction& tx, const store::Table<Row>& table, std::string prefix, const Page& page,
              model::MemberName<Model> name, const Show& show) {
  store::Scan scan{.prefix = std::move(prefix)};
  if (!page.after.empty()) scan.after = page.after;
  Value::List shown;
  std::string last;
  Out answer;
  tx.scan(table, scan, [&](std::string_view key, const Row& row) {
    Value one = show(key, row);
    if (one.is_null()) return true;
    if (shown.size() == page.count_max) {
      answer.set("NextMarker", write_marker(last));
      return false;
    }
    last = key;
    shown.push_back(std::move(one));
    return true;
  });
  answer.set(name, std::move(shown));
  return answer;
}
// The qualifier in a key of a function's settings.
std::string qualifier_in(std::string_view settings_key);

}  // namespace lambda
