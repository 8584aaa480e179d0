// Sets of pairs, kept as marks under the key of both parts.
#include "services/iam/iam.h"

namespace iam {

bool has_rows(const Call& call, const store::Table<Mark>& table, std::string_view first_part) {
  return call.tx.scan_keys(table, {.prefix = store::key(first_part), .limit = 1}, skip_key) != 0;
}

std::vector<std::string> second_parts(const Call& call, const store::Table<Mark>& table, std::string_view first_part) {
  std::vector<std::string> parts;
  call.tx.scan_keys(table, {.prefix = store::key(first_part)}, [&](std::string_view key) {
    store::KeyReader reader(key);
    reader.text();
    parts.push_back(reader.text());
  });
  return parts;
}

}  // namespace iam
