// TransactWriteItems and TransactGetItems. One operation is one transaction of the store, so parts see one moment and
// conflicts of transactions show as another attempt, never as an error.
#include "services/dynamodb/transact.h"

namespace dynamodb {

namespace {

constexpr std::int64_t kTransactionBytesMax = 4'194'304;
constexpr double kTransactionFactor = 2;  // "one to prepare the transaction and one to commit the transaction"

base::Result<CheckRequest> prepare_check(const Value& input) {
  KeyRequest request = TRY(prepare_key(input));
  if (!request.condition) return validation_error("ConditionExpression is required for ConditionCheck");
  return CheckRequest{std::move(request.key), *std::move(request.condition)};
}

const Item& key_attributes(const TransactionPart& part) {
  if (const auto* put = std::get_if<PutRequest>(&part.request)) return put->item;
  if (const auto* update = std::get_if<UpdateRequest>(&part.request)) return update->key;
  if (const auto* check = std::get_if<CheckRequest>(&part.request)) return check->key;
  return std::get<KeyRequest>(part.request).key;
}

base::Result<TransactionPart> prepare_part(const Value& given) {
  TransactionPart part;
  int kinds = 0;
  for (const char* kind : {"ConditionCheck", "Put", "Delete", "Update"}) {
    if (!given.has(kind)) continue;
    ++kinds;
    part.parameters = given.at(kind);
    const std::string_view name = kind;
    if (name == "Put") part.request = TRY(prepare_put(part.parameters));
    if (name == "Delete") part.request = TRY(prepare_key(part.parameters));
    if (name == "Update") part.request = TRY(prepare_item_update(part.parameters));
    if (name == "ConditionCheck") part.request = TRY(prepare_check(part.parameters));
  }
  if (kinds != 1) return validation_error("TransactItems can only contain one of Check, Put, Update or Delete");
  return part;
}

base::Result<Written> check_part(const TransactionPart& part, const CheckRequest& request) {
  TRY_VOID(check_key(part.table.row, request.key));
  Written unchanged{.before = get_item(part.table, item_key(part.table.row, request.key))};
  const Stored* stored = unchanged.before ? &*unchanged.before : nullptr;
  TRY_VOID(check_condition(request.condition, stored, part.parameters));
  unchanged.used.table.read = read_units(stored ? stored->size() : 0, Consistency::kStrong);
  return unchanged;
}

// What is done to which tables (action and ARN), and by which parts.
using AskedParts = std::map<std::pair<std::string_view, std::string>, std::vector<std::size_t>>;

base::Result<void> authorize_parts(Call& call, const AskedParts& asked) {
  for (const auto& [question, parts] : asked) {
    const auto& [action, arn] = question;
    if (asked.size() == 1) return call.authorize(action, arn);
    Value::List given;
    for (std::size_t i : parts) given.push_back(call.input->at("TransactItems").list()[i]);
    TRY_VOID(authorize_part(call, action, arn, "TransactItems", std::move(given)));
  }
  return {};
}

base::Result<void> find_tables(Call& call, std::vector<TransactionPart>& parts) {
  AskedParts asked;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    TransactionPart& part = parts[i];
    part.table = TRY(find_table(call, part.parameters.at("TableName").str()));
    if (part.table.row.is_strong)
      return validation_error(
          "Transactional operations are not supported on global tables with MultiRegionConsistency set to STRONG.");
    asked[{action_of(part), part.table.arn()}].push_back(i);
  }
  return authorize_parts(call, asked);
}

// "The subsequent calls with the same client token return the number of read capacity units consumed in reading the
// item."
base::Result<Out> answer_again(Call& call, const Value& input, const std::vector<TransactionPart>& parts) {
  UsedByTable used;
  for (const TransactionPart& part : parts) {
    Consumption one;
    const auto stored = check_key_in(part.table.row, key_attributes(part))
                            ? get_item(part.table, item_key(part.table.row, key_attributes(part)))
                            : std::nullopt;
    one.table.read = read_units(stored ? stored->size() : 0, Consistency::kTransactional);
    TRY_VOID(take_capacity(call, part.table, one));
    used.add(part.table.row.name, one);
  }
  Out out;
  if (Value::List shown = used.show(input, Detail::kReadOrWrite); !shown.empty())
    out.set("ConsumedCapacity", std::move(shown));
  return out;
}

base::Result<void> check_distinct(const std::vector<TransactionPart>& parts) {
  std::set<std::string> keys;
  for (const TransactionPart& part : parts) {
    const Item& item = key_attributes(part);
    if (!check_key_in(part.table.row, item)) continue;
    if (!keys.insert(item_key(part.table.row, item)).second)
      return validation_error("Transaction request cannot include multiple operations on one item");
  }
  return {};
}

}  // namespace

base::Result<Written> run_part(Call& call, const TransactionPart& part) {
  if (const auto* put = std::get_if<PutRequest>(&part.request))
    return put_item(call, part.table, *put, part.parameters);
  if (const auto* update = std::get_if<UpdateRequest>(&part.request))
    return update_item(call, part.table, *update, part.parameters);
  if (const auto* check = std::get_if<CheckRequest>(&part.request)) return check_part(part, *check);
  return delete_item(call, part.table, std::get<KeyRequest>(part.request), part.parameters);
}

std::string_view action_of(const TransactionPart& part) {
  static constexpr std::array<std::string_view, 4> kActions{"dynamodb:PutItem", "dynamodb:DeleteItem",
                                                            "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"};
  return kActions[part.request.index()];
}

base::Result<void> Reasons::add(const base::Error& error) {
  std::string_view code;
  if (error.code == "ConditionalCheckFailedException") code = "ConditionalCheckFailed";
  if (error.code == "ValidationException") code = "ValidationError";
  if (error.code == "ProvisionedThroughputExceededException") code = "ProvisionedThroughputExceeded";
  if (error.code == "ThrottlingException") code = "ThrottlingError";
  if (error.code == "DuplicateItemException") code = "DuplicateItem";
  if (code.empty()) return std::unexpected(error);
  Value reason(Value::Map{{"Code", code}, {"Message", error.message}});
  if (error.details && error.details->has("Item")) reason.set("Item", error.details->at("Item"));
  reasons_.push_back(std::move(reason));
  is_cancelled_ = true;
  return {};
}

base::Result<void> Reasons::result() const {
  if (!is_cancelled_) return {};
  std::string codes;
  for (const Value& reason : reasons_) {
    if (!codes.empty()) codes += ", ";
    codes += reason.at("Code").str();
  }
  return error("TransactionCanceledException",
               fmt::format("Transaction cancelled, please refer cancellation reasons for specific reasons [{}]", codes),
               Value::Map{{"CancellationReasons", reasons_}});
}

base::Result<TransactionResult> run_parts(Call& call, const std::vector<TransactionPart>& parts) {
  TRY_VOID(check_distinct(parts));
  TransactionResult result;
  Reasons reasons;
  std::int64_t bytes = 0;
  for (const TransactionPart& part : parts) {
    auto written = run_part(call, part);
    if (written) {
      written->used.multiply(kTransactionFactor);
      auto taken = take_capacity(call, part.table, written->used);
      if (!taken) written = std::unexpected(taken.error());
    }
    if (!written) {
      TRY_VOID(reasons.add(written.error()));
      continue;
    }
    reasons.add_none();
    bytes += written->after ? written->after->size() : 0;
    result.written.push_back(*std::move(written));
  }
  TRY_VOID(reasons.result());
  if (bytes > kTransactionBytesMax)
    return validation_error("The aggregate size of the items in the transaction exceeds 4 MB");
  return result;
}

void UsedByTable::add(const std::string& table, const Consumption& used) {
  auto known = std::ranges::find(used_, table, &std::pair<std::string, Consumption>::first);
  if (known == used_.end()) known = used_.insert(known, {table, {}});
  known->second.add(used);
}

Value::List UsedByTable::show(const Value& input, Detail detail) const {
  Value::List shown;
  for (const auto& [name, used] : used_) {
    Value one = show_consumption(name, used, input.at("ReturnConsumedCapacity").str(), detail);
    if (!one.is_null()) shown.push_back(std::move(one));
  }
  return shown;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
base::Result<Out> TransactWriteItems(Call& call, In in) {
  std::vector<TransactionPart> parts;
  for (const Value& given : in.list("TransactItems")) parts.push_back(TRY(prepare_part(given)));
  TRY_VOID(find_tables(call, parts));
  const Repetition repetition = TRY(Repetition::find(call, in.value()));
  if (repetition.answer()) return answer_again(call, in.value(), parts);
  const TransactionResult result = TRY(run_parts(call, parts));
  UsedByTable used;
  std::map<std::string, Value::List> collections;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const OpenTable& table = parts[i].table;
    used.add(table.row.name, result.written[i].used);
    const bool has_local = std::ranges::any_of(table.row.indexes, &Index::is_local);
    if (has_local && in.str("ReturnItemCollectionMetrics") == "SIZE")
      collections[table.row.name].push_back(show_collection(table, key_attributes(parts[i])));
  }
  Out out;
  if (Value::List shown = used.show(in.value(), Detail::kReadOrWrite); !shown.empty())
    out.set("ConsumedCapacity", std::move(shown));
  repetition.remember(call, Value(Value::Map{}));
  Value::Map metrics;
  for (auto& [name, shown] : collections) metrics.emplace_back(name, std::move(shown));
  if (!metrics.empty()) out.set("ItemCollectionMetrics", std::move(metrics));
  return out;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
base::Result<Out> TransactGetItems(Call& call, In in) {
  struct Get {
    OpenTable table;
    Item key;
    std::optional<Projected> projected;
  };
  std::vector<Get> gets;
  for (const Value& given : in.list("TransactItems")) {
    const Value& parameters = given.at("Get");
    Get get{.key = TRY(read_item(parameters.at("Key").map()))};
    TRY_VOID(check_parameters(parameters, {.expressions = {"ProjectionExpression"}, .others = {}}));
    Placeholders placeholders = TRY(Placeholders::read(parameters.at("ExpressionAttributeNames"), Value()));
    get.projected = TRY(read_projection(parameters, placeholders));
    TRY_VOID(placeholders.check_all_used());
    gets.push_back(std::move(get));
  }
  std::set<std::string> keys;
  AskedParts asked;
  for (std::size_t i = 0; i < gets.size(); ++i) {
    gets[i].table = TRY(find_table(call, in.list("TransactItems")[i].at("Get").at("TableName").str()));
    asked[{"dynamodb:GetItem", gets[i].table.arn()}].push_back(i);
  }
  TRY_VOID(authorize_parts(call, asked));
  Reasons reasons;
  UsedByTable used;
  Value::List responses;
  std::int64_t bytes = 0;
  for (const Get& get : gets) {
    if (auto fits = check_key(get.table.row, get.key); !fits) {
      TRY_VOID(reasons.add(fits.error()));
      continue;
    }
    const std::string key = item_key(get.table.row, get.key);
    if (!keys.insert(key).second)
      return validation_error("Transaction request cannot include multiple operations on one item");
    const auto stored = get_item(get.table, key);
    Consumption one;
    one.table.read = read_units(stored ? stored->size() : 0, Consistency::kTransactional);
    if (auto taken = take_capacity(call, get.table, one); !taken) {
      TRY_VOID(reasons.add(taken.error()));
      continue;
    }
    reasons.add_none();
    used.add(get.table.row.name, one);
    bytes += stored ? stored->size() : 0;
    Value response(Value::Map{});
    if (stored)
      response.set("Item", get.projected ? to_value(project(stored->item(), *get.projected)) : stored->shown());
    responses.push_back(std::move(response));
  }
  TRY_VOID(reasons.result());
  if (bytes > kTransactionBytesMax)
    return validation_error("The aggregate size of the items in the transaction exceeds 4 MB");
  Out out{{"Responses", std::move(responses)}};
  if (Value::List shown = used.show(in.value(), Detail::kReadOrWrite); !shown.empty())
    out.set("ConsumedCapacity", std::move(shown));
  return out;
}

}  // namespace dynamodb
