// Saved queries: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_Insights-Saving-Queries.html
#include "base/json.h"
#include "services/logs/queries.h"

namespace logs {

namespace {

constexpr std::int64_t kDefinitionsMax = 1'000;  // "You can save up to 1000 queries per Region per account"
constexpr std::int64_t kDefinitionsPageMax = 1'000;

Value show_definition(const QueryDefinition& row) {
  Value::List groups(row.groups.begin(), row.groups.end());
  Out shown{{"queryLanguage", row.language}, {"queryDefinitionId", row.id},     {"name", row.name},
            {"queryString", row.text},       {"lastModified", row.modified_ms}, {"logGroupNames", std::move(groups)}};
  if (auto parameters = base::parse_json(row.parameters)) shown.set("parameters", *std::move(parameters));
  return shown;
}

Result<QueryDefinition> find_definition(Call& call, const std::string& id) {
  auto row = call.tx.get(kDefinitions, id);
  if (!row) return error("ResourceNotFoundException", "The specified query definition does not exist.");
  return *std::move(row);
}

Result<void> check_parameters(const Value::List& parameters) {
  for (std::size_t i = 0; i < parameters.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (parameters[i].at("name").str() == parameters[j].at("name").str())
        return error("InvalidParameterException", "The names of the parameters must be unique.");
  return {};
}

}  // namespace

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html
base::Result<Out> PutQueryDefinition(Call& call, In in) {
  const std::string& language = in.str("queryLanguage");
  if (!language.empty() && language != "CWLI")
    return base::fail("NotImplemented", fmt::format("Queries in {} are not implemented.", language));
  TRY_VOID(check_parameters(in.list("parameters")));
  const std::string& token = in.str("clientToken");
  QueryDefinition row{.id = in.str("queryDefinitionId")};
  std::int64_t others = 0;
  std::string same_token;
  if (row.id.empty()) {
    call.tx.scan(kDefinitions, store::Scan{}, [&](std::string_view id, const QueryDefinition& other) {
      ++others;
      if (!token.empty() && other.client_token == token) same_token = id;
    });
    if (!same_token.empty()) return Out{{"queryDefinitionId", same_token}};
    if (others >= kDefinitionsMax) return error("LimitExceededException", "Resource limit exceeded.");
    row.id = call.uuid();
  } else {
    TRY(find_definition(call, row.id));
  }
  row.name = in.str("name");
  row.text = in.str("queryString");
  row.language = "CWLI";
  row.client_token = token;
  for (const Value& group : in.list("logGroupNames")) row.groups.push_back(group.str());
  if (!in.list("parameters").empty()) row.parameters = base::to_json(in.value().at("parameters"));
  row.modified_ms = call.now_ms();
  call.tx.put(kDefinitions, row.id, row);
  return Out{{"queryDefinitionId", row.id}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteQueryDefinition.html
base::Result<Out> DeleteQueryDefinition(Call& call, In in) {
  const QueryDefinition row = TRY(find_definition(call, in.str("queryDefinitionId")));
  call.tx.erase(kDefinitions, row.id);
  return Out{{"success", true}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeQueryDefinitions.html
base::Result<Out> DescribeQueryDefinitions(Call& call, In in) {
  const auto after = TRY(read_token(in.value()));
  std::vector<std::pair<std::string, QueryDefinition>> found;  // by name
  call.tx.scan(kDefinitions, store::Scan{}, [&](std::string_view id, QueryDefinition& row) {
    std::string place = store::key(std::string_view(row.name), id);
    if (!row.name.starts_with(in.str("queryDefinitionNamePrefix")) || (after && place <= *after)) return;
    if (in.has("queryLanguage") && row.language != in.str("queryLanguage")) return;
    found.emplace_back(std::move(place), std::move(row));
  });
  std::ranges::sort(found, std::ranges::less(), [](const auto& each) -> const std::string& { return each.first; });
  Out answer;
  Value::List shown;
  for (const auto& [place, row] : found) {
    if (std::ssize(shown) == in.num("maxResults", kDefinitionsPageMax)) {
      answer.set("nextToken", write_token(found[shown.size() - 1].first));
      break;
    }
    shown.push_back(show_definition(row));
  }
  answer.set("queryDefinitions", std::move(shown));
  return answer;
}

}  // namespace logs
