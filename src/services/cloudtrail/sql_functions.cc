#include "services/cloudtrail/sql_functions.h"

#include <re2/re2.h>

#include <cmath>
#include <map>
#include <set>

#include "base/json.h"
#include "base/strings.h"
#include "services/cloudtrail/sql_times.h"

namespace cloudtrail {

namespace {

using base::Value;

std::string text_of(sqlite3_value* value) {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_value_bytes(value))) : std::string();
}

bool is_null(sqlite3_value* value) { return sqlite3_value_type(value) == SQLITE_NULL; }

void answer(sqlite3_context* context, const std::string& text) {
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void answer_time(sqlite3_context* context, std::optional<std::int64_t> time_ms) {
  if (time_ms) return answer(context, sql_time(*time_ms));
  sqlite3_result_null(context);
}

// A member of a structure, as a text or a number.
void answer(sqlite3_context* context, const Value& value) {
  if (value.is_null()) return sqlite3_result_null(context);
  if (value.is_flag()) return answer(context, std::string(value.flag() ? "true" : "false"));
  if (value.is_whole()) return sqlite3_result_int64(context, value.num());
  if (value.is_float()) return sqlite3_result_double(context, value.real());
  answer(context, value.is_text() ? value.str() : base::to_json(value));
}

Value json_of(sqlite3_value* value) {
  auto parsed = base::parse_json(text_of(value));
  return parsed ? *parsed : Value();
}

// Names of members do not depend on case, as in Trino.
void field(sqlite3_context* context, int, sqlite3_value** arguments) {
  Value structure = json_of(arguments[0]);
  std::string name = base::to_lower(text_of(arguments[1]));
  for (const auto& [member, value] : structure.map())
    if (base::to_lower(member) == name) return answer(context, value);
  sqlite3_result_null(context);
}

// Of a map by key, of a list by place, counted from 1, or from the end where it is negative.
void element_at(sqlite3_context* context, int, sqlite3_value** arguments) {
  Value whole = json_of(arguments[0]);
  if (whole.is_map()) return answer(context, whole.at(text_of(arguments[1])));
  std::int64_t place = sqlite3_value_int64(arguments[1]);
  auto size = static_cast<std::int64_t>(whole.list().size());
  if (place < 0) place += size + 1;
  if (place < 1 || place > size) return sqlite3_result_null(context);
  answer(context, whole.list()[static_cast<std::size_t>(place - 1)]);
}

void cardinality(sqlite3_context* context, int, sqlite3_value** arguments) {
  Value whole = json_of(arguments[0]);
  if (whole.is_null()) return sqlite3_result_null(context);
  sqlite3_result_int64(context, static_cast<std::int64_t>(whole.is_map() ? whole.map().size() : whole.list().size()));
}

void contains(sqlite3_context* context, int, sqlite3_value** arguments) {
  std::string wanted = text_of(arguments[1]);
  Value whole = json_of(arguments[0]);
  for (const Value& item : whole.list())
    if ((item.is_text() ? item.str() : base::to_json(item)) == wanted) return sqlite3_result_int(context, 1);
  sqlite3_result_int(context, 0);
}

void map_keys(sqlite3_context* context, int, sqlite3_value** arguments) {
  Value::List keys;
  Value whole = json_of(arguments[0]);
  for (const auto& [key, value] : whole.map()) keys.emplace_back(key);
  answer(context, base::to_json(Value(std::move(keys))));
}

void concat(sqlite3_context* context, int count, sqlite3_value** arguments) {
  std::string joined;
  for (int i = 0; i < count; ++i) {
    if (is_null(arguments[i])) return sqlite3_result_null(context);
    joined += text_of(arguments[i]);
  }
  answer(context, joined);
}

void split_text(sqlite3_context* context, int, sqlite3_value** arguments) {
  std::string text = text_of(arguments[0]), separator = text_of(arguments[1]);
  Value::List parts;
  for (std::size_t end; !separator.empty() && (end = text.find(separator)) != text.npos;) {
    parts.emplace_back(text.substr(0, end));
    text.erase(0, end + separator.size());
  }
  parts.emplace_back(text);
  answer(context, base::to_json(Value(std::move(parts))));
}

void split_part(sqlite3_context* context, int, sqlite3_value** arguments) {
  std::string text = text_of(arguments[0]), separator = text_of(arguments[1]);
  std::int64_t place = sqlite3_value_int64(arguments[2]);
  if (separator.empty() || place < 1) return sqlite3_result_null(context);
  for (std::size_t start = 0;; --place) {
    std::size_t end = text.find(separator, start);
    if (place == 1) return answer(context, text.substr(start, end == text.npos ? end : end - start));
    if (end == text.npos) return sqlite3_result_null(context);
    start = end + separator.size();
  }
}

void strpos(sqlite3_context* context, int, sqlite3_value** arguments) {
  std::size_t found = text_of(arguments[0]).find(text_of(arguments[1]));
  sqlite3_result_int64(context, found == std::string::npos ? 0 : static_cast<std::int64_t>(found) + 1);
}

void starts_with(sqlite3_context* context, int, sqlite3_value** arguments) {
  if (is_null(arguments[0])) return sqlite3_result_null(context);
  sqlite3_result_int(context, text_of(arguments[0]).starts_with(text_of(arguments[1])));
}

void regexp(sqlite3_context* context, int count, sqlite3_value** arguments) {
  if (is_null(arguments[0])) return sqlite3_result_null(context);
  std::string_view kind(static_cast<const char*>(sqlite3_user_data(context)));
  RE2 pattern(text_of(arguments[1]), RE2::Quiet);
  if (!pattern.ok()) return sqlite3_result_error(context, "The regular expression is not valid.", -1);
  std::string text = text_of(arguments[0]);
  if (kind == "like") return sqlite3_result_int(context, RE2::PartialMatch(text, pattern));
  if (kind == "replace") {
    std::string replacement = count > 2 ? text_of(arguments[2]) : "";
    for (char& c : replacement)
      if (c == '$') c = '\\';  // groups are $1 in Trino
    RE2::GlobalReplace(&text, pattern, replacement);
    return answer(context, text);
  }
  std::int64_t group = count > 2 ? sqlite3_value_int64(arguments[2]) : 0;
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(pattern.NumberOfCapturingGroups() + 1));
  bool fits = group >= 0 && group < static_cast<std::int64_t>(groups.size()) &&
              pattern.Match(text, 0, text.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()));
  if (!fits) return sqlite3_result_null(context);
  answer(context, std::string(groups[static_cast<std::size_t>(group)]));
}

std::int64_t now_of(sqlite3_context* context) { return *static_cast<const std::int64_t*>(sqlite3_user_data(context)); }

void now(sqlite3_context* context, int, sqlite3_value**) { answer_time(context, now_of(context)); }
void today(sqlite3_context* context, int, sqlite3_value**) {
  answer_time(context, truncate_time("day", now_of(context)));
}

// A text that is a time, in the one form; what from_iso8601_timestamp, date_parse and date do.
void to_time(sqlite3_context* context, int, sqlite3_value** arguments) {
  answer_time(context, parse_sql_time(text_of(arguments[0])));
}
void date_of_time(sqlite3_context* context, int, sqlite3_value** arguments) {
  auto time_ms = parse_sql_time(text_of(arguments[0]));
  if (!time_ms) return sqlite3_result_null(context);
  answer(context, sql_time(*time_ms).substr(0, 10));
}
void date_add(sqlite3_context* context, int, sqlite3_value** arguments) {
  auto time_ms = parse_sql_time(text_of(arguments[2]));
  if (!time_ms) return sqlite3_result_null(context);
  answer_time(context, add_to_time(text_of(arguments[0]), sqlite3_value_int64(arguments[1]), *time_ms));
}
void date_trunc(sqlite3_context* context, int, sqlite3_value** arguments) {
  auto time_ms = parse_sql_time(text_of(arguments[1]));
  if (!time_ms) return sqlite3_result_null(context);
  answer_time(context, truncate_time(text_of(arguments[0]), *time_ms));
}
void date_diff(sqlite3_context* context, int, sqlite3_value** arguments) {
  auto from_ms = parse_sql_time(text_of(arguments[1])), to_ms = parse_sql_time(text_of(arguments[2]));
  auto count = from_ms && to_ms ? time_difference(text_of(arguments[0]), *from_ms, *to_ms) : std::nullopt;
  if (!count) return sqlite3_result_null(context);
  sqlite3_result_int64(context, *count);
}
void date_format(sqlite3_context* context, int, sqlite3_value** arguments) {
  auto time_ms = parse_sql_time(text_of(arguments[0]));
  if (!time_ms) return sqlite3_result_null(context);
  answer(context, format_sql_time(*time_ms, text_of(arguments[1])));
}
// year(), month(), …: the part of the text that says it.
void part_of_time(sqlite3_context* context, int, sqlite3_value** arguments) {
  std::string_view part(static_cast<const char*>(sqlite3_user_data(context)));
  auto time_ms = parse_sql_time(text_of(arguments[0]));
  if (!time_ms) return sqlite3_result_null(context);
  static constexpr std::pair<std::string_view, std::pair<int, int>> kParts[] = {
      {"year", {0, 4}},  {"month", {5, 2}},   {"day", {8, 2}},
      {"hour", {11, 2}}, {"minute", {14, 2}}, {"second", {17, 2}}};
  for (const auto& [name, place] : kParts)
    if (name == part)
      sqlite3_result_int64(context, std::stoll(sql_time(*time_ms).substr(static_cast<std::size_t>(place.first),
                                                                         static_cast<std::size_t>(place.second))));
}
void from_unixtime(sqlite3_context* context, int, sqlite3_value** arguments) {
  answer_time(context, base::seconds_to_ms(sqlite3_value_double(arguments[0])));
}
void to_unixtime(sqlite3_context* context, int, sqlite3_value** arguments) {
  auto time_ms = parse_sql_time(text_of(arguments[0]));
  if (!time_ms) return sqlite3_result_null(context);
  sqlite3_result_double(context, static_cast<double>(*time_ms) / 1'000);
}

// ---- aggregates; their state is a pointer that the last step deletes

template <class State>
State& state_of(sqlite3_context* context) {
  auto** held = static_cast<State**>(sqlite3_aggregate_context(context, sizeof(State*)));
  if (!*held) *held = new State();
  return **held;
}

template <class State>
std::unique_ptr<State> take_state(sqlite3_context* context) {
  auto** held = static_cast<State**>(sqlite3_aggregate_context(context, sizeof(State*)));
  return std::unique_ptr<State>(held ? std::exchange(*held, nullptr) : nullptr);
}

void distinct_step(sqlite3_context* context, int, sqlite3_value** arguments) {
  if (!is_null(arguments[0])) state_of<std::set<std::string>>(context).insert(text_of(arguments[0]));
}
void distinct_end(sqlite3_context* context) {
  auto state = take_state<std::set<std::string>>(context);
  sqlite3_result_int64(context, state ? static_cast<std::int64_t>(state->size()) : 0);
}

void count_if_step(sqlite3_context* context, int, sqlite3_value** arguments) {
  if (sqlite3_value_int64(arguments[0])) ++state_of<std::int64_t>(context);
}
void count_if_end(sqlite3_context* context) {
  auto state = take_state<std::int64_t>(context);
  sqlite3_result_int64(context, state ? *state : 0);
}

struct Best {
  std::string value, by;
  bool is_set = false;
};
void best_step(sqlite3_context* context, int, sqlite3_value** arguments) {
  if (is_null(arguments[1])) return;
  bool wants_most = std::string_view(static_cast<const char*>(sqlite3_user_data(context))) == "max";
  Best& best = state_of<Best>(context);
  std::string by = text_of(arguments[1]);
  if (best.is_set && (wants_most ? by <= best.by : by >= best.by)) return;
  best = {text_of(arguments[0]), by, true};
}
void best_end(sqlite3_context* context) {
  auto state = take_state<Best>(context);
  if (!state || !state->is_set) return sqlite3_result_null(context);
  answer(context, state->value);
}

struct Scalar {
  const char* name;
  int arguments;
  void (*run)(sqlite3_context*, int, sqlite3_value**);
  const char* data = nullptr;
};
constexpr Scalar kScalars[] = {
    {"field", 2, field},
    {"element_at", 2, element_at},
    {"cardinality", 1, cardinality},
    {"contains", 2, contains},
    {"map_keys", 1, map_keys},
    {"concat", -1, concat},
    {"split", 2, split_text},
    {"split_part", 3, split_part},
    {"strpos", 2, strpos},
    {"starts_with", 2, starts_with},
    {"regexp_like", 2, regexp, "like"},
    {"regexp_extract", 2, regexp, "extract"},
    {"regexp_extract", 3, regexp, "extract"},
    {"regexp_replace", 2, regexp, "replace"},
    {"regexp_replace", 3, regexp, "replace"},
    {"from_iso8601_timestamp", 1, to_time},
    {"date_parse", 2, to_time},
    {"timestamp", 1, to_time},
    {"date", 1, date_of_time},
    {"date_add", 3, date_add},
    {"date_trunc", 2, date_trunc},
    {"date_diff", 3, date_diff},
    {"date_format", 2, date_format},
    {"year", 1, part_of_time, "year"},
    {"month", 1, part_of_time, "month"},
    {"day", 1, part_of_time, "day"},
    {"hour", 1, part_of_time, "hour"},
    {"minute", 1, part_of_time, "minute"},
    {"second", 1, part_of_time, "second"},
    {"from_unixtime", 1, from_unixtime},
    {"to_unixtime", 1, to_unixtime},
};

}  // namespace

void add_sql_functions(sqlite3* database, const std::int64_t* now_ms) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
  for (const Scalar& scalar : kScalars)
    sqlite3_create_function_v2(database, scalar.name, scalar.arguments, kFlags, const_cast<char*>(scalar.data),
                               scalar.run, nullptr, nullptr, nullptr);
  auto* time = const_cast<std::int64_t*>(now_ms);
  sqlite3_create_function_v2(database, "now", 0, kFlags, time, now, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(database, "today", 0, kFlags, time, today, nullptr, nullptr, nullptr);
  auto add = [&](const char* name, int arguments, const char* data, auto step, auto end) {
    sqlite3_create_function_v2(database, name, arguments, kFlags, const_cast<char*>(data), nullptr, step, end, nullptr);
  };
  add("approx_distinct", 1, nullptr, distinct_step, distinct_end);
  add("count_if", 1, nullptr, count_if_step, count_if_end);
  add("max_by", 2, "max", best_step, best_end);
  add("min_by", 2, "min", best_step, best_end);
}

}  // namespace cloudtrail
