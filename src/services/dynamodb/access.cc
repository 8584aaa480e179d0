// What authorisation needs to know of tables.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
#include "services/dynamodb/partiql.h"
#include "services/dynamodb/query.h"

namespace dynamodb {

namespace {

// The text of a key's value as policies compare it.
std::string key_text(const Value& value) {
  for (const auto& [type, content] : value.map())
    if (!content.is_null()) return content.str();
  return "";
}

// Calls visit(parameters) for the requests on the table that is being authorised: what holds a key. Of a batch that is
// the first table: the operation asks for the others one by one.
template <class Visit>
void each_request(const Value& input, const Visit& visit) {
  if (input.has("TableName")) return visit(input);
  if (const Value::Map& tables = input.at("RequestItems").map(); !tables.empty()) {
    const auto& [name, requests] = tables.front();
    if (requests.has("Keys"))
      for (const Value& key : requests.at("Keys").list()) visit(Value(Value::Map{{"Key", key}, {"TableName", name}}));
    for (const Value& request : requests.list()) {
      Value one = request.has("PutRequest") ? request.at("PutRequest") : request.at("DeleteRequest");
      one.set("TableName", name);
      visit(one);
    }
  }
  for (const Value& part : input.at("TransactItems").list())
    for (const auto& [kind, parameters] : part.map()) visit(parameters);
}

// Calls visit(statement) for the statements of the request that can be read.
template <class Visit>
void each_statement(const Value& input, const Visit& visit) {
  auto read = [&](const Value& given) {
    if (auto statement = parse_statement(given.at("Statement").str(), given.at("Parameters").list())) visit(*statement);
  };
  if (input.has("Statement")) return read(input);
  for (const char* holder : {"Statements", "TransactStatements"})
    for (const Value& given : input.at(holder).list()) read(given);
}

std::optional<std::string> leading_key_of_query(const Value& parameters, const KeySchema& schema) {
  auto placeholders =
      Placeholders::read(parameters.at("ExpressionAttributeNames"), parameters.at("ExpressionAttributeValues"));
  if (parameters.has("KeyConditions")) {
    const Value& values = parameters.at("KeyConditions").at(schema.hash.name).at("AttributeValueList");
    return values.list().empty() ? std::nullopt : std::optional(key_text(values.list().front()));
  }
  if (!placeholders) return std::nullopt;
  auto condition =
      parse_condition(parameters.at("KeyConditionExpression").str(), "KeyConditionExpression", *placeholders);
  auto split = condition ? split_key_condition(*condition) : base::fail("", "");
  if (!split) return std::nullopt;
  auto range = make_key_range(schema, *split);
  return range ? std::optional(range->hash.text) : std::nullopt;
}

bool find_leading_keys(Call& call, policy::Values& values) {
  each_request(*call.input, [&](const Value& parameters) {
    auto table = get_table(call, parse_table_name(call, parameters.at("TableName").str()));
    if (!table) return;
    const Index* index = parameters.has("IndexName") ? table->find_index(parameters.at("IndexName").str()) : nullptr;
    const KeySchema schema = schema_of(table->row, index);
    for (const char* holder : {"Key", "Item"})
      if (parameters.at(holder).has(schema.hash.name))
        values.push_back(key_text(parameters.at(holder).at(schema.hash.name)));
    if (!parameters.has("KeyConditions") && !parameters.has("KeyConditionExpression")) return;
    if (auto key = leading_key_of_query(parameters, schema)) values.push_back(*std::move(key));
  });
  each_statement(*call.input, [&](const Statement& statement) {
    auto table = get_table(call, parse_table_name(call, statement.table));
    if (!table) return;
    const KeyPart& hash = schema_of(table->row, table->find_index(statement.index)).hash;
    const bool is_insertion = statement.kind == Statement::Kind::kInsert;
    const Attribute* value = is_insertion ? find(statement.item, hash.name) : find_equal(statement.where, hash.name);
    if (value) values.push_back(value->text);
  });
  return !values.empty();
}

void add_paths(const std::optional<Projected>& paths, policy::Values& values) {
  if (!paths) return;
  for (const Path& path : *paths) values.push_back(path.front().name);
}

// The top-level attributes that the request names, keys included.
bool find_attributes(const Value& input, policy::Values& values) {
  each_request(input, [&](const Value& parameters) {
    for (const char* holder : {"Key", "Item", "AttributeUpdates", "Expected", "KeyConditions", "QueryFilter",
                               "ScanFilter", "ExclusiveStartKey"})
      for (const auto& [name, content] : parameters.at(holder).map()) values.push_back(name);
    for (const Value& name : parameters.at("AttributesToGet").list()) values.push_back(name.str());
    auto placeholders =
        Placeholders::read(parameters.at("ExpressionAttributeNames"), parameters.at("ExpressionAttributeValues"));
    if (!placeholders) return;
    if (parameters.has("ProjectionExpression"))
      if (auto paths = parse_projection(parameters.at("ProjectionExpression").str(), *placeholders))
        add_paths(*paths, values);
    if (parameters.has("UpdateExpression"))
      if (auto update = parse_update(parameters.at("UpdateExpression").str(), *placeholders))
        for (const Action& action : *update) values.push_back(action.path.front().name);
    for (const char* name : {"ConditionExpression", "FilterExpression", "KeyConditionExpression"}) {
      if (!parameters.has(name)) continue;
      auto condition = parse_condition(parameters.at(name).str(), name, *placeholders);
      if (!condition) continue;
      for (std::string& attribute : attributes_of(*condition)) values.push_back(std::move(attribute));
    }
  });
  each_statement(input, [&](const Statement& statement) {
    add_paths(statement.projected, values);
    for (const Member& member : statement.item) values.push_back(member.name);
    for (const Action& action : statement.update) values.push_back(action.path.front().name);
    if (!statement.where) return;
    for (std::string& attribute : attributes_of(*statement.where)) values.push_back(std::move(attribute));
  });
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return !values.empty();
}

// "Blocks full table scan": whether a statement reads without saying which partition.
bool find_full_scan(Call& call, policy::Values& values) {
  bool is_any = false;
  each_statement(*call.input, [&](const Statement& statement) {
    if (statement.kind != Statement::Kind::kSelect) return;
    auto table = get_table(call, parse_table_name(call, statement.table));
    if (!table) return;
    const Index* index = statement.index.empty() ? nullptr : table->find_index(statement.index);
    is_any = is_any || find_values(statement.where, schema_of(table->row, index).hash.name).empty();
  });
  values.push_back(is_any ? "true" : "false");
  return true;
}

}  // namespace

base::Result<void> authorize_part(Call& call, std::string_view action, const std::string& arn, std::string_view holder,
                                  Value part) {
  Value narrowed(Value::Map{});
  for (const auto& [name, content] : call.input->map())
    if (name != holder) narrowed.set(name, content);
  narrowed.set(holder, std::move(part));
  const Value* whole = std::exchange(call.input, &narrowed);
  auto outcome = call.authorize(action, arn);
  call.input = whole;
  return outcome;
}

std::string resource_of(Call& call, std::string_view operation, const Value& input) {
  if (operation == "ListBackups") return "*";
  if (input.has("BackupArn")) return input.at("BackupArn").str();
  for (const char* source : {"SourceTableArn", "SourceTableName"})
    if (input.has(source)) return table_arn(parse_table_name(call, input.at(source).str()));
  if (input.has("TableName")) {
    std::string arn = table_arn(parse_table_name(call, input.at("TableName").str()));
    if (input.has("IndexName") && (operation == "Query" || operation == "Scan"))
      arn += "/index/" + input.at("IndexName").str();
    return arn;
  }
  if (operation == "ListExports" || operation == "ListImports") return "*";
  if (operation == "ImportTable")
    return table_arn(parse_table_name(call, input.at("TableCreationParameters").at("TableName").str()));
  for (const char* arn : {"ExportArn", "ImportArn", "TableArn"})
    if (input.has(arn)) return input.at(arn).str();
  // The first table of a batch; the operation asks for the others.
  if (!input.at("RequestItems").map().empty())
    return table_arn(parse_table_name(call, input.at("RequestItems").map().front().first));
  if (input.has("ResourceArn")) return input.at("ResourceArn").str();
  return "*";
}

std::string policy_of(Call& call, std::string_view arn) {
  if (is_stream_arn(arn)) {
    auto row = get_stream(call, arn);
    return row ? row->stream.policy : "";
  }
  const TableName name = parse_table_name(call, arn);
  const store::Transaction tx = name.place == call.place ? call.tx : call.tx.at(name.place);
  const auto details = tx.get_shared(kDetails, name.name);
  return details ? details->policy : "";
}

void each_policy(Call& call, const kernel::Place& place, const kernel::VisitResource& visit) {
  const store::Transaction tx = call.tx.at(place);
  tx.scan(kDetails, "", [&](std::string_view name, const TableDetails& details) {
    visit({table_arn({place, std::string(name)}), "AWS::DynamoDB::Table", details.policy});
  });
  tx.scan(aws::dynamodb::kStreams, "", [&](std::string_view, const aws::dynamodb::Stream& stream) {
    if (stream.is_gone(call.now_ms())) return;
    visit({table_arn({place, stream.table}) + "/stream/" + stream.label, "AWS::DynamoDB::Stream", stream.policy});
  });
}

kernel::Tags tags_of(Call& call, std::string_view arn) {
  auto table = get_table(call, parse_table_name(call, arn));
  return table ? get_details(*table).tags : kernel::Tags{};
}

bool find_condition_key(Call& call, std::string_view key, policy::Values& values) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kMembers{
      {{"dynamodb:select", "Select"},
       {"dynamodb:returnvalues", "ReturnValues"},
       {"dynamodb:returnconsumedcapacity", "ReturnConsumedCapacity"}}};
  if (!call.input) return false;
  if (key == "dynamodb:leadingkeys") return find_leading_keys(call, values);
  if (key == "dynamodb:attributes") return find_attributes(*call.input, values);
  if (key == "dynamodb:fulltablescan") return find_full_scan(call, values);
  if (key == "dynamodb:enclosingoperation") {
    const bool is_transaction = call.operation && call.operation->name.starts_with("Transact");
    if (is_transaction) values.push_back(std::string(call.operation->name));
    return is_transaction;
  }
  for (const auto& [name, member] : kMembers)
    if (key == name && call.input->has(member)) {
      values.push_back(call.input->at(member).str());
      return true;
    }
  return false;
}

}  // namespace dynamodb
