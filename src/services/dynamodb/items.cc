// Single items: getting, putting, updating and deleting them.
#include "services/dynamodb/items.h"

namespace dynamodb {

namespace {

base::Result<void> check_item_size(const Item& item, std::string_view what) {
  if (size_of(item) <= kItemBytesMax) return {};
  return validation_error(fmt::format("{} has exceeded the maximum allowed size", what));
}

// What UPDATED_OLD and UPDATED_NEW answer.
void set_attributes(Out& out, const Item& item) {
  if (!item.empty()) out.set("Attributes", to_value(item));
}

std::vector<Path> paths_of(const Update& update) {
  std::vector<Path> paths;
  for (const Action& action : update) paths.push_back(action.path);
  return paths;
}

base::Result<void> check_keys_untouched(const Table& table, const Update& update) {
  for (const Action& action : update) {
    const std::string& name = action.path.front().name;
    if (name == table.hash.name || (table.range && name == table.range->name))
      return invalid_parameter(fmt::format("Cannot update attribute {}. This attribute is part of the key", name));
  }
  return {};
}

// A key of an index that is copied from another attribute has words of its own.
base::Result<void> check_copied_keys(const Table& table, const Update& update, const Item& changed) {
  for (const Action& action : update) {
    if (action.kind != Action::Kind::kSet || action.operand.kind != Operand::Kind::kPath) continue;
    auto is_wrong = [&](const KeyPart& part) {
      const Attribute* value = part.name == action.path.front().name ? find(changed, part.name) : nullptr;
      return value && value->type != part.type;
    };
    bool has_wrong = false;
    for (const Index& index : table.indexes)
      index.each_part([&](const KeyPart& part, bool) { has_wrong = has_wrong || is_wrong(part); });
    if (has_wrong)
      return validation_error("The update expression attempted to update the secondary index key to unsupported type");
  }
  return {};
}

// An update that only takes away makes no item where there is none.
bool makes_items(const Update& update) {
  return update.empty() || std::ranges::any_of(update, [](const Action& action) {
           return action.kind == Action::Kind::kSet || action.kind == Action::Kind::kAdd;
         });
}

struct PreparedUpdate {
  Update update;
  std::optional<Condition> condition;
  bool has_expression = false;
};

base::Result<PreparedUpdate> prepare_update(const Value& input) {
  PreparedUpdate prepared{.has_expression = input.has("UpdateExpression")};
  if (input.has("AttributeUpdates")) prepared.update = TRY(read_attribute_updates(input.at("AttributeUpdates").map()));
  Placeholders placeholders =
      TRY(Placeholders::read(input.at("ExpressionAttributeNames"), input.at("ExpressionAttributeValues")));
  if (prepared.has_expression) prepared.update = TRY(parse_update(input.at("UpdateExpression").str(), placeholders));
  prepared.condition = TRY(read_condition(input, placeholders));
  TRY_VOID(placeholders.check_all_used());
  return prepared;
}

}  // namespace

base::Result<PutRequest> prepare_put(const Value& input) {
  TRY_VOID(
      check_parameters(input, {.expressions = {"ConditionExpression"}, .others = {"Expected", "ConditionalOperator"}}));
  PutRequest request{.item = TRY(read_item(input.at("Item").map()))};
  TRY_VOID(check_return_values(input));
  TRY_VOID(check_item_size(request.item, "Item size"));
  if (input.has("ConditionExpression") || input.has("Expected") || input.has("ConditionalOperator")) {
    Placeholders placeholders =
        TRY(Placeholders::read(input.at("ExpressionAttributeNames"), input.at("ExpressionAttributeValues")));
    request.condition = TRY(read_condition(input, placeholders));
    TRY_VOID(placeholders.check_all_used());
  }
  return request;
}

base::Result<Written> put_item(Call& call, const OpenTable& table, PutRequest request, const Value& input) {
  TRY_VOID(check_item_key(table.row, request.item));
  TRY_VOID(check_index_keys(table.row, request.item));
  const std::string key = item_key(table.row, request.item);
  if (table.row.is_strong) TRY_VOID(check_write_conflict(call, table, key));
  Written written{.before = get_item(table, key), .after = Stored(std::move(request.item))};
  if (request.is_insertion && written.before)
    return error("DuplicateItemException", "Duplicate primary key exists in table");
  TRY_VOID(check_condition(request.condition, written.before ? &*written.before : nullptr, input));
  written.used =
      write_item(call, table, key, {.before = written.before ? &*written.before : nullptr, .after = &*written.after});
  return written;
}

base::Result<KeyRequest> prepare_key(const Value& input) {
  TRY_VOID(
      check_parameters(input, {.expressions = {"ConditionExpression"}, .others = {"Expected", "ConditionalOperator"}}));
  KeyRequest request{.key = TRY(read_item(input.at("Key").map()))};
  TRY_VOID(check_return_values(input));
  Placeholders placeholders =
      TRY(Placeholders::read(input.at("ExpressionAttributeNames"), input.at("ExpressionAttributeValues")));
  request.condition = TRY(read_condition(input, placeholders));
  TRY_VOID(placeholders.check_all_used());
  return request;
}

base::Result<Written> delete_item(Call& call, const OpenTable& table, const KeyRequest& request, const Value& input) {
  TRY_VOID(check_key(table.row, request.key));
  const std::string key = item_key(table.row, request.key);
  if (table.row.is_strong) TRY_VOID(check_write_conflict(call, table, key));
  Written written{.before = get_item(table, key)};
  TRY_VOID(check_condition(request.condition, written.before ? &*written.before : nullptr, input));
  written.used = write_item(call, table, key, {.before = written.before ? &*written.before : nullptr});
  return written;
}

base::Result<UpdateRequest> prepare_item_update(const Value& input) {
  TRY_VOID(check_parameters(input, {.expressions = {"UpdateExpression", "ConditionExpression"},
                                    .others = {"AttributeUpdates", "Expected", "ConditionalOperator"}}));
  UpdateRequest request{.key = TRY(read_item(input.at("Key").map()))};
  PreparedUpdate prepared = TRY(prepare_update(input));
  request.update = std::move(prepared.update);
  request.condition = std::move(prepared.condition);
  request.has_expression = prepared.has_expression;
  return request;
}

base::Result<Written> update_item(Call& call, const OpenTable& table, const UpdateRequest& request,
                                  const Value& input) {
  TRY_VOID(check_key(table.row, request.key));
  TRY_VOID(check_keys_untouched(table.row, request.update));
  TRY_VOID(check_key_paths(table.row, nullptr, paths_of(request.update)));
  const std::string key = item_key(table.row, request.key);
  if (table.row.is_strong) TRY_VOID(check_write_conflict(call, table, key));
  Written written{.before = get_item(table, key)};
  const Stored* before = written.before ? &*written.before : nullptr;
  TRY_VOID(check_condition(request.condition, before, input));
  auto changed = apply_update(request.update, before ? before->item() : request.key, before == nullptr);
  if (!changed) {
    const bool is_wrong_type = changed.error().message.starts_with("An operand in the update expression");
    if (!request.has_expression && is_wrong_type) return validation_error("Type mismatch for attribute to update");
    return std::unexpected(std::move(changed).error());
  }
  TRY_VOID(check_copied_keys(table.row, request.update, *changed));
  TRY_VOID(check_index_keys(table.row, *changed));
  TRY_VOID(check_item_size(*changed, "Item size to update"));
  if (before || makes_items(request.update)) written.after = Stored(*std::move(changed));
  written.used = write_item(call, table, key, {.before = before, .after = written.after ? &*written.after : nullptr});
  return written;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
base::Result<Out> PutItem(Call& call, In in) {
  PutRequest request = TRY(prepare_put(in.value()));
  const OpenTable table = TRY(find_table(call, in.str("TableName")));
  const Written written = TRY(put_item(call, table, std::move(request), in.value()));
  TRY_VOID(take_item_capacity(call, table, written.after->item(), written.used));
  Out out;
  if (written.before && in.str("ReturnValues") == "ALL_OLD") out.set("Attributes", written.before->shown());
  set_metrics(table, written.after->item(), in.value(), written.used, out);
  return out;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
base::Result<Out> GetItem(Call& call, In in) {
  TRY_VOID(check_parameters(in.value(), {.expressions = {"ProjectionExpression"}, .others = {"AttributesToGet"}}));
  const Item key = TRY(read_item(in.map("Key")));
  std::optional<Projected> projected;
  if (in.has("ProjectionExpression") || in.has("AttributesToGet")) {
    Placeholders placeholders = TRY(Placeholders::read(in["ExpressionAttributeNames"], Value()));
    projected = TRY(read_projection(in.value(), placeholders));
    TRY_VOID(placeholders.check_all_used());
  }
  const OpenTable table = TRY(find_table(call, in.str("TableName")));
  TRY_VOID(check_key(table.row, key));
  if (projected) TRY_VOID(check_key_paths(table.row, nullptr, *projected));
  const std::optional<Stored> stored = get_item(table, item_key(table.row, key));
  Consumption used;
  used.table.read = read_units(stored ? stored->size() : 0,
                               in.flag("ConsistentRead") ? Consistency::kStrong : Consistency::kEventual);
  TRY_VOID(take_item_capacity(call, table, key, used));
  Out out;
  if (stored) out.set("Item", projected ? to_value(project(stored->item(), *projected)) : stored->shown());
  set_metrics(table, key, in.value(), used, out);
  return out;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
base::Result<Out> DeleteItem(Call& call, In in) {
  const KeyRequest request = TRY(prepare_key(in.value()));
  const OpenTable table = TRY(find_table(call, in.str("TableName")));
  const Written written = TRY(delete_item(call, table, request, in.value()));
  TRY_VOID(take_item_capacity(call, table, request.key, written.used));
  Out out;
  if (written.before && in.str("ReturnValues") == "ALL_OLD") out.set("Attributes", written.before->shown());
  set_metrics(table, request.key, in.value(), written.used, out);
  return out;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
base::Result<Out> UpdateItem(Call& call, In in) {
  const UpdateRequest request = TRY(prepare_item_update(in.value()));
  const OpenTable table = TRY(find_table(call, in.str("TableName")));
  const Written written = TRY(update_item(call, table, request, in.value()));
  TRY_VOID(take_item_capacity(call, table, request.key, written.used));
  Out out;
  const std::string& wanted = in.str("ReturnValues");
  if (wanted == "ALL_OLD" && written.before) out.set("Attributes", written.before->shown());
  if (wanted == "ALL_NEW" && written.after) out.set("Attributes", written.after->shown());
  if (wanted == "UPDATED_OLD" && written.before)
    set_attributes(out, project(written.before->item(), paths_of(request.update)));
  if (wanted == "UPDATED_NEW" && written.after)
    set_attributes(out, project(written.after->item(), paths_of(request.update)));
  set_metrics(table, request.key, in.value(), written.used, out);
  return out;
}

}  // namespace dynamodb
