#include "aws/log_query.h"

#include "aws/log_query_pipeline.h"

namespace aws {

using log_query::Command;
using log_query::Plan;

std::expected<std::shared_ptr<const LogQuery>, LogQueryError> LogQuery::read(std::string_view text) {
  auto refuse = [](log_query::SyntaxError error) {
    return std::unexpected(LogQueryError{std::move(error.message), error.begin, error.end});
  };
  auto query = log_query::read_query(text);
  if (!query) return refuse(std::move(query).error());
  auto plan = log_query::make_plan(std::move(*query));
  if (!plan) return refuse(std::move(plan).error());
  return std::make_shared<const LogQuery>(*std::move(plan));
}

LogQuery::LogQuery(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)) {}

LogQuerySource LogQuery::source() const {
  const log_query::Source& source = plan_->query->source;
  return {source.is_given, source.names, source.prefixes, source.accounts, source.classes};
}

std::vector<std::shared_ptr<const LogQuery>> LogQuery::subqueries() const {
  std::vector<std::shared_ptr<const LogQuery>> made;
  for (const auto& plan : plan_->subqueries) made.push_back(std::make_shared<const LogQuery>(plan));
  return made;
}

bool LogQuery::unmasks() const {
  for (const Command& command : plan_->query->commands)
    if (command.kind == Command::Kind::kUnmask) return true;
  return false;
}

namespace {

void gather_fields(const log_query::Expression& expression, std::vector<std::string>& names) {
  if (expression.kind == log_query::Expression::Kind::kField) names.push_back(expression.name);
  for (const auto& argument : expression.arguments) gather_fields(*argument, names);
}

constexpr std::int64_t kShiftDayMs = 86'400'000;

}  // namespace

std::vector<std::string> LogQuery::index_fields() const {
  std::vector<std::string> names;
  for (const Command& command : plan_->query->commands)
    if (command.kind == Command::Kind::kFilterIndex) gather_fields(*command.expression, names);
  return names;
}

std::map<std::string, std::vector<std::string>> LogQuery::lookups() const {
  std::map<std::string, std::vector<std::string>> tables;
  for (const Command& command : plan_->query->commands) {
    if (!command.lookup) continue;
    std::vector<std::string>& columns = tables[command.lookup->table];
    for (const auto& [column, own] : command.lookup->matches) columns.push_back(column);
    for (const auto& column : command.columns) columns.push_back(column.name);
  }
  for (const auto& inner : subqueries())
    for (auto& [table, columns] : inner->lookups())
      tables[table].insert(tables[table].end(), columns.begin(), columns.end());
  return tables;
}

bool LogQuery::has_diff() const {
  for (const Command& command : plan_->query->commands)
    if (command.kind == Command::Kind::kDiff) return true;
  return false;
}

LogQuery::Span LogQuery::earlier(Span span) const {
  std::int64_t shift = span.to_ms - span.from_ms;
  for (const Command& command : plan_->query->commands) {
    if (command.kind != Command::Kind::kDiff) continue;
    if (command.shift == log_query::Shift::kDay) shift = kShiftDayMs;
    if (command.shift == log_query::Shift::kWeek) shift = 7 * kShiftDayMs;
    if (command.shift == log_query::Shift::kMonth) shift = 30 * kShiftDayMs;
  }
  return {span.from_ms - shift, span.to_ms - shift};
}

LogQueryRun::LogQueryRun(std::shared_ptr<const LogQuery> query, const Settings& settings,
                         std::vector<LogQueryResult> subqueries)
    : query_(std::move(query)),
      pipeline_(std::make_unique<log_query::Pipeline>(query_->plan_, settings, std::move(subqueries))) {}

LogQueryRun::~LogQueryRun() = default;

bool LogQueryRun::add(const LogQueryEvent& event) { return pipeline_->add(event); }

LogQueryResult LogQueryRun::finish() { return pipeline_->finish(); }

}  // namespace aws
