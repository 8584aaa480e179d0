// ListSecrets, and the filters it shares with BatchGetSecretValue.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html
#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "services/secretsmanager/secret.h"

namespace secretsmanager {

namespace {

constexpr std::string_view kFilterKeys[] = {"description",    "name",           "tag-key", "tag-value",
                                            "primary-region", "owning-service", "all"};

bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)); }

bool is_of_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80; }

// The words of a text. AWS: they end at whatever is neither letter nor digit, and begin with a capital: "AppBeta" is
// two words, and "COMPANYthings" is "COMPAN" and "Ythings".
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_lower_next = i + 1 < text.size() && std::islower(static_cast<unsigned char>(text[i + 1]));
    const bool is_after_lower = i > 0 && !is_upper(text[i - 1]);
    const bool begins = !is_of_word(c) || (is_upper(c) && (is_lower_next || is_after_lower));
    if (begins && !words.back().empty()) words.emplace_back();
    if (is_of_word(c)) words.back() += c;
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

bool begins_ignoring_case(std::string_view text, std::string_view prefix) {
  return base::to_lower(text).starts_with(base::to_lower(prefix));
}

bool is_some_word_begun(std::string_view text, std::string_view prefix) {
  return std::ranges::any_of(words_of(text),
                             [&](const std::string& word) { return begins_ignoring_case(word, prefix); });
}

// "Breaks the filter value string into words and then searches all attributes for matches. Not case-sensitive."
bool matches_anywhere(const Secret& row, std::string_view value) {
  const std::vector<std::string> words = words_of(value);
  return !words.empty() && std::ranges::all_of(words, [&](const std::string& word) {
    if (is_some_word_begun(row.name, word) || is_some_word_begun(row.description, word)) return true;
    if (begins_ignoring_case(row.primary_region, word)) return true;
    return std::ranges::any_of(row.tags, [&](const Tag& tag) {
      return is_some_word_begun(tag.key, word) || is_some_word_begun(tag.value, word);
    });
  });
}

bool matches_description(const Secret& row, std::string_view value) {
  return std::ranges::all_of(words_of(value),
                             [&](const std::string& word) { return is_some_word_begun(row.description, word); });
}

bool matches_value(const OpenSecret& secret, std::string_view key, std::string_view value) {
  const Secret& row = secret.row;
  auto has_tag = [&](auto member) {
    return std::ranges::any_of(row.tags, [&](const Tag& tag) { return (tag.*member).starts_with(value); });
  };
  if (key == "name") return row.name.starts_with(value);
  if (key == "description") return matches_description(row, value);
  if (key == "tag-key") return has_tag(&Tag::key);
  if (key == "tag-value") return has_tag(&Tag::value);
  if (key == "primary-region") return !row.primary_region.empty() && row.primary_region.starts_with(value);
  if (key == "all") return matches_anywhere(row, value);
  return false;  // owning-service: no service keeps secrets of its own yet
}

// Any of the values; one that begins with "!" is fulfilled where the rest of it does not match.
bool matches_filter(const OpenSecret& secret, const Value& filter) {
  const std::string& key = filter.at("Key").str();
  return std::ranges::any_of(filter.at("Values").list(), [&](const Value& value) {
    const std::string_view wanted = value.str();
    if (wanted.starts_with('!')) return !matches_value(secret, key, wanted.substr(1));
    return matches_value(secret, key, wanted);
  });
}

// What secrets are listed by, as a text that sorts like it.
std::string sort_key(const Secret& row, const std::string& sort_by) {
  if (sort_by == "name") return store::key(row.name);
  if (sort_by == "last-accessed-date") return store::key(row.accessed_ms, row.id);
  if (sort_by == "last-changed-date") return store::key(row.changed_ms, row.id);
  return store::key(row.created_ms, row.id);
}

}  // namespace

Result<void> check_filters(const Value::List& filters) {
  for (const Value& filter : filters) {
    const Value& key = filter.at("Key");
    if (key.is_null() || key.str().empty()) return error("InvalidParameterException", "Invalid filter key");
    if (std::ranges::find(kFilterKeys, std::string_view(key.str())) == std::end(kFilterKeys))
      return error("ValidationException",
                   fmt::format("1 validation error detected: Value '{}' at 'filters.1.member.key' failed to satisfy "
                               "constraint: Member must satisfy enum value set: [all, name, tag-key, description, "
                               "tag-value]",
                               key.str()));
    if (filter.at("Values").list().empty())
      return error("InvalidParameterException", fmt::format("Invalid filter values for key: {}", key.str()));
  }
  return {};
}

bool matches(const OpenSecret& secret, const Value::List& filters) {
  return std::ranges::all_of(filters, [&](const Value& filter) { return matches_filter(secret, filter); });
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
base::Result<Out> ListSecrets(Call& call, In in) {
  TRY_VOID(check_filters(in.list("Filters")));
  const bool is_ascending = in.str("SortOrder") != "desc";
  std::vector<std::pair<std::string, Secret>> found;
  call.tx.scan(kSecrets, "", [&](std::string_view, Secret& row) {
    if (row.purge_ms != 0 && !in.flag("IncludePlannedDeletion")) return;
    OpenSecret secret{call.tx, call.place, std::move(row)};
    if (!matches(secret, in.list("Filters"))) return;
    found.emplace_back(sort_key(secret.row, in.str("SortBy")), std::move(secret.row));
  });
  std::ranges::sort(found, [&](const auto& left, const auto& right) {
    return is_ascending ? left.first < right.first : right.first < left.first;
  });

  std::optional<std::string> after;
  if (in.has("NextToken")) {
    after = base::from_base64(in.str("NextToken"));
    if (!after) return error("InvalidNextTokenException", "The NextToken value is invalid.");
  }
  const auto count_max = static_cast<std::size_t>(in.num("MaxResults", 100));
  Out answer;
  Value::List shown;
  std::string last;
  for (auto& [key, row] : found) {
    if (after && (is_ascending ? key <= *after : key >= *after)) continue;
    if (shown.size() == count_max) {
      answer.set("NextToken", base::to_base64(last));
      break;
    }
    Value stages = show_stages(row);
    Out entry = show_secret({call.tx, call.place, std::move(row)});
    if (!stages.map().empty()) entry.set("SecretVersionsToStages", std::move(stages));
    shown.push_back(std::move(entry));
    last = key;
  }
  answer.set("SecretList", std::move(shown));
  return answer;
}

}  // namespace secretsmanager
