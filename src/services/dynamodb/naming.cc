// Names and ARNs of tables.
#include "aws/dynamodb_seal.h"
#include "base/arn.h"
#include "base/strings.h"
#include "services/dynamodb/table.h"

namespace dynamodb {

namespace {

constexpr std::size_t kTableNameCharactersMax = 255;

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
}

base::Result<OpenTable> find_or(Call& call, const std::string& name_or_arn, std::string_view told) {
  const TableName name = TRY(check_table_name(call, name_or_arn));
  auto table = get_table(call, name);
  if (!table) return error("ResourceNotFoundException", fmt::format(fmt::runtime(told), name.name));
  return *std::move(table);
}

}  // namespace

std::string OpenTable::arn() const { return table_arn({tx.place(), row.name}); }

const Index* OpenTable::find_index(std::string_view name) const {
  auto found = std::ranges::find(row.indexes, name, &Index::name);
  return found == row.indexes.end() ? nullptr : &*found;
}

TableName parse_table_name(const Call& call, std::string_view name_or_arn) {
  const base::Arn arn = base::Arn::parse(name_or_arn);
  if (!arn.resource.starts_with("table/")) return {call.place, std::string(name_or_arn)};
  std::string_view name = arn.resource.substr(6);
  name = name.substr(0, name.find(':'));
  return {{std::string(arn.account), std::string(arn.region)}, std::string(name.substr(0, name.find('/')))};
}

base::Result<void> check_named(const Call& call, In in) {
  if (!in.has("TableName"))
    return validation_error("The parameter 'TableName' is required but was not present in the request");
  TRY_VOID(check_table_name(call, in.str("TableName")));
  return {};
}

base::Result<OpenTable> find_table_named(Call& call, In in) {
  TRY_VOID(check_named(call, in));
  return find_table_by_name(call, in.str("TableName"));
}

base::Result<TableName> check_table_name(const Call& call, const std::string& name_or_arn) {
  TableName table = parse_table_name(call, name_or_arn);
  if (table.name.size() < kTableNameCharactersMin || table.name.size() > kTableNameCharactersMax)
    return validation_error("TableName must be at least 3 characters long and at most 255 characters long");
  if (!std::ranges::all_of(table.name, is_name_character))
    return validation_error(
        fmt::format("1 validation error detected: Value '{}' at 'tableName' failed to satisfy constraint: Member must "
                    "satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
                    name_or_arn));
  return table;
}

std::string table_arn(const TableName& table) {
  std::string arn;  // by hand, because every call asks for it
  arn.reserve(64 + table.name.size());
  arn.append("arn:aws:dynamodb:").append(table.place.region).append(":").append(table.place.account);
  return arn.append(":table/").append(table.name);
}

std::optional<OpenTable> get_table(Call& call, const TableName& name) {
  OpenTable table{.tx = name.place == call.place ? call.tx : call.tx.at(name.place)};
  const auto row = table.tx.get_shared(kTables, name.name);
  if (!row) return std::nullopt;
  table.row = *row;
  if (table.row.seal_id != 0) table.data_key = aws::dynamodb::get_data_key(call, table.tx, table.row.seal_id);
  return table;
}

base::Result<OpenTable> find_table(Call& call, const std::string& name_or_arn) {
  OpenTable table = TRY(find_or(call, name_or_arn, "Requested resource not found"));
  if (table.row.is_restoring) return error("ResourceNotFoundException", "Requested resource not found");
  if (table.row.seal_id != 0) TRY_VOID(check_key_access(call, table));
  return table;
}

base::Result<OpenTable> find_table_by_name(Call& call, const std::string& name_or_arn) {
  return find_or(call, name_or_arn, "Requested resource not found: Table: {} not found");
}

std::string table_key(const OpenTable& table) {
  const store::Place& place = table.tx.place();
  return store::key(std::string_view(place.account), std::string_view(place.region), std::string_view(table.row.name),
                    table.row.id);
}

TimedTable read_table_key(Call& call, store::KeyReader& parts) {
  const store::Place place{parts.text(), parts.text()};
  TimedTable timed{.tx = call.tx.at(place), .name = parts.text()};
  timed.id = parts.unsigned_number();
  timed.table = get_table(call, {place, timed.name});
  if (timed.table && timed.table->row.id != timed.id) timed.table.reset();
  return timed;
}

TableDetails get_details(const OpenTable& table) {
  const auto details = table.tx.get_shared(kDetails, table.row.name);
  return details ? *details : TableDetails{};
}

void put_table(const OpenTable& table) { table.tx.put(kTables, table.row.name, table.row); }

void put_details(const OpenTable& table, const TableDetails& details) {
  table.tx.put(kDetails, table.row.name, details);
}

}  // namespace dynamodb
