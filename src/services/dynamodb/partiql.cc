// ExecuteStatement, BatchExecuteStatement and ExecuteTransaction.
#include "services/dynamodb/partiql.h"
#include "base/bytes.h"
#include "services/dynamodb/query.h"
#include "services/dynamodb/transact.h"

namespace dynamodb {

namespace {

using Verb = Statement::Kind;

base::Result<Statement> read_statement(const Value& given) {
  return parse_statement(given.at("Statement").str(), given.at("Parameters").list());
}

// One of several.
base::Result<Statement> read_statement_of(const Value& given) {
  Statement statement = TRY(read_statement(given));
  statement.given = &given;
  return statement;
}

bool is_read(const Statement& statement) { return statement.kind == Verb::kSelect; }

std::string_view statement_action(const Statement& statement) {
  switch (statement.kind) {
    case Verb::kInsert: return "dynamodb:PartiQLInsert";
    case Verb::kUpdate: return "dynamodb:PartiQLUpdate";
    case Verb::kDelete: return "dynamodb:PartiQLDelete";
    default: return "dynamodb:PartiQLSelect";
  }
}

base::Result<void> authorize_statement(Call& call, const Statement& statement) {
  std::string arn = table_arn(TRY(check_table_name(call, statement.table)));
  if (!statement.index.empty()) arn += "/index/" + statement.index;
  if (!statement.given) return call.authorize(statement_action(statement), arn);
  const std::string_view holder = call.input->has("Statements") ? "Statements" : "TransactStatements";
  return authorize_part(call, statement_action(statement), arn, holder, Value::List{*statement.given});
}

base::Result<OpenTable> open_statement_table(Call& call, const Statement& statement) {
  TRY_VOID(authorize_statement(call, statement));
  return find_table(call, statement.table);
}

// The conditions that must all be true for `condition` to be.
void collect_conjuncts(const Condition& condition, std::vector<const Condition*>& conjuncts) {
  if (condition.kind != Condition::Kind::kAnd) return conjuncts.push_back(&condition);
  for (const Condition& inner : condition.conditions) collect_conjuncts(inner, conjuncts);
}

// The value that the condition says the attribute equals, null when it says none.
const Attribute* equal_value(const Condition& condition, const std::string& name) {
  if (condition.kind != Condition::Kind::kEqual) return nullptr;
  for (std::size_t i : {0u, 1u}) {
    const Operand &path = condition.operands[i], &value = condition.operands[1 - i];
    const bool is_it = path.kind == Operand::Kind::kPath && path.path.size() == 1 && path.path[0].name == name;
    if (is_it && value.kind == Operand::Kind::kValue) return &value.value;
  }
  return nullptr;
}

}  // namespace

const Attribute* find_equal(const std::optional<Condition>& where, const std::string& name) {
  if (!where) return nullptr;
  std::vector<const Condition*> conjuncts;
  collect_conjuncts(*where, conjuncts);
  for (const Condition* one : conjuncts)
    if (const Attribute* value = equal_value(*one, name)) return value;
  return nullptr;
}

std::vector<Attribute> find_values(const std::optional<Condition>& where, const std::string& name) {
  if (const Attribute* value = find_equal(where, name)) return {*value};
  std::vector<const Condition*> conjuncts;
  if (where) collect_conjuncts(*where, conjuncts);
  for (const Condition* one : conjuncts) {
    if (one->kind != Condition::Kind::kIn) continue;
    const Operand& path = one->operands[0];
    if (path.kind != Operand::Kind::kPath || path.path.size() != 1 || path.path[0].name != name) continue;
    std::vector<Attribute> values;
    for (std::size_t i = 1; i < one->operands.size(); ++i)
      if (one->operands[i].kind == Operand::Kind::kValue) values.push_back(one->operands[i].value);
    if (values.size() + 1 == one->operands.size()) return values;
  }
  return {};
}

namespace {

// The key that the statement names, where it names all of it.
std::optional<Item> find_whole_key(const Table& table, const Statement& statement) {
  Item key;
  const Attribute* hash = find_equal(statement.where, table.hash.name);
  if (!hash) return std::nullopt;
  ensure(key, table.hash.name) = *hash;
  if (!table.range) return key;
  const Attribute* range = find_equal(statement.where, table.range->name);
  if (!range) return std::nullopt;
  ensure(key, table.range->name) = *range;
  return key;
}

base::Result<Item> whole_key(const Table& table, const Statement& statement) {
  auto key = find_whole_key(table, statement);
  if (!key) return validation_error("Where clause does not contain a mandatory equality on all key attributes");
  return *std::move(key);
}

// A condition on the sort key that narrows what is read; the whole WHERE is checked of each item anyway.
void narrow(const KeyPart& part, const Condition& where, KeyRange& range) {
  std::vector<const Condition*> conjuncts;
  collect_conjuncts(where, conjuncts);
  for (const Condition* one : conjuncts) {
    const auto split = split_key_condition(*one);
    if (!split || split->size() != 1 || split->front().first != part.name) continue;
    const Condition& condition = split->front().second;
    std::vector<Attribute> values;
    for (std::size_t i = 1; i < condition.operands.size(); ++i)
      if (condition.operands[i].kind == Operand::Kind::kValue && condition.operands[i].value.type == part.type)
        values.push_back(condition.operands[i].value);
    if (values.size() + 1 != condition.operands.size()) continue;
    range.comparison = condition.kind;
    range.values = std::move(values);
    return;
  }
}

std::string write_next_token(const Item& key) { return base::to_base64(encode(key)); }

base::Result<std::optional<Item>> read_next_token(const Value& input) {
  if (!input.has("NextToken")) return std::nullopt;
  auto bytes = base::from_base64(input.at("NextToken").str());
  if (!bytes) return validation_error("Invalid NextToken provided");
  return decode(*bytes);
}

base::Result<void> check_order(const Statement& statement, const KeySchema& schema, bool has_partition) {
  if (statement.order_by.empty()) return {};
  if (!statement.where) return validation_error("Must have WHERE clause in the statement when using ORDER BY clause.");
  if (!has_partition)
    return validation_error(
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.");
  if (schema.has_part(statement.order_by)) return {};
  return validation_error(
      fmt::format("Variable reference {} in ORDER BY clause must be part of the primary key", statement.order_by));
}

struct Selected {
  Page page;
  std::string table;
};

base::Result<Selected> select(Call& call, const Statement& statement, const Value& input) {
  const OpenTable table = TRY(open_statement_table(call, statement));
  Value asked(Value::Map{});
  if (!statement.index.empty()) asked.set("IndexName", statement.index);
  asked.set("ConsistentRead", input.at("ConsistentRead").flag());
  Reading reading{.table = table, .index = TRY(find_readable_index(table, asked))};
  const KeySchema schema = schema_of(table.row, reading.index);
  const std::vector<Attribute> keys = find_values(statement.where, schema.hash.name);
  TRY_VOID(check_order(statement, schema, !keys.empty()));
  std::vector<Rows> ranges;
  const bool has_keys = !keys.empty() && !schema.long_index &&
                        std::ranges::all_of(keys, [&](const Attribute& key) { return key.type == schema.hash.type; });
  if (!has_keys) ranges.push_back(rows_of(table.row, reading.index, Segment{}));
  for (const Attribute& key : keys) {
    if (!has_keys) break;
    KeyRange range{.hash = key, .comparison = {}, .values = {}};
    TRY_VOID(check_key_value(schema.hash, true, key));
    if (schema.range) narrow(*schema.range, *statement.where, range);
    ranges.push_back(rows_of(table.row, reading.index, range));
  }
  reading.is_forward = statement.is_ascending;
  reading.filter = statement.where;
  if (!statement.projected.empty()) reading.projected = statement.projected;
  TRY_VOID(apply_select(Value(Value::Map{}), reading));
  reading.limit = input.has("Limit") ? input.at("Limit").num() : reading.limit;
  reading.consistency = input.at("ConsistentRead").flag() ? Consistency::kStrong : Consistency::kEventual;
  reading.start = TRY(read_next_token(input));
  if (reading.start && (!check_start_parts(table.row, reading.index, *reading.start, nullptr) ||
                        !check_start_key(table.row, *reading.start)))
    return validation_error("Invalid NextToken provided");
  Selected selected{.page = read_ranges(reading, std::move(ranges)), .table = table.row.name};
  TRY_VOID(take_capacity(call, table, selected.page.used));
  return selected;
}

// A write as a part of a transaction; a single one is a transaction of one.
base::Result<TransactionPart> make_part(const OpenTable& table, const Statement& statement) {
  TransactionPart part{.table = table, .parameters = Value::Map{{"TableName", statement.table}}};
  switch (statement.kind) {
    case Verb::kInsert:
      if (size_of(statement.item) > kItemBytesMax)
        return validation_error("Item size has exceeded the maximum allowed size");
      part.request = PutRequest{.item = statement.item, .is_insertion = true};
      return part;
    case Verb::kUpdate: {
      UpdateRequest request{.key = TRY(whole_key(table.row, statement)), .update = statement.update};
      request.condition = statement.where;
      part.request = std::move(request);
      return part;
    }
    case Verb::kDelete:
      part.request = KeyRequest{.key = TRY(whole_key(table.row, statement)), .condition = statement.where};
      return part;
    default: part.request = CheckRequest{TRY(whole_key(table.row, statement)), *statement.where}; return part;
  }
}

base::Result<Written> write_statement(Call& call, const Statement& statement) {
  const OpenTable table = TRY(open_statement_table(call, statement));
  TransactionPart part = TRY(make_part(table, statement));
  if (auto* request = std::get_if<KeyRequest>(&part.request)) {
    // "If the statement does not match any item, it succeeds with 0 items deleted."
    TRY_VOID(check_key(table.row, request->key));
    if (!get_item(table, item_key(table.row, request->key))) {
      Written nothing;
      nothing.used.table.write = write_units(0);
      return nothing;
    }
  }
  Written written = TRY(run_part(call, part));
  TRY_VOID(take_capacity(call, table, written.used));
  return written;
}

// What RETURNING asks for; nothing when that is nothing.
std::optional<Value> returned(const Statement& statement, const Written& written) {
  if (statement.returning.empty()) return std::nullopt;
  const auto& stored = statement.returning.ends_with("OLD") ? written.before : written.after;
  if (!stored) return std::nullopt;
  if (statement.returning.starts_with("ALL")) return stored->shown();
  std::vector<Path> paths;
  for (const Action& action : statement.update) paths.push_back(action.path);
  Item picked = project(stored->item(), paths);
  return picked.empty() ? std::nullopt : std::optional<Value>(to_value(picked));
}

base::Result<void> check_kinds(const std::vector<Statement>& statements, std::string_view message) {
  const bool reads = is_read(statements.front());
  for (const Statement& statement : statements)
    if (is_read(statement) != reads) return validation_error(std::string(message));
  return {};
}

base::Result<std::optional<Value>> read_one(Call& call, const Statement& statement, const Value& given,
                                            Consumption& used, std::string& table_name) {
  const OpenTable table = TRY(open_statement_table(call, statement));
  table_name = table.row.name;
  if (!find_whole_key(table.row, statement))
    return validation_error(
        "Select statements within BatchExecuteStatement must specify the primary key in the "
        "where clause.");
  Selected selected = TRY(select(call, statement, Value::Map{{"ConsistentRead", given.at("ConsistentRead").flag()}}));
  used = selected.page.used;
  const Value items = std::move(selected.page.items).pack();
  return items.list().empty() ? std::nullopt : std::optional(items.list().front());
}

Value show_batch_error(const base::Error& error) {
  std::string code = error.code;
  if (code == "ValidationException") code = "ValidationError";
  if (code.ends_with("Exception")) code.resize(code.size() - 9);
  Value shown(Value::Map{{"Code", code}, {"Message", error.message}});
  if (error.details && error.details->has("Item")) shown.set("Item", error.details->at("Item"));
  return shown;
}

void set_consumed_by_table(const UsedByTable& used, const Value& input, Detail detail, Out& out) {
  if (Value::List consumed = used.show(input, detail); !consumed.empty())
    out.set("ConsumedCapacity", std::move(consumed));
}

}  // namespace

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
base::Result<Out> ExecuteStatement(Call& call, In in) {
  const Statement statement = TRY(read_statement(in.value()));
  if (statement.kind == Verb::kExists) return validation_error("EXISTS can only be used in ExecuteTransaction");
  Out out;
  Value items(Value::List{});
  Consumption used;
  std::string table;
  if (is_read(statement)) {
    Selected selected = TRY(select(call, statement, in.value()));
    items = std::move(selected.page.items).pack();
    used = selected.page.used;
    table = selected.table;
    if (selected.page.last) {
      out.set("NextToken", write_next_token(*selected.page.last));
      out.set("LastEvaluatedKey", to_value(*selected.page.last));
    }
  } else {
    Written written = TRY(write_statement(call, statement));
    if (auto item = returned(statement, written)) items.push(*std::move(item));
    used = written.used;
    table = parse_table_name(call, statement.table).name;
  }
  out.set("Items", std::move(items));
  Value shown = show_consumption(table, used, in.str("ReturnConsumedCapacity"), Detail::kPlain);
  if (!shown.is_null()) out.set("ConsumedCapacity", std::move(shown));
  return out;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
base::Result<Out> BatchExecuteStatement(Call& call, In in) {
  std::vector<base::Result<Statement>> statements;
  std::vector<Statement> whole;
  for (const Value& given : in.list("Statements")) {
    statements.push_back(read_statement_of(given));
    if (statements.back()) whole.push_back(*statements.back());
  }
  if (!whole.empty()) TRY_VOID(check_kinds(whole, "Statements in a batch must be either all reads or all writes"));
  Value::List responses;
  UsedByTable used;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const Value& given = in.list("Statements")[i];
    const store::Savepoint before = call.tx.savepoint();
    Value response(Value::Map{});
    Consumption one;
    std::string table;
    auto item = [&]() -> base::Result<std::optional<Value>> {
      if (!statements[i]) return std::unexpected(statements[i].error());
      const Statement& statement = *statements[i];
      if (is_read(statement)) return TRY(read_one(call, statement, given, one, table));
      table = parse_table_name(call, statement.table).name;
      const Written written = TRY(write_statement(call, statement));
      one = written.used;
      return returned(statement, written);
    }();
    if (!table.empty()) response.set("TableName", table);
    if (!item) {
      call.tx.rollback_to(before);
      response.set("Error", show_batch_error(item.error()));
    } else {
      used.add(table, one);
      if (*item) response.set("Item", **std::move(item));
    }
    responses.push_back(std::move(response));
  }
  Out out{{"Responses", std::move(responses)}};
  set_consumed_by_table(used, in.value(), Detail::kPlain, out);
  return out;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html
base::Result<Out> ExecuteTransaction(Call& call, In in) {
  std::vector<Statement> statements;
  for (const Value& given : in.list("TransactStatements")) statements.push_back(TRY(read_statement_of(given)));
  TRY_VOID(check_kinds(statements, "Statements in a transaction must be either all reads or all writes"));
  // Who repeats a transaction must be allowed to do what it did.
  for (const Statement& statement : statements) TRY_VOID(authorize_statement(call, statement));
  const Repetition repetition = TRY(Repetition::find(call, in.value()));
  if (repetition.answer()) return Out{{"Responses", repetition.answer()->at("Responses")}};
  UsedByTable used;
  Value::List responses;
  if (is_read(statements.front())) {
    for (const Statement& statement : statements) {
      Consumption one;
      std::string table;
      auto item = TRY(read_one(call, statement, Value::Map{{"ConsistentRead", true}}, one, table));
      one.multiply(2);
      used.add(table, one);
      Value response(Value::Map{});
      if (item) response.set("Item", *std::move(item));
      responses.push_back(std::move(response));
    }
  } else {
    std::vector<TransactionPart> parts;
    for (const Statement& statement : statements) {
      auto table = TRY(open_statement_table(call, statement));
      parts.push_back(TRY(make_part(table, statement)));
    }
    const TransactionResult result = TRY(run_parts(call, parts));
    for (std::size_t i = 0; i < parts.size(); ++i) {
      used.add(parts[i].table.row.name, result.written[i].used);
      responses.push_back(Value::Map{});
    }
  }
  if (!is_read(statements.front())) repetition.remember(call, Value::Map{{"Responses", responses}});
  Out out{{"Responses", std::move(responses)}};
  set_consumed_by_table(used, in.value(), Detail::kReadOrWrite, out);
  return out;
}

}  // namespace dynamodb
