#include <algorithm>

#include "base/json.h"
#include "services/s3/select_input.h"

namespace s3::select {

namespace {

constexpr std::size_t kFlushBytes = 65'536;

// Writes one record of results.
class Printer {
 public:
  explicit Printer(const OutputForm& form) : form_(form) {}

  void csv(const std::vector<std::string>& fields, std::string& out) const {
    for (std::size_t each = 0; each < fields.size(); ++each) {
      if (each > 0) out += form_.field_delimiter;
      field(fields[each], out);
    }
    out += form_.record_delimiter;
  }
  void json(const base::Value& value, std::string& out) const { out += base::to_json(value) + form_.record_delimiter; }

 private:
  void field(const std::string& text, std::string& out) const {
    auto holds = [&](std::string_view part) { return !part.empty() && text.find(part) != std::string::npos; };
    const bool needs_quotes = form_.always_quotes || holds(form_.field_delimiter) || holds(form_.record_delimiter) ||
                              holds(form_.quote) || holds("\n") || holds("\r");
    if (!needs_quotes || form_.quote.empty()) {
      out += text;
      return;
    }
    out += form_.quote;
    for (char letter : text) {
      if (std::string_view(&letter, 1) == form_.quote) out += form_.quote_escape;
      out.push_back(letter);
    }
    out += form_.quote;
  }

  const OutputForm& form_;
};

class Runner {
 public:
  explicit Runner(const Run& run) : run_(run), printer_(run.form) {
    for (const Expression* aggregate : run.query.aggregates) aggregates_.emplace_back(*aggregate);
  }

  Result<void> all() {
    Record record;
    while (!is_done() && TRY(run_.records.next(record))) TRY_VOID(spread(record, 0));
    if (!aggregates_.empty() && run_.query.limit != 0) {
      std::vector<Datum> values;
      for (const Aggregate& aggregate : aggregates_) values.push_back(aggregate.value());
      const Record none;
      TRY_VOID(print({.record = none, .alias = run_.query.alias, .now_ms = run_.now_ms, .aggregates = &values}));
    }
    if (!out_.empty()) run_.flush(out_);
    return {};
  }

 private:
  bool is_done() const { return run_.query.limit && given_ >= *run_.query.limit; }

  // Follows FROM's path into the record; a [*] in it makes many of one.
  Result<void> spread(Record& record, std::size_t begin) {
    const Path& path = run_.query.from;
    if (record.is_line) {
      if (!path.empty()) return base::fail("InvalidDataSource", "A path behind S3Object needs JSON.");
      return one(record);
    }
    auto wildcard = std::find_if(path.begin() + static_cast<std::ptrdiff_t>(begin), path.end(),
                                 [](const Step& step) { return step.kind == Step::Kind::kWildcard; });
    const Path until(path.begin() + static_cast<std::ptrdiff_t>(begin), wildcard);
    Record inner{.value = follow(record.value, until, 0)};
    if (wildcard == path.end()) return one(inner);
    const auto next = static_cast<std::size_t>(wildcard - path.begin()) + 1;
    if (!inner.value.node.is_list()) return spread_one(std::move(inner.value), next);
    for (const base::Value& element : inner.value.node.list()) {
      if (is_done()) return {};
      TRY_VOID(spread_one(Datum::of_json(element), next));
    }
    return {};
  }
  Result<void> spread_one(Datum value, std::size_t begin) {
    Record inner{.value = std::move(value)};
    return spread(inner, begin);
  }

  Result<void> one(const Record& record) {
    const Context context{.record = record, .alias = run_.query.alias, .now_ms = run_.now_ms};
    if (run_.query.where && !TRY(evaluate(*run_.query.where, context)).is_true()) return {};
    if (aggregates_.empty()) return print(context);
    for (Aggregate& aggregate : aggregates_) TRY_VOID(aggregate.take(context));
    return {};
  }

  Result<void> print(const Context& context) {
    const std::size_t before = out_.size();
    if (run_.query.selects_all) {
      print_all(context.record);
    } else if (run_.form.is_json) {
      base::Value record = base::Value::Map{};
      for (const Projection& projection : run_.query.projections) {
        const Datum value = TRY(evaluate(*projection.expression, context));
        if (value.kind != Datum::Kind::kMissing) record.map_to_change().emplace_back(projection.name, value.json());
      }
      printer_.json(record, out_);
    } else {
      std::vector<std::string> fields;
      for (const Projection& projection : run_.query.projections)
        fields.push_back(TRY(evaluate(*projection.expression, context)).shown());
      printer_.csv(fields, out_);
    }
    ++given_;
    if (out_.size() - before > kRecordBytesMax + run_.form.record_delimiter.size() && !run_.form.is_json)
      return base::fail("OverMaxRecordSize",
                        "The length of a record in the input or result is greater than maxCharsPerRecord of 1 MB.");
    if (out_.size() >= kFlushBytes) run_.flush(out_);
    return {};
  }

  void print_all(const Record& record) {
    if (!record.is_line) {
      if (run_.form.is_json) {
        if (record.value.node.is_map()) return printer_.json(record.value.node, out_);
        base::Value whole = base::Value::Map{};
        if (record.value.kind != Datum::Kind::kMissing) whole.map_to_change().emplace_back("_1", record.value.json());
        return printer_.json(whole, out_);
      }
      std::vector<std::string> fields;
      for (const auto& [name, value] : record.value.node.map()) fields.push_back(Datum::of_json(value).shown());
      if (!record.value.node.is_map()) fields.push_back(record.value.shown());
      return printer_.csv(fields, out_);
    }
    if (!run_.form.is_json) return printer_.csv(record.fields, out_);
    base::Value line = base::Value::Map{};
    for (std::size_t each = 0; each < record.fields.size(); ++each) {
      const bool has_name = record.columns && each < record.columns->names.size();
      line.map_to_change().emplace_back(has_name ? record.columns->names[each] : "_" + std::to_string(each + 1),
                                        record.fields[each]);
    }
    printer_.json(line, out_);
  }

  const Run& run_;
  Printer printer_;
  std::vector<Aggregate> aggregates_;
  std::string out_;
  std::int64_t given_ = 0;
};

}  // namespace

Result<void> run_query(const Run& run) {
  // With aggregates every record is looked at, and one is given at the end.
  return Runner(run).all();
}

}  // namespace s3::select
