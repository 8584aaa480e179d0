// The event history, as people search it.
#include "base/bytes.h"
#include "base/json.h"
#include "services/cloudtrail/record.h"
#include "services/cloudtrail/stored.h"

namespace cloudtrail {

namespace {

constexpr std::int64_t kLookupMax = 50;
// A block holds the calls of one turn, which ends soon after it has begun.
constexpr std::int64_t kTurnMsMax = 60'000;

// Where a page ended: the row and how many of its events, newest first, have been looked at.
struct Position {
  std::string key;
  std::size_t seen = 0;
};

struct Filter {
  std::string attribute, value;  // empty: everything
  std::int64_t from_ms = 0, until_ms = 0;
};

bool fits(const Filter& filter, const Value& record) {
  const std::string& name = filter.attribute;
  const std::string& value = filter.value;
  if (name.empty()) return true;
  if (name == "EventId") return record.at("eventID").str() == value;
  const Value& named = record.has("insightDetails") ? record.at("insightDetails") : record;
  if (name == "EventName") return named.at("eventName").str() == value;
  if (name == "EventSource") return named.at("eventSource").str() == value;
  if (name == "ReadOnly") return value == (record.at("readOnly").flag() ? "true" : "false");
  if (name == "Username") return user_name_of(record) == value;
  if (name == "AccessKeyId") return record.at("userIdentity").at("accessKeyId").str() == value;
  for (const Resource& resource : resources_of(record)) {
    if (name == "ResourceType" && resource.type == value) return true;
    if (name == "ResourceName" && resource.name == value) return true;
  }
  if (name != "ResourceName") return false;
  for (const Value& resource : record.at("resources").list())
    if (resource.at("ARN").str() == value) return true;
  return false;
}

// What the note says already, before a record is made of it.
bool may_fit(const Filter& filter, const Note& note) {
  if (filter.attribute == "EventName") return filter.value.starts_with(note.operation.substr(0, 3));
  if (filter.attribute == "EventId") return uuid_text(note.id_high, note.id_low) == filter.value;
  return true;
}

std::string question_of(const In& in) {
  Value::Map question;
  for (const char* name : {"LookupAttributes", "StartTime", "EndTime", "EventCategory"})
    question.emplace_back(name, in.value().at(name));
  return base::to_hex(base::sha256(base::to_json(Value(std::move(question))))).substr(0, 16);
}

std::string write_token(const Position& position, const std::string& question) {
  return base::to_base64(base::to_json(
      Value::Map{{"k", base::to_hex(position.key)}, {"n", static_cast<std::int64_t>(position.seen)}, {"q", question}}));
}

base::Result<Position> read_token(const std::string& token, const std::string& question) {
  auto refuse = [] {
    return error("InvalidNextTokenException",
                 "Invalid token or token that was previously used in a request with different parameters.");
  };
  auto text = base::from_base64(token);
  auto read = text ? base::parse_json(*text) : base::fail("InvalidToken", "");
  if (!read || read->at("q").str() != question) return refuse();
  auto key = base::from_hex(read->at("k").str());
  if (!key || read->at("n").num() < 0) return refuse();
  return Position{*std::move(key), static_cast<std::size_t>(read->at("n").num())};
}

struct Page {
  Value::List events;
  std::optional<Position> next;
};

class Search {
 public:
  Search(const Filter& filter, Position position, std::size_t limit)
      : filter_(filter), position_(std::move(position)), limit_(limit) {}

  store::Scan scan() const {
    store::Scan scan{.until = store::key(filter_.from_ms - kTurnMsMax), .direction = store::Direction::kReverse};
    scan.from = position_.key.empty() ? store::key(filter_.until_ms + 1) : position_.key;
    return scan;
  }

  // Looks at the records of one row, newest first; `record` makes the one at a place, or null when it cannot fit.
  template <class Record>
  bool look(std::string_view key, std::size_t count, Record&& record) {
    std::size_t start = key == position_.key ? position_.seen : 0;
    for (std::size_t seen = start; seen < count; ++seen) {
      Value found = record(count - 1 - seen);
      if (found.is_null() || !fits(filter_, found)) continue;
      if (page_.events.size() == limit_) {
        page_.next = Position{std::string(key), seen};
        return false;
      }
      page_.events.push_back(show_event(found));
    }
    return true;
  }

  Page finish() { return std::move(page_); }
  bool is_in_time(std::int64_t time_ms) const { return time_ms >= filter_.from_ms && time_ms <= filter_.until_ms; }

 private:
  const Filter& filter_;
  Position position_;
  std::size_t limit_;
  Page page_;
};

Page search_calls(Call& call, const Filter& filter, Position position, std::size_t limit) {
  Search search(filter, std::move(position), limit);
  call.tx.unrecorded().scan(kHistory, search.scan(), [&](std::string_view key, Block& block) {
    return search.look(key, block.notes.size(), [&](std::size_t place) -> Value {
      const Note& note = block.notes[place];
      if (!search.is_in_time(note.time_ms) || !may_fit(filter, note)) return {};
      return show_record(block, note, call.place.account);
    });
  });
  return search.finish();
}

Page search_insights(Call& call, const Filter& filter, Position position, std::size_t limit) {
  Search search(filter, std::move(position), limit);
  call.tx.unrecorded().scan(kInsights, search.scan(), [&](std::string_view key, Text& row) {
    std::int64_t time_ms = store::KeyReader(key).number();
    return search.look(key, 1, [&](std::size_t) -> Value {
      auto record = base::parse_json(row.text);
      return record && search.is_in_time(time_ms) ? *std::move(record) : Value();
    });
  });
  return search.finish();
}

base::Result<Filter> read_filter(Call& call, const In& in) {
  Filter filter{.from_ms = call.now_ms() - kHistoryMs, .until_ms = call.now_ms()};
  if (in.has("StartTime")) filter.from_ms = std::max(filter.from_ms, in.num("StartTime"));
  if (in.has("EndTime")) filter.until_ms = in.num("EndTime") + 999;  // events show whole seconds
  if (in.has("StartTime") && in.has("EndTime") && in.num("StartTime") > in.num("EndTime"))
    return error("InvalidTimeRangeException", "Time range invalid: the start time is after the end time.");
  const auto& attributes = in.list("LookupAttributes");
  if (attributes.size() > 1)
    return error("InvalidLookupAttributesException", "You can only specify one lookup attribute.");
  if (attributes.empty()) return filter;
  filter.attribute = attributes[0].at("AttributeKey").str();
  filter.value = attributes[0].at("AttributeValue").str();
  if (filter.attribute == "ReadOnly" && filter.value != "true" && filter.value != "false")
    return error("InvalidLookupAttributesException", "The ReadOnly attribute must be true or false.");
  return filter;
}

}  // namespace

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
base::Result<Out> LookupEvents(Call& call, In in) {
  Filter filter = TRY(read_filter(call, in));
  std::int64_t limit = in.num("MaxResults", kLookupMax);
  std::string question = question_of(in);
  Position position;
  if (in.has("NextToken")) position = TRY(read_token(in.str("NextToken"), question));
  Page page = in.has("EventCategory") ? search_insights(call, filter, std::move(position), std::size_t(limit))
                                      : search_calls(call, filter, std::move(position), std::size_t(limit));
  Out out{{"Events", std::move(page.events)}};
  if (page.next) out.set("NextToken", write_token(*page.next, question));
  return out;
}

}  // namespace cloudtrail
