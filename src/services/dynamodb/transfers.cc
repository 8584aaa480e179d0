// What exports to S3 and imports from it have in common.
#include "services/dynamodb/transfers.h"

#include "base/json.h"

namespace dynamodb {

namespace {

constexpr std::string_view kTransferPrincipal = "dynamodb.amazonaws.com";

TransferCaller caller_of(const Call& call) {
  const kernel::Principal& who = call.caller;
  TransferCaller caller{.type = static_cast<std::uint8_t>(who.type),
                        .account = who.account,
                        .arn = who.arn,
                        .user_id = who.user_id,
                        .access_key_id = who.access_key_id,
                        .source_arn = who.source_arn,
                        .multi_factor_present = who.multi_factor_present,
                        .session = std::nullopt,
                        .called_via = call.called_via()};
  if (who.session) caller.session = *who.session;
  caller.called_via.emplace_back(kTransferPrincipal);
  return caller;
}

}  // namespace

Transfer begin_transfer(Call& call, const Value& input, const std::string& table, const std::string& table_id) {
  Transfer transfer;
  transfer.label = fmt::format("{:014d}-{:08x}", call.now_ms(), call.dice(std::uint64_t{1} << 32));
  transfer.table = table;
  transfer.table_id = table_id;
  transfer.input = base::to_json(input);
  transfer.caller = caller_of(call);
  transfer.started_ms = call.now_ms();
  return transfer;
}

base::Result<TransferRows> where_to_list(const Call& call, const Value& table_arn) {
  if (table_arn.is_null()) return TransferRows{.place = call.place, .scan = {}};
  TableName name = TRY(check_table_name(call, table_arn.str()));
  return TransferRows{.place = std::move(name.place), .scan = {.prefix = store::key(std::string_view(name.name))}};
}

std::string transfer_key(const Transfer& transfer) {
  return store::key(std::string_view(transfer.table), std::string_view(transfer.label));
}

std::string transfer_arn(const store::Place& place, std::string_view part, const Transfer& transfer) {
  return fmt::format("{}{}{}", table_arn({place, transfer.table}), part, transfer.label);
}

std::optional<TransferName> parse_transfer_arn(const Call& call, std::string_view part, std::string_view arn) {
  const std::size_t at = arn.find(part);
  if (!arn.starts_with("arn:aws:dynamodb:") || at == std::string_view::npos) return std::nullopt;
  const TableName table = parse_table_name(call, arn);
  return TransferName{table.place, store::key(std::string_view(table.name), arn.substr(at + part.size()))};
}

bool is_shown(const Call& call, const Transfer& transfer) {
  return transfer.started_ms + kTransferShownMs > call.now_ms();
}

std::string_view show_status(const Transfer& transfer) {
  if (transfer.status == TransferStatus::kInProgress) return "IN_PROGRESS";
  return transfer.status == TransferStatus::kCompleted ? "COMPLETED" : "FAILED";
}

bool has_token(const Call& call, const Transfer& earlier, const std::string& token) {
  const bool is_over = earlier.ended_ms != 0 && earlier.ended_ms + kTransferTokenMs <= call.now_ms();
  const auto before = base::parse_json(earlier.input);
  return !is_over && before && before->at("ClientToken").str() == token;
}

void finish_transfer(const Call& call, Transfer& transfer) {
  transfer.status = TransferStatus::kCompleted;
  transfer.ended_ms = call.now_ms();
}

void fail_transfer(const Call& call, Transfer& transfer, std::string code, std::string message) {
  transfer.status = TransferStatus::kFailed;
  transfer.ended_ms = call.now_ms();
  transfer.failure_code = std::move(code);
  transfer.failure_message = std::move(message);
}

base::Result<Value> ask_for_transfer(const kernel::Client& client, const TransferService& service,
                                     kernel::OperationId operation, Value members) {
  auto answer = client.invoke(operation, std::move(members));
  if (answer) return answer;
  const base::Error& why = answer.error();
  return base::fail(std::string(service.prefix) + why.code,
                    fmt::format("{} (Service: {}; Error Code: {})", why.message, service.name, why.code));
}

kernel::Client client_of(Call& call, const Transfer& transfer, const std::string& region) {
  const TransferCaller& caller = transfer.caller;
  kernel::Principal principal{.type = static_cast<kernel::Principal::Type>(caller.type),
                              .account = caller.account,
                              .arn = caller.arn,
                              .user_id = caller.user_id,
                              .access_key_id = caller.access_key_id,
                              .source_arn = caller.source_arn,
                              .multi_factor_present = caller.multi_factor_present};
  if (caller.session) principal.session = std::make_shared<const kernel::Session>(*caller.session);
  return kernel::Client(call, std::move(principal), {caller.account, region}, caller.called_via);
}

}  // namespace dynamodb
